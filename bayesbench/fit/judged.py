"""What the agreement of chains is judged by: parameters, or what they predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.fit.at_draws import likelihood_arguments
from bayesbench.fit.chains import R_HAT, r_hat
from bayesbench.fit.symmetry import Symmetry, some_points, symmetries
from bayesbench.layout import Bound, Layout

ROWS = 20  # of the data, at which predictions are compared
PIECE = 500  # draws of which predictions are computed at once: a program for any number of them
NAMED = 3  # of several that are alike, in a sentence
VARIES = 1e-12  # of the largest prediction; what moves by less is rounded


@dataclass(frozen=True)
class Judged:
    """The quantities whose chains must agree, and the ground on which they were chosen.

    Attributes
    ----------
    quantities : mapping of arrays
        Each (chain, draw, ...), by name.
    words : str
        What they are where they are not the parameters; else empty.
    mirrored : tuple of str
        The entries that are judged as what is left of them when signs and labels are taken
        away, because nothing informs these.
    symmetries : tuple of Symmetry
        Those of the likelihood that move an entry whose chains disagree.
    r_hat : mapping of float
        Of each entry that they move, before anything is taken away.
    predicted : float
        The largest R-hat of what the likelihood predicts; NaN if it was not asked for.
    """

    quantities: Mapping[str, np.ndarray]
    words: str = ""
    mirrored: tuple[str, ...] = ()
    symmetries: tuple[Symmetry, ...] = ()
    r_hat: Mapping[str, float] = field(default_factory=dict)
    predicted: float = np.nan

    @property
    def diagnostics(self) -> dict[str, Any]:
        """The ground as the record of a fit keeps it."""
        made: dict[str, Any] = {
            "judged_by": self.words,
            "mirrored": self.mirrored,
            "symmetries": tuple(each.words for each in self.symmetries),
        }
        if self.r_hat:
            made["r_hat_relabelled"] = max(self.r_hat.values())
        return made if np.isnan(self.predicted) else made | {"r_hat_predicted": self.predicted}


def judged_by(bound: Bound, draws: Mapping[str, np.ndarray]) -> Judged:
    """What the agreement of a model's chains should be judged by.

    The parameters themselves, in most models. Weights of networks can be permuted without
    changing what they predict: in their place stand the arguments of the likelihood at up
    to 20 rows. Where chains disagree in a parameter, symmetries of the likelihood that move it
    are looked for. If the prior has them too, chains may sit in different images of one
    posterior: they are judged by those arguments, and by what of the parameters the symmetries
    leave as it is: x without its sign, several in ascending order.

    Parameters
    ----------
    bound : Bound
    draws : mapping of arrays
        Each (chain, draw, ...).
    """
    layout = bound.layout
    flat = layout.join(draws)
    named = [k for k, name in enumerate(layout.entries) if name in {*layout.named}]
    spread = np.ravel(r_hat(flat[..., named])) if named else np.zeros(0)
    alone = {k: float(value) for k, value in zip(named, spread, strict=True)}
    apart = frozenset(k for k, value in alone.items() if value >= R_HAT)
    found = symmetries(bound, some_points(flat.reshape(-1, flat.shape[-1])), apart) if apart else ()
    if not found and not layout.model.groups:
        return Judged(dict(draws))
    predicted, rows = _predicted(bound, flat)
    disagree = max(float(r_hat(values).max()) for values in predicted.values()) if predicted else 0
    moved = {k for each in found for k in each.change.moved}
    before = {layout.entries[k]: alone[k] for k in sorted(moved)}
    free = [each for each in found if each.prior_too]
    weights = {name for group in layout.model.groups.values() for name in group.parameters}
    if not free and not weights:
        return Judged(dict(draws), "", (), found, before, disagree)
    left = layout.split(without(layout, flat, free))
    kept = {name: values for name, values in left.items() if name not in weights}
    mirrored = {k for each in free for k in each.change.moved}
    names = tuple(layout.entries[k] for k in sorted(mirrored))
    seen = f"the predicted {' and '.join(predicted)} at {rows} rows"
    words = f"of {seen}"
    if free:
        words = f"of {_left_in_words(layout, free)} and {seen}{_why(free, before, disagree)}"
    # A parameter may have the name of an argument.
    every = kept | {f"predicted {name}": values for name, values in predicted.items()}
    return Judged(every, words, names, found, before, disagree)


def without(layout: Layout, flat: np.ndarray, free: Sequence[Symmetry]) -> np.ndarray:
    """What is left of draws when symmetries are taken away, (chain, draw, entry) as they are.

    Entries that change places, by one symmetry or by several in turn, stand in ascending
    order; if one of them is reflected, each is its distance from the centre.
    """
    made = np.array(flat)
    centres = {k: c for each in free for k, c in each.change.reflected}
    for places in _linked(free):
        values = flat[..., places]
        centre = next((centres[k] for k in places if k in centres), None)
        values = values if centre is None else np.abs(values - centre)
        made[..., places] = np.sort(values, axis=-1)
    return made


def _linked(free: Sequence[Symmetry]) -> list[list[int]]:
    """The entries that the symmetries move, those together that can take each other's place."""
    home = {k: k for each in free for k in each.change.moved}
    pairs = [pair for each in free for pair in each.change.swapped]
    for one, other in pairs:
        old, new = home[other], home[one]
        home = {k: new if at == old else at for k, at in home.items()}
    return [[k for k in sorted(home) if home[k] == at] for at in sorted({*home.values()})]


def _left_in_words(layout: Layout, free: Sequence[Symmetry]) -> str:
    """What is left of the entries in words, those together of which the same is left."""
    centres = {k: c for each in free for k, c in each.change.reflected}
    alike: dict[str, list[str]] = {}
    for places in _linked(free):
        centre = next((centres[k] for k in places if k in centres), None)
        how = {None: "", 0.0: " without sign"}.get(centre, f" as distance from {centre}")
        how += " in ascending order" if len(places) > 1 else ""
        names = ", ".join(name_in_formula(layout.entries[k]) for k in places)
        alike.setdefault(how, []).append(f"({names})" if len(places) > 1 else names)
    return "; ".join(f"{some(each, ', ')}{how}" for how, each in alike.items())


def _why(free: Sequence[Symmetry], before: Mapping[str, float], disagree: float) -> str:
    """Why a parameter's disagreement is none, where the predictions agree."""
    if not disagree < R_HAT:
        return ""
    worst = max((e for each in free for e in each.entries), key=lambda entry: before[entry])
    changes = some([each.words for each in free], "; ")
    leave = "leaves" if len(free) == 1 else "leave"
    return (
        f" (relabelling: R-hat of {name_in_formula(worst)} is {before[worst]:.2f} but that of the "
        f"predictions {disagree:.3f}; {changes} {leave} likelihood and prior as they are)"
    )


def some(words: Sequence[str], between: str) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return between.join(words[:NAMED]) + more


def _predicted(bound: Bound, flat: np.ndarray) -> tuple[dict[str, np.ndarray], int]:
    """The likelihood's arguments at some rows, (chain, draw, row), of those that vary."""
    rows = _some_rows(bound)
    chains, length, size = flat.shape
    every = flat.reshape(-1, size)
    padded = np.concatenate([every, np.repeat(every[-1:], -len(every) % PIECE, axis=0)])
    parts = [
        likelihood_arguments(bound, bound.layout.split(part[None]), rows)
        for part in np.split(padded, len(padded) // PIECE)
    ]
    found = {}
    for name in parts[0]:
        joined = np.concatenate([part[name][0] for part in parts])[: len(every)]
        values = joined.reshape(chains, length, -1)
        varies = np.ptp(values, axis=(0, 1)) > VARIES * np.abs(values).max(axis=(0, 1))
        if varies.any():
            found[name] = values[..., varies]
    return found, len(rows)


def _some_rows(bound: Bound) -> np.ndarray:
    """Some of the rows, evenly spaced in the order of the first input, if there is one."""
    columns = [values.reshape(bound.n, -1)[:, 0] for values in bound.inputs.values()]
    order = np.argsort(columns[0], kind="stable") if columns else np.arange(bound.n)
    return np.unique(order[np.linspace(0, bound.n - 1, min(ROWS, bound.n)).astype(int)])
