"""The default priors of a formula's models: weakly informative, in the units of the table.

They are those of rstanarm (Goodrich, Gabry, Ali and Brilleman, "Prior distributions for rstanarm
models"), which follow the idea of Gelman, Jakulin, Pittau and Su (2008), "A weakly informative
default prior distribution for logistic and other regression models": a coefficient is seldom
larger than some standard deviations of the outcome for a standard deviation of its column.
With s(x) the sd of a column, and s(y) that of the outcome for Gaussian noise, else 1:

    coefficient  ~ Normal(0, 2.5 s(y) / s(x)),   s(x) = 1 for what is 0 or 1
    intercept    ~ Normal(mean of y, 2.5 s(y)) where the columns of numbers are at their means
    sigma        ~ Exponential(1 / s(y))

Columns of zeros and ones, and those of categories, keep their unit as in Gelman et al. (section
2.2), so that a rare level has no wider prior than a frequent one: there rstanarm divides by s(x).
The intercept of a logistic model is about 0, the log-odds of even chances; that of a Poisson model
about the logarithm of the mean count, so that what is counted, in days or in years, is no matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDE = 2.5  # standard deviations


@dataclass(frozen=True)
class Scaled:
    """What the default priors read of a table.

    Attributes
    ----------
    centre, unit : float
        Of the outcome on the scale of the linear predictor: about what the intercept is, and
        the size of a difference.
    means, sds : arrays, shape (k,)
        Of the columns of the design; 0 and 1 for those that keep their unit.
    """

    centre: float
    unit: float
    means: np.ndarray
    sds: np.ndarray


def scaled(matrix: np.ndarray, kept: np.ndarray, y: np.ndarray, family: str) -> Scaled:
    """The centres and units of a design of shape (n, k), and of an outcome of shape (n,).

    `kept`, of shape (k,), says which columns are those of categories; others keep their unit
    if they hold zeros and ones only. A column that does not vary has the unit 1.
    """
    means, sds = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    for k, column in enumerate(matrix.T):
        if kept[k] or np.isin(column, (0.0, 1.0)).all():
            continue
        means[k], sds[k] = column.mean(), column.std() or 1.0
    if family == "gaussian":
        return Scaled(float(y.mean()), float(y.std()) or 1.0, means, sds)
    if family == "poisson":
        return Scaled(float(np.log(max(y.mean(), 1 / len(y)))), 1.0, means, sds)
    return Scaled(0.0, 1.0, means, sds)
