"""The layout of a model for a table: shapes, labels, and the arrays that the fits read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.data import Data
from bayesbench.joint import joint
from bayesbench.model import Model, Parameter
from bayesbench.supports import real

if TYPE_CHECKING:
    from bayesbench.formulas.design import Design
    from bayesbench.passes import Passes


@dataclass(frozen=True)
class Columns:
    """An input that is a block of columns, labelled along a dimension; see `columns`."""

    names: tuple[str, ...]
    dims: str


def columns(*names: str, dims: str) -> Any:
    """Declare that an input of `likelihood` is a block of columns, of shape (n, k).

    Parameters
    ----------
    *names : str
        The columns; if none is named, every column that nothing else uses.
    dims : str
        The dimension whose labels are the columns' names.
    """
    return Columns(names, dims)


@dataclass(frozen=True)
class Levels:
    """An input that is a categorical column; see `levels`."""


def levels() -> Any:
    """Declare that an input of `likelihood` is a categorical column, of any values.

    The likelihood is given whole numbers from 0, shape (n,), which index what has the
    dimension of the input's name: `self.effect[school]`, with `dims="school"`.
    """
    return Levels()


@dataclass(frozen=True)
class Terms:
    """An input that is the design matrix of a formula; see `design`."""

    formula: str
    centre: tuple[float, ...]


def design(formula: str, centre: Sequence[float] = ()) -> Any:
    """Declare that an input of `likelihood` is the design matrix of a formula, of shape (n, k).

    Each term of several columns, and each of a category, is a dimension with the term's name:
    `district` of `C(district)`, whose labels are the levels that have a column.

    Parameters
    ----------
    formula : str
        The right side, as formulaic reads it: "area + age + C(district)". Its intercept is a
        parameter of the model's own, and no column.
    centre : sequence of float
        What is taken off each column, if anything.
    """
    return Terms(formula, tuple(map(float, centre)))


HASHED = 2**16  # rows at a time
OUTCOME = "outcome"  # the dimension of a vector outcome, labelled by its columns


@dataclass(frozen=True)
class Layout:
    """How a model's parameters and inputs are laid out for a table: hashable, without data.

    `centred` has the parameters whose coordinate is not their value, and how centred it is:
    1 for the value itself, 0 for its distance from its prior's loc in scales; see `density`.
    """

    model: type[Model]
    labels: tuple[tuple[str, tuple[str, ...]], ...]  # of each dimension
    centred: tuple[tuple[str, float], ...] = ()

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a parameter, or of a latent."""
        counts = {dimension: len(labels) for dimension, labels in self.labels}
        declared = self.model.parameters.get(name) or self.model.latents[name]
        return (*(counts[dimension] for dimension in declared.dims), *declared.sizes)

    @property
    def joint(self) -> Layout:
        """The layout of parameters and latents together.

        Latents on the line are non-centred: their distance from their population's loc, in
        scales, has the same prior whatever the scale is. There is no funnel to be stuck in.
        """
        if not self.model.latents:
            return self
        found = self.model.latents.items()
        distances = tuple((name, 0.0) for name, latent in found if latent.support == real)
        return Layout(joint(self.model), self.labels, distances)

    @property
    def size(self) -> int:
        """How many numbers the parameters are together."""
        return sum(int(np.prod(self.shape(name))) for name in self.model.parameters)

    @property
    def entries(self) -> tuple[str, ...]:
        """A name for each of these numbers, in order: `slopes[age]`, for instance."""
        labels = dict(self.labels)
        names: list[str] = []
        for name, declared in self.model.parameters.items():
            axes = [labels[dimension] for dimension in declared.dims]
            axes += [tuple(map(str, range(1, size + 1))) for size in declared.sizes]
            tags = [", ".join(each) for each in product(*axes)]
            names += [f"{name}[{tag}]" if tag else name for tag in tags]
        return tuple(names)

    def by_entry(self, estimates: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of each parameter, as numbers or arrays of its shape, entry by entry.

        From {"slopes": {"mle": {"value": [1, 2]}}} to {"slopes[age]": {"mle": {"value": 1}}, ...}.
        """
        made: dict[str, Any] = {}
        for name, by_fit in estimates.items():
            entries = [entry for entry in self.entries if entry.partition("[")[0] == name]
            for k, entry in enumerate(entries or [name]):
                made[entry] = {
                    fit: {what: float(np.ravel(value)[k]) for what, value in found.items()}
                    for fit, found in by_fit.items()
                }
        return made

    @property
    def named(self) -> tuple[str, ...]:
        """The entries that mean something one by one: all but the weights of networks."""
        weights = {name for group in self.model.groups.values() for name in group.parameters}
        return tuple(e for e in self.entries if e.partition("[")[0] not in weights)

    def split(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """One number an entry, along the last axis, as one array a parameter."""
        parts: dict[str, np.ndarray] = {}
        at = 0
        for name in self.model.parameters:
            shape = self.shape(name)
            size = int(np.prod(shape))
            parts[name] = np.reshape(flat[..., at : at + size], flat.shape[:-1] + shape)
            at += size
        return parts

    def join(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The way back: the parameters, behind any axes of draws, as one last axis of entries."""
        parts = []
        for name in self.model.parameters:
            value = np.asarray(values[name])
            lead = value.shape[: value.ndim - len(self.shape(name))]
            parts.append(np.reshape(value, (*lead, -1)))
        return np.concatenate(parts, axis=-1)

    @property
    def start(self) -> dict[str, np.ndarray]:
        """The values that are zero on the unconstrained scale; no prior has a say in them."""
        return {
            name: np.full(self.shape(name), _middle(declared), dtype=np.float64)
            for name, declared in self.model.parameters.items()
        }


def _middle(declared: Parameter) -> Any:
    lower, upper = declared.support.lower, declared.support.upper
    if np.isfinite(lower) and np.isfinite(upper):
        return (lower + upper) / 2
    if np.isfinite(lower):
        return lower + np.asarray(declared.unit)
    return upper - np.asarray(declared.unit) if np.isfinite(upper) else declared.near


@dataclass(frozen=True)
class Bound:
    """A model with the data that it is fitted to."""

    layout: Layout
    inputs: Mapping[str, np.ndarray]  # each (n,) or (n, k)
    outcome: np.ndarray  # (n,), or (n, k) for a vector outcome
    table: Data
    fitted: np.ndarray | None = None  # the outcome that the fit has seen, where these rows are new
    weights: np.ndarray | None = None  # (n,): how often each row counts, where that is not once
    designs: Mapping[str, Design] = field(default_factory=dict)  # by the rows of the fit
    whole: Bound | None = None  # few rows with weights that stand for all, where these are some
    passes: Passes | None = None  # how all rows are read again, where these are some of them

    @cached_property
    def few(self) -> Bound:
        """Few rows with weights that have the same log-likelihood, if there are any: see there.

        Raises
        ------
        BadInput
            If the rows at hand are some of those of a file, and no few stand for all.
        """
        if self.whole is not None:
            return self.whole
        if self.passes is not None:
            raise self.passes.not_summed()
        from bayesbench.sufficient import few_rows  # it reads what a Bound is

        return few_rows(self)

    @cached_property
    def blocks(self) -> int | None:
        """How many blocks the rows are best added up in; None where they stay together."""
        from bayesbench.row_blocks import in_blocks  # it reads what a Bound is

        return in_blocks(self)

    @property
    def about(self) -> np.ndarray:
        """The outcome that the fit has seen: what is placed by the data is placed by this."""
        return self.outcome if self.fitted is None else self.fitted

    @property
    def model(self) -> type[Model]:
        """The model's class."""
        return self.layout.model

    @property
    def joint(self) -> Bound:
        """The same data with the model of parameters and latents together."""
        return replace(self, layout=self.layout.joint) if self.model.latents else self

    def only(self, rows: Any) -> Bound:
        """Some of the rows, laid out as all are: levels that are not met keep their parameters."""
        inputs = {name: values[rows] for name, values in self.inputs.items()}
        outcome = self.outcome[rows]
        return replace(
            self, inputs=inputs, outcome=outcome, fitted=self.about, whole=None, passes=None
        )

    @property
    def n(self) -> int:
        """The number of rows that are at hand."""
        return len(self.outcome)

    @property
    def by_passes(self) -> bool:
        """Whether all rows are those of a file, and no few stand for them."""
        return self.passes is not None and self.whole is None

    @property
    def nobs(self) -> int:
        """The number of rows that a fit is of: more, where all are read in blocks."""
        return self.table.summed if self.passes is not None else self.n

    @property
    def exact(self) -> dict[str, Any]:
        """What the model knows in closed form; nothing where the rows at hand are not all."""
        return {} if self.passes is not None else self.model.exact(self.columns)

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The outcome's and the inputs' columns by name, as float64: what the model reads."""
        names = (self.model.outcome,) if isinstance(self.model.outcome, str) else self.model.outcome
        outcome = self.outcome.reshape(self.n, -1).T
        return dict(zip(names, outcome, strict=True)) | dict(self.inputs)

    @property
    def sha256(self) -> str:
        """The hash of the columns in use: their names, and their values as little-endian float64.

        It is the same whether they were read from a file or given as a DataFrame; of what is
        read in blocks it is that of the few rows which stand for all, and their weights, or
        that of a pass.
        """
        if self.whole is not None:
            assert self.whole.weights is not None
            weights = self.whole.weights.astype("<f8").tobytes()
            return hashlib.sha256(self.whole.sha256.encode() + weights).hexdigest()
        if self.passes is not None:
            return self.passes.sha256
        digest = hashlib.sha256(repr(self.layout.labels).encode())
        for name, values in self.columns.items():
            digest.update(name.encode() + b"\0")
            for first in range(0, self.n, HASHED):  # a copy of all would be as large as they are
                part = np.ascontiguousarray(values[first : first + HASHED], dtype="<f8")
                digest.update(part.data)
        return digest.hexdigest()
