"""What a fit predicts of new rows: the instances that predict, and what they say.

A point estimate is plugged in: it predicts as if it were the truth. So are latents, at their
means given the estimate. For many draws the prediction is the average over them, the
posterior predictive distribution (Gelman et al. 2013, equation 1.4). The draws of Laplace and
of Pathfinder are averaged as they are: it is the approximation that is judged by what it
predicts, and not what importance weights make of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.fit.start import check_seed
from bayesbench.predict.identified import check_identified, is_open
from bayesbench.predict.mixture import Instances
from bayesbench.predict.new_rows import bind_rows
from bayesbench.predict.prediction import Prediction


def predict(
    fit: Fit, inputs: Any = None, prob: float = 0.95, *, seed: int = 0, last: bool = False
) -> Prediction:
    """What a fit of any kind predicts of new rows.

    Where the data leave some combination of the parameters open there is no estimate, and a row
    is predicted only if its distribution does not depend on it: the prediction says so.

    Parameters
    ----------
    fit : Fit
    inputs : DataFrame, dict of arrays, or Data; optional
        The inputs of the new rows. A model without inputs needs none: it has one row then.
    prob : float
        The probability that the interval from `low` to `high` holds.
    seed : int
        Of the simulated outcomes, if they are asked for.
    last : bool
        Whether a fit without an estimate predicts from where its search stopped, which is not
        an answer and is to be labelled so.

    Raises
    ------
    BadInput
        If the fit has no instance, a row depends on what is not identified, the inputs can't
        be bound, or `prob` is none.
    """
    check_seed(seed)
    rows = bind_rows(fit.bound.joint, {} if inputs is None else inputs, outcome=False)
    known = check_identified(fit, rows) if is_open(fit) and not last else ""
    return Prediction(fit.method, rows, instances(fit, last or bool(known)), prob, seed, known)


def instances(fit: Fit, last: bool = False) -> Instances:
    """The instances that predict: all the draws, or the one estimate, behind one axis.

    With `last` a fit that has no estimate gives where its search had got to, which is not
    an answer and is to be labelled so. Latents stand among the parameters, as in
    `layout.joint`; beside a point they have their means given it.

    Raises
    ------
    BadInput
        If the fit has none, or it stopped where the latents are not known.
    """
    layout = fit.bound.layout.joint
    if fit.draws is not None:
        return layout.split(layout.join(fit.draws.values).reshape(-1, layout.size))
    one = fit.estimate or (fit.last if last else None)
    if one is None:
        remedy = "last=True takes the place where the search stopped"
        raise BadInput(
            f"the {fit.method} of {fit.bound.model.__name__}",
            found=f"no estimate ({fit.status.name})",
            expected="an estimate or draws to predict with",
            remedy=remedy if fit.last is not None else "see its status",
        )
    values = vars(one)
    unknown = ", ".join(name for name in fit.bound.model.latents if name not in values)
    if unknown:
        raise BadInput(
            f"the {fit.method} of {fit.bound.model.__name__}",
            found=f"no value of {unknown} where its search stopped ({fit.status.name})",
            expected="latents to predict with",
            remedy="use fit_posterior, which samples them",
        )
    return {name: np.asarray(values[name])[None] for name in layout.model.parameters}
