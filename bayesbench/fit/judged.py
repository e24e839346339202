"""What the agreement of chains is judged by: parameters, or what they predict."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesbench.fit.chains import R_HAT, convergence
from bayesbench.fit.jax_objective import likelihood_arguments
from bayesbench.fit.symmetry import POINTS, even_entries
from bayesbench.layout import Bound

ROWS = 20  # of the data, at which predictions are compared


def judged_by(bound: Bound, draws: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], str]:
    """The quantities whose chains must agree, (chain, draw, ...) by name, and words for them.

    The parameters themselves, and no words, in most models. Weights of networks can be
    permuted without changing what they predict: in their place stand the arguments of the
    likelihood at up to 20 rows. A parameter whose sign changes neither likelihood nor
    prior is judged without its sign if its chains sit on both sides.
    """
    layout = bound.layout
    if layout.model.groups:
        weights = {name for group in layout.model.groups.values() for name in group.parameters}
        kept = {name: values for name, values in draws.items() if name not in weights}
        predicted = likelihood_arguments(bound, draws, _rows(bound))
        varying = {name: v for name, v in predicted.items() if np.ptp(v, axis=(0, 1)).max() > 0}
        return (
            kept | varying,
            f"of the predicted {' and '.join(varying)} at {len(_rows(bound))} rows",
        )
    flat = layout.join(draws)
    apart = np.ravel(convergence({"all": flat})["all"]["r_hat"]) >= R_HAT
    if not apart.any():
        return dict(draws), ""
    some = np.linspace(0, flat.shape[1] - 1, POINTS).astype(int)
    even = even_entries(bound, {name: v[0, some] for name, v in draws.items()}, prior=True)
    mirrored = [k for k, name in enumerate(layout.entries) if apart[k] and name in even]
    if not mirrored:
        return dict(draws), ""
    flat = flat.copy()
    flat[..., mirrored] = np.abs(flat[..., mirrored])
    named = ", ".join(layout.entries[k] for k in mirrored)
    return layout.split(flat), f"{named} without its sign, which nothing informs"


def _rows(bound: Bound) -> np.ndarray:
    """Some of the rows, evenly spaced in the order of the first input, if there is one."""
    order = np.arange(bound.n)
    for values in bound.inputs.values():
        order = np.argsort(values.reshape(bound.n, -1)[:, 0], kind="stable")
        break
    return np.unique(order[np.linspace(0, bound.n - 1, min(ROWS, bound.n)).astype(int)])
