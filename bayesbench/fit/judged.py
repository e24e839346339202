"""What the agreement of chains is judged by: parameters, or what they predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesbench.fit.chains import R_HAT, convergence
from bayesbench.fit.jax_objective import likelihood_arguments
from bayesbench.fit.symmetry import POINTS, even_entries
from bayesbench.layout import Bound

ROWS = 20  # of the data, at which predictions are compared


@dataclass(frozen=True)
class Judged:
    """The quantities whose chains must agree, and what they are in words.

    `quantities` are (chain, draw, ...) by name; `mirrored` names the entries whose chains
    sit on both sides of zero because nothing informs their sign.
    """

    quantities: dict[str, np.ndarray]
    words: str = ""
    mirrored: tuple[str, ...] = ()


def judged_by(bound: Bound, draws: Mapping[str, np.ndarray]) -> Judged:
    """What the agreement of a model's chains should be judged by.

    The parameters themselves, in most models. Weights of networks can be permuted without
    changing what they predict: in their place stand the arguments of the likelihood at up
    to 20 rows. A parameter whose sign changes neither likelihood nor prior is judged
    without its sign if its chains sit on both sides.
    """
    layout = bound.layout
    if layout.model.groups:
        return _predictions(bound, draws)
    flat = layout.join(draws)
    apart = np.ravel(convergence({"all": flat})["all"]["r_hat"]) >= R_HAT
    if not apart.any():
        return Judged(dict(draws))
    some = np.linspace(0, flat.shape[1] - 1, POINTS).astype(int)
    even = even_entries(bound, {name: v[0, some] for name, v in draws.items()}, prior=True)
    mirrored = [k for k, name in enumerate(layout.entries) if apart[k] and name in even]
    if not mirrored:
        return Judged(dict(draws))
    flat = flat.copy()
    flat[..., mirrored] = np.abs(flat[..., mirrored])
    names = tuple(layout.entries[k] for k in mirrored)
    words = f"{', '.join(names)} without its sign, which nothing informs"
    return Judged(layout.split(flat), words, names)


def _predictions(bound: Bound, draws: Mapping[str, np.ndarray]) -> Judged:
    weights = {name for group in bound.model.groups.values() for name in group.parameters}
    kept = {name: values for name, values in draws.items() if name not in weights}
    rows = _some_rows(bound)
    predicted = likelihood_arguments(bound, draws, rows)
    varying = {name: v for name, v in predicted.items() if np.ptp(v, axis=(0, 1)).max() > 0}
    words = f"of the predicted {' and '.join(varying)} at {len(rows)} rows"
    # A parameter may have the name of an argument.
    return Judged(kept | {f"predicted {name}": v for name, v in varying.items()}, words)


def _some_rows(bound: Bound) -> np.ndarray:
    """Some of the rows, evenly spaced in the order of the first input, if there is one."""
    columns = [values.reshape(bound.n, -1)[:, 0] for values in bound.inputs.values()]
    order = np.argsort(columns[0], kind="stable") if columns else np.arange(bound.n)
    return np.unique(order[np.linspace(0, bound.n - 1, min(ROWS, bound.n)).astype(int)])
