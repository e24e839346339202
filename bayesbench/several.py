"""Several outcomes of a row, of families of their own, independent given the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from bayesbench.distributions import Distribution, Family
from bayesbench.libraries import Library
from bayesbench.supports import Box, real

Place = int | slice  # of a part among the outcome's columns: one of them, or some


@dataclass(frozen=True, eq=False, repr=False)
class Several(Distribution):
    """The distribution of a vector outcome whose components have families of their own.

    Attributes
    ----------
    parts : tuple of Distribution
        One for a column, or for a block of columns.
    places : tuple of int or slice
        Where each part's columns are.
    """

    parts: tuple[Distribution, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the rows, if they differ, and of the components."""
        return (*_rows(self.parts, self.places), _width(self.places))

    @property
    def support(self) -> Any:
        """A side for each component."""
        pairs = zip(self.parts, self.places, strict=True)
        return Box(tuple(part.support for part, place in pairs for _ in range(_columns(place))))

    @property
    def numbers(self) -> list[Any]:
        """Those of all parts."""
        return [each for part in self.parts for each in part.numbers]

    @property
    def has_cdf(self) -> bool:
        """Whether that of each part is known, and all are of whole numbers or none is.

        Else quantiles and scores are taken from draws, for they are found in another way of
        whole numbers.
        """
        kinds = {bool(getattr(part.support, "whole", False)) for part in self.parts}
        return all(part.has_cdf for part in self.parts) and len(kinds) == 1

    def build(self, library: Library) -> Any:
        """The parts as the library has them, side by side."""
        return Beside(tuple(part.build(library) for part in self.parts), self.places)

    def log_prob_of_rows(self, outcome: Any, library: Library) -> Any:
        """The log-density of each row, shape (n,): the sum over the parts."""
        rows = [
            part.log_prob_of_rows(outcome[..., place], library)
            for part, place in zip(self.parts, self.places, strict=True)
        ]
        return sum(rows[1:], rows[0])

    def __repr__(self) -> str:
        """The parts, one after the other."""
        return " and ".join(map(repr, self.parts))


@partial(jax.tree_util.register_dataclass, data_fields=["parts"], meta_fields=["places"])
@dataclass(frozen=True)
class Beside:
    """Distributions of NumPyro side by side, as one of their last axis."""

    parts: tuple[Any, ...]
    places: tuple[Place, ...]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """As that of `Several`."""
        return (*_rows(self.parts, self.places), _width(self.places))

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Components are described one by one."""
        return ()

    @property
    def mean(self) -> Any:
        """By component."""
        return self._joined([part.mean for part in self.parts], self.batch_shape[:-1])

    @property
    def variance(self) -> Any:
        """By component."""
        return self._joined([part.variance for part in self.parts], self.batch_shape[:-1])

    def log_prob(self, value: Any) -> Any:
        """By component; a part with one density of several has it in equal shares."""
        found = [
            _shares(part, value[..., place])
            for part, place in zip(self.parts, self.places, strict=True)
        ]
        return self._joined(found, value.shape[:-1])

    def sample(self, key: Any, shape: Sequence[int] = ()) -> Any:
        """Independent draws of the parts."""
        lead, found = (*shape, *self.batch_shape[:-1]), []
        keys = jax.random.split(key, len(self.parts))
        for part, place, own in zip(self.parts, self.places, keys, strict=True):
            whole = lead if isinstance(place, int) else (*lead, place.stop - place.start)
            given = (*part.batch_shape, *part.event_shape)
            found.append(part.sample(own, whole[: len(whole) - len(given)]))
        return self._joined(found, lead)

    def _joined(self, values: Sequence[Any], lead: tuple[int, ...]) -> Any:
        columns = []
        for value, place in zip(values, self.places, strict=True):
            wide = value[..., None] if isinstance(place, int) else value
            columns.append(jnp.broadcast_to(wide, (*lead, wide.shape[-1])))
        return jnp.concatenate(columns, axis=-1)


def several(parts: Sequence[Distribution], widths: Sequence[int | None]) -> Several:
    """One distribution of several: for each part the number of its columns, None for a single."""
    places, at = list[Place](), 0
    for width in widths:
        places.append(at if width is None else slice(at, at + width))
        at += width or 1
    names = " and ".join(dict.fromkeys(part.family.name for part in parts))
    return Several(Family(names, (), real), {}, tuple(parts), tuple(places))


def _columns(place: Place) -> int:
    return 1 if isinstance(place, int) else int(place.stop - place.start)


def _width(places: Sequence[Place]) -> int:
    last = places[-1]
    return last + 1 if isinstance(last, int) else int(last.stop)


def _shares(part: Any, value: Any) -> Any:
    found = part.log_prob(value)
    if not part.event_shape:
        return found
    return jnp.broadcast_to(found[..., None], value.shape) / value.shape[-1]


def _rows(parts: Sequence[Any], places: Sequence[Place]) -> tuple[int, ...]:
    """The rows' own shape: () where all rows have the same distributions."""
    shapes = []
    for part, place in zip(parts, places, strict=True):
        own = (*part.batch_shape, *getattr(part, "event_shape", ()))
        shapes.append(own if isinstance(place, int) else own[:-1])
    return np.broadcast_shapes(*shapes)
