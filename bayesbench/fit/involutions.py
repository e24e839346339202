"""Changes of the parameters that undo themselves: what may be a symmetry of a model.

They are read off the shapes, dimensions and supports that a model declares. Whether one is
a symmetry is for `symmetry.py` to try.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from bayesbench.density import supports
from bayesbench.describe import name_in_formula
from bayesbench.layout import Layout
from bayesbench.networks import Network
from bayesbench.supports import Support


@dataclass(frozen=True)
class Involution:
    """Entries that change places in pairs, and entries that change sides of a centre.

    Places count the entries of the flat vector, see `Layout.entries`; a reflected x becomes
    2c - x, where c is its centre. Applied twice, nothing has changed.
    """

    words: str
    swapped: tuple[tuple[int, int], ...] = ()
    reflected: tuple[tuple[int, float], ...] = ()

    @cached_property
    def moved(self) -> frozenset[int]:
        """The places of the entries that it changes."""
        return frozenset(k for pair in self.swapped for k in pair) | {k for k, _ in self.reflected}

    def image(self, flat: np.ndarray) -> np.ndarray:
        """Where it leads from points whose last axis is that of the entries."""
        made = np.array(flat)
        for one, other in self.swapped:
            made[..., one], made[..., other] = flat[..., other], flat[..., one]
        for place, centre in self.reflected:
            made[..., place] = 2 * centre - flat[..., place]
        return made

    def contains(self, other: Involution) -> bool:
        """Whether the other is a part of this one."""
        return {*other.swapped} <= {*self.swapped} and {*other.reflected} <= {*self.reflected}


def together(parts: Iterable[Involution]) -> Involution:
    """Several that move different entries, as one."""
    every = sorted(parts, key=lambda part: min(part.moved))
    return Involution(
        ", ".join(part.words for part in every),
        tuple(pair for part in every for pair in part.swapped),
        tuple(each for part in every for each in part.reflected),
    )


def elementary(layout: Layout, *, priors: bool = True) -> list[Involution]:
    """The simplest changes of what a model declares beside the weights of networks.

    They are the reflections; two parameters of one shape and support that change places; and
    two labels of a dimension that do so in all parameters which have it.
    """
    return [
        *reflections(layout, priors=priors),
        *_parameters(layout, priors),
        *_labels(layout),
    ]


def reflections(layout: Layout, *, priors: bool = True) -> list[Involution]:
    """Each parameter about the middle of its support, and each entry of a vector by itself.

    The middle of the line is zero; a half-line has none. With `priors` the support is what
    the prior leaves of it.
    """
    made = []
    places, within = _places(layout), supports(layout, priors)
    for name in _named(layout):
        centre = _centre(within[name])
        if centre is None:
            continue
        own = np.ravel(places[name])
        each = [(layout.entries[k], np.array([k])) for k in own]
        for entry, where in [(name, own), *each] if len(own) > 1 else each:
            what = name_in_formula(entry)
            other = f"{2 * centre:g} - {what}" if centre else f"-{what}"
            made.append(_reflection(f"{what} ↔ {other}", where, centre))
    return made


def _reflection(words: str, places: np.ndarray, centre: float) -> Involution:
    return Involution(words, reflected=tuple((int(k), centre) for k in places))


def _centre(support: Support) -> float | None:
    if np.isinf(support.lower) and np.isinf(support.upper):
        return 0.0
    middle = (support.lower + support.upper) / 2
    return float(middle) if np.isfinite(middle) else None


def _parameters(layout: Layout, priors: bool) -> list[Involution]:
    places, within = _places(layout), supports(layout, priors)
    declared = layout.model.parameters
    return [
        _swap(f"{name_in_formula(one)} ↔ {name_in_formula(other)}", places[one], places[other])
        for one, other in combinations(_named(layout), 2)
        if layout.shape(one) == layout.shape(other)
        and declared[one].dims == declared[other].dims
        and within[one] == within[other]
    ]


def _labels(layout: Layout) -> list[Involution]:
    places, declared = _places(layout), layout.model.parameters
    made = []
    for dimension, labels in layout.labels:
        with_it = [name for name in _named(layout) if dimension in declared[name].dims]
        for one, other in combinations(range(len(labels)) if with_it else (), 2):
            axes = {name: declared[name].dims.index(dimension) for name in with_it}
            each = [
                np.concatenate([np.ravel(np.take(places[n], k, axis)) for n, axis in axes.items()])
                for k in (one, other)
            ]
            those = ", ".join(map(name_in_formula, with_it))
            words = f"{labels[one]} ↔ {labels[other]} of {dimension} ({those})"
            made.append(_swap(words, *each))
    return made


def hidden_units(layout: Layout) -> list[Involution]:
    """What the hidden units of networks may undergo: places changed with the next, or signs.

    A unit is the weights that lead to it, its bias, and the weights that lead on from it
    (Hecht-Nielsen 1990; Chen, Lu and Hecht-Nielsen 1993: of tanh there are no others).
    """
    places, made = _places(layout), []
    for name, network in layout.model.groups.items():
        if not isinstance(network, Network):
            continue
        for layer, width in enumerate(network.widths[1:-1], start=1):
            before, after = (places[f"{name}.weights{k}"] for k in (layer, layer + 1))
            bias = places[f"{name}.biases{layer}"]
            units = [np.array([*before[:, j], bias[j], *after[j]]) for j in range(width)]
            where = f"of hidden layer {layer} of {name}"
            made += [
                _swap(f"unit {j + 1} ↔ unit {j + 2} {where}", units[j], units[j + 1])
                for j in range(width - 1)
            ]
            made += [
                _reflection(f"the sign of unit {j + 1} {where}", units[j], 0.0)
                for j in range(width)
            ]
    return made


def _swap(words: str, one: np.ndarray, other: np.ndarray) -> Involution:
    pairs = zip(np.ravel(one), np.ravel(other), strict=True)
    return Involution(words, swapped=tuple((int(a), int(b)) for a, b in pairs))


def combined(moves: list[Involution], count: int, apart: frozenset[int]) -> Iterator[Involution]:
    """So many of the moves at once, of different entries, one of which is `apart`.

    Those come first whose own moves are apart.
    """
    ordered = sorted(moves, key=lambda move: not move.moved & apart)
    for parts in combinations(ordered, count):
        if not parts[0].moved & apart:
            return
        if len(frozenset().union(*(part.moved for part in parts))) == sum(
            len(part.moved) for part in parts
        ):
            yield together(parts)


def _places(layout: Layout) -> dict[str, np.ndarray]:
    return layout.split(np.arange(layout.size))


def _named(layout: Layout) -> list[str]:
    """The parameters that mean something one by one: all but the weights of networks."""
    weights = {name for group in layout.model.groups.values() for name in group.parameters}
    return [name for name in layout.model.parameters if name not in weights]
