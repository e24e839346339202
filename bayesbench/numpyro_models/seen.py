"""What trial runs tell of a model: which sites read others, and which row reads which effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from bayesbench.libraries import Library
from bayesbench.numpyro_models.sites import Site, sites_in, traced

MADE_BY_REPARAM = ("_decentered", "_base")  # what NumPyro's reparam handlers call what they sample

Codes = Callable[[Mapping[str, Any], int, Library], Any]


@dataclass(frozen=True)
class Run:
    """A way to run the model: the function, its arguments, and the sites of the outcomes."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    observed: tuple[str, ...]

    def sites(self, values: Mapping[str, Any]) -> dict[str, Site]:
        """The sites at some values."""
        return sites_in(traced(self.function, self.arguments, values))

    def others(self, inputs: Mapping[str, Any]) -> Run:
        """The same with other inputs."""
        return Run(self.function, {**self.arguments, **inputs}, self.observed)


def readers(run: Run, values: Mapping[str, Any]) -> frozenset[str]:
    """The sites whose distribution reads other sites: it is no number where these are none."""
    found = set[str]()
    for name in values:
        lost = {k: v if k == name else np.full(np.shape(v), np.nan) for k, v in values.items()}
        if _has_nan(run.sites(lost)[name].distribution):
            found.add(name)
    return frozenset(found)


def made_by_reparam(trace: Mapping[str, Any]) -> frozenset[str]:
    """The sites in whose place a reparam handler has put a deterministic one."""
    return frozenset(
        name
        for name in trace
        for end in MADE_BY_REPARAM
        if name.endswith(end)
        and trace.get(name.removesuffix(end), {}).get("type") == "deterministic"
    )


def readers_of_inputs(
    run: Run, values: Mapping[str, Any], table: Mapping[str, np.ndarray]
) -> list[str]:
    """The sites whose prior reads an input."""
    if not table:
        return []
    whole = {k: np.asarray(v).dtype.kind in "iu" for k, v in table.items()}
    other = {k: np.roll(v, 1, axis=0) + (0 if whole[k] else 0.5) for k, v in table.items()}
    before, after = run.sites(values), run.others(other).sites(values)
    return [k for k in values if not _alike(before[k].distribution, after[k].distribution)]


def reads_itself(run: Run, values: Mapping[str, Any]) -> list[str]:
    """The sites whose distribution reads their own value, as those in a scan do."""
    found = []
    for name, value in values.items():
        lost = {**values, name: np.full(np.shape(value), np.nan)}
        if _has_nan(run.sites(lost)[name].distribution):
            found.append(name)
    return found


def readers_of_outcomes(run: Run, values: Mapping[str, Any], outcomes: Iterable[str]) -> list[str]:
    """The sites whose distribution reads an outcome, which has no place in it."""
    names = [*outcomes]
    other = {name: jnp.roll(run.arguments[name], 1, axis=0) + 1 for name in names}
    before, after = run.sites(values), run.others(other).sites(values)
    return [k for k in before if not _alike(before[k].distribution, after[k].distribution)]


def reading(
    run: Run, values: Mapping[str, Any], site: str, outcomes: Sequence[np.ndarray]
) -> np.ndarray:
    """Whether each row reads each entry of a site, (n, entries), as its slope tells."""
    shape = np.shape(values[site])

    def rows(flat: Any) -> Any:
        at = {**values, site: jnp.reshape(flat, shape)}
        sites, n = run.sites(at), len(outcomes[0])
        parts = [
            jnp.broadcast_to(found := sites[name].distribution.log_prob(y), _whole(found, y))
            for name, y in zip(run.observed, map(jnp.asarray, outcomes), strict=True)
        ]
        return sum(part.reshape(n, -1).sum(axis=1) for part in parts)

    with jax.enable_x64(True):
        flat = jnp.asarray(values[site], dtype=jnp.float64).reshape(-1)
        return np.asarray(jax.jacrev(rows)(flat)) != 0


def _whole(found: Any, outcome: Any) -> tuple[int, ...]:
    """The shape of a log-density: that of the outcome, or of its rows where these are vectors."""
    one_each = found.ndim == outcome.ndim or not found.ndim
    return tuple(outcome.shape if one_each else outcome.shape[:-1])


def is_distance(run: Run, values: Mapping[str, Any], site: str, outcomes: Any) -> bool:
    """Whether a site holds the effects of a population as distances, in scales of another site.

    It is a standard Normal, and where that other one is zero no row reads it: a non-centred
    population, written by hand.
    """
    made = run.sites(values)[site].distribution
    standard = type(made).__name__ == "Normal" and np.all(made.loc == 0) and np.all(made.scale == 1)
    if not standard or np.size(values[site]) == 1:
        return False
    found = run.sites(values)
    for name, value in values.items():
        support = getattr(found[name].distribution.support, "lower_bound", None)
        if name == site or np.ndim(value) or support is None or np.any(support != 0):
            continue
        none = {**values, name: np.zeros(())}
        if not reading(run, none, site, outcomes).any():
            return True
    return False


def codes_of(read: np.ndarray, inputs: Mapping[str, np.ndarray], names: str) -> Codes | None:
    """Which effect each row reads, as a function of the inputs; None if it is none of these.

    All may read the only one; or each its own, by the rows' names; or that which an input of
    whole numbers says.
    """
    n, size = read.shape
    if size == 1:
        return lambda given, rows, library: library.xp.zeros(rows, dtype=library.xp.int64)
    if (read.sum(axis=1) != 1).any():
        return None
    codes = read.argmax(axis=1)
    for name, column in inputs.items():
        if column.dtype.kind in "iu" and np.array_equal(column, codes):
            return _by(name, np.unique(column))
    if names and n == size and np.array_equal(codes, np.arange(n)):
        return lambda given, rows, library: given[names]
    return None


def _by(name: str, levels: np.ndarray) -> Codes:
    """The whole numbers that stand for the levels of an input."""
    return lambda given, rows, library: library.xp.asarray(levels)[given[name]]


def _has_nan(distribution: Any) -> bool:
    leaves = [np.asarray(each) for each in jax.tree.leaves(distribution)]
    return any(each.dtype.kind == "f" and bool(np.isnan(each).any()) for each in leaves)


def _alike(one: Any, other: Any) -> bool:
    parts = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=False)
    return all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-12, equal_nan=True)
        for a, b in parts
    )
