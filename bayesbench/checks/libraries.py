"""Whether torch and JAX compute the same from the model's text, row by row and slope by slope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.authors_errors import meant
from bayesbench.checks.places import Places
from bayesbench.checks.points import Points
from bayesbench.checks.record import Finding
from bayesbench.density import columns_in, constrain, row_log_likelihood
from bayesbench.fit.search import is_large
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.model import Model

RULE = "torch and JAX"
POINTS = 6  # the start, and draws of the prior
ROWS = 200  # whose slopes are computed, at the most
APART = 1e-7  # relative, or absolutely where a value is below 1: float64 leaves 1e-10


@dataclass(frozen=True)
class Computed:
    """The log-likelihood of each row, (points, n), and its slope in z, (points, n, size)."""

    z: np.ndarray
    rows: np.ndarray
    slopes: np.ndarray


@dataclass(frozen=True)
class Compared:
    """What was found, and what JAX has computed, for those who look on; None if it could not."""

    findings: tuple[Finding, ...]
    jax: Computed | None
    rows: np.ndarray  # of the table


def compare(points: Points, places: Places) -> Compared:
    """Compute rows and slopes by both libraries, and say where they differ."""
    which = np.unique(np.linspace(0, points.bound.n - 1, min(points.bound.n, ROWS)).astype(int))
    few = points.bound.only(which)
    z = points.coordinates[:POINTS]
    if is_large(few.layout):
        return Compared((_too_large(few.layout),), None, points.rows[which])
    found: dict[str, Computed] = {}
    failures: list[Finding] = []
    for name, function in {"torch": _by_torch, "JAX": _by_jax}.items():
        try:
            found[name] = function(few, z)
        except Exception as error:
            failures.append(_not_computable(name, error, few.model, places))
    if failures:
        return Compared(tuple(failures), found.get("JAX"), points.rows[which])
    findings = tuple(_apart(found["torch"], found["JAX"], few, points.rows[which]))
    return Compared(findings, found["JAX"], points.rows[which])


def _by_torch(bound: Bound, z: np.ndarray) -> Computed:
    import torch

    from bayesbench.fit.torch_objective import row_scores, rows_at
    from bayesbench.libraries import torch_library

    library, rows, slopes = torch_library(), [], []
    for at in z:
        values, _ = constrain(bound.layout, library.array(at), library, priors=False)
        with torch.no_grad():
            rows.append(rows_at(bound, {name: v.numpy() for name, v in values.items()}))
        slopes.append(row_scores(bound, at))
    return Computed(z, np.array(rows), np.array(slopes))


def _by_jax(bound: Bound, z: np.ndarray) -> Computed:
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        rows, slopes = _rows_and_slopes(bound.layout, z, inputs, outcome)
        return Computed(z, np.asarray(rows), np.asarray(slopes))


@partial(jax.jit, static_argnums=0)
def _rows_and_slopes(layout: Layout, z: Any, inputs: Any, outcome: Any) -> Any:
    library = jax_library()

    def rows(at: Any) -> Any:
        values, _ = constrain(layout, at, library, priors=False)
        return row_log_likelihood(layout.model, values, inputs, outcome, library)

    # One point after another: an unnormalised density has thousands of nodes a point.
    return jax.lax.map(lambda at: (rows(at), jax.jacrev(rows)(at)), z)


def _not_computable(library: str, error: Exception, model: type[Model], places: Places) -> Finding:
    found, _, remedy = meant(model, error)
    return Finding(
        RULE,
        "error",
        f"{library} can't compute the likelihood: {found}.",
        about="likelihood",
        place=places.of_error(error),
        remedy=f"{remedy[0].upper()}{remedy[1:]}; and take no float() of a parameter.",
    )


def _too_large(layout: Layout) -> Finding:
    message = f"not compared: {layout.size} weights have too many slopes to look at in seconds."
    return Finding(RULE, "info", message, about="likelihood")


def _apart(ours: Computed, theirs: Computed, bound: Bound, rows: np.ndarray) -> Iterator[Finding]:
    worst, found = 0.0, False
    for words, pick in _PARTS.items():
        one, other = pick(ours), pick(theirs)
        both = np.isfinite(one) & np.isfinite(other)
        with np.errstate(invalid="ignore"):
            difference = np.abs(one - other) / np.maximum(1.0, np.abs(other))
        alike = (one == other) | (np.isnan(one) & np.isnan(other))
        difference = np.where(both, difference, np.where(alike, 0.0, np.inf))
        worst = max(worst, float(difference.max(initial=0.0)))
        if not (difference > APART).any():
            continue
        found = True
        at = np.unravel_index(int(np.argmax(difference)), difference.shape)
        entry = f" in {bound.layout.entries[at[2]]}" if len(at) > 2 else ""
        others = ", and others differ too" if (difference > APART).sum() > 1 else ""
        yield Finding(
            RULE,
            "error",
            f"{words} of row {rows[at[1]] + 1}{entry} is {one[at]:.6g} by torch and "
            f"{other[at]:.6g} by JAX{others}.",
            about="likelihood",
            remedy="Something in it is not a function of the parameters alone, or reaches a "
            "library's own corner: the log of zero, a root at zero, a random number.",
            evidence={"difference": float(difference.max())},
        )
    if not found:
        n, points = bound.n, len(ours.z)
        yield Finding(
            RULE,
            "ok",
            f"they agree in {n:,} rows and their slopes at {points} points, to {worst:.1g}.",
            about="likelihood",
            evidence={"difference": worst, "rows": n, "points": points},
        )


_PARTS: dict[str, Callable[[Computed], np.ndarray]] = {
    "the log-likelihood": lambda computed: computed.rows,
    "the slope of the log-likelihood": lambda computed: computed.slopes,
}
