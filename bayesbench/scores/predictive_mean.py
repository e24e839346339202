"""The mean of each row's prediction, and what its draws leave unknown of the squared error."""

from __future__ import annotations

import numpy as np

from bayesbench.layout import Bound
from bayesbench.predict.mixture import Instances, moments
from bayesbench.scores.batch_means import batches, of_rows, standard_error


def predictive_mean(rows: Bound, values: Instances) -> tuple[np.ndarray, float]:
    """The mean of each row's prediction, (n, ...), and how far its squared error is known.

    To first order the square errs by twice the distance times the mean's own error. The second
    number is a standard error of the mean over the rows.
    """
    parts, shares = batches(values)
    means = np.array([moments(rows, part).mean for part in parts])
    whole = np.tensordot(shares, means, 1)
    with np.errstate(invalid="ignore"):  # a family may have no mean
        squares = 2 * (whole - rows.outcome) * (means - whole)
    return whole, standard_error(of_rows(squares), shares)
