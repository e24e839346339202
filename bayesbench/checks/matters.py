"""Rows, parameters and inputs that do not matter to the likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import jax
import numpy as np

from bayesbench.binding import inputs_of
from bayesbench.checks.libraries import Compared, Computed
from bayesbench.checks.points import Points
from bayesbench.checks.record import Finding
from bayesbench.density import entry_supports, log_prior_parts
from bayesbench.fit.at_draws import pointwise_log_likelihood
from bayesbench.fit.information import in_names
from bayesbench.layout import Levels
from bayesbench.libraries import jax_library
from bayesbench.supports import real

RULE = "what matters"
NAMED = 5  # rows
LEVEL = 1e-10  # an eigenvalue of the scaled sum of squared slopes below this is rounding


def look(points: Points, compared: Compared) -> Iterator[Finding]:
    """What has no slope at any of the points, and what can't be told apart."""
    seen = compared.jax
    if seen is None:
        return
    slopes = np.where(np.isfinite(seen.slopes), seen.slopes, 0.0)
    unread = ~(slopes != 0).any(axis=(0, 1))
    found = [*_parameters(points, unread), *_rows(points, compared.rows, slopes)]
    found += [*_together(points, seen, slopes, unread), *_inputs(points)]
    yield from found
    if not found:
        yield Finding(
            RULE, "ok", "each parameter, each input and each row that was looked at does."
        )


def _parameters(points: Points, unread: np.ndarray) -> Iterator[Finding]:
    layout = points.bound.layout
    by_name = layout.split(unread)
    whole = [name for name, entries in by_name.items() if entries.all()]
    for name in whole:
        readers = _readers(points, name)
        if readers:
            yield Finding(
                RULE,
                "info",
                f"the likelihood does not read {name}, only the prior of {', '.join(readers)} "
                "does: maximum likelihood has nothing to say of it.",
                about=name,
                remedy=f"If {' and '.join(readers)} are effects of a population, declare them with "
                "latent(), which is integrated out.",
            )
            continue
        yield Finding(
            RULE,
            "warning",
            f"{name} does not matter: the likelihood does not read it, and no other prior does.",
            about=name,
            remedy="Its posterior is its prior, and it has no MLE: leave it out, or use it.",
        )
    entries = [e for e, un in zip(layout.entries, unread, strict=True) if un]
    parts = [e for e in entries if e.partition("[")[0] not in whole]
    if parts:
        more = f" and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
        yield Finding(
            RULE,
            "warning",
            f"no row reads {', '.join(parts[:NAMED])}{more}.",
            about=parts[0].partition("[")[0],
            remedy="Check that the rows' codes reach all of its entries.",
        )


def _readers(points: Points, name: str) -> list[str]:
    """Whose priors read a parameter: those whose density changes with it."""
    model, library = points.bound.model, jax_library()
    if all(other == name or not callable(each.prior) for other, each in model.parameters.items()):
        return []
    first = {k: v[0] for k, v in points.draws.items()}
    second = first | {name: points.draws[name][1]}
    with jax.enable_x64(True):
        before, after = (
            log_prior_parts(model, {k: library.array(v) for k, v in at.items()}, library)
            for at in (first, second)
        )
    return [k for k in before if k != name and bool((before[k] != after[k]).any())]


def _rows(points: Points, numbers: np.ndarray, slopes: np.ndarray) -> Iterator[Finding]:
    idle = numbers[~(slopes != 0).any(axis=(0, 2))] + 1
    if not len(idle) or len(idle) == len(numbers):
        return  # where no row matters, no parameter does
    named = ", ".join(map(str, idle[:NAMED]))
    more = f" and {len(idle) - NAMED} more" if len(idle) > NAMED else ""
    looked = (
        f" of the {len(numbers)} that were looked at" if len(numbers) < points.bound.table.n else ""
    )
    several = len(idle) > 1
    yield Finding(
        RULE,
        "warning",
        f"row{'s' * several} {named}{more}{looked} {'do' if several else 'does'} not matter: no "
        "parameter changes the likelihood there.",
        about="likelihood",
        remedy="Check the inputs of these rows, and whether a function is saturated.",
        evidence={"rows": idle},
    )


def _together(
    points: Points, seen: Computed, slopes: np.ndarray, unread: np.ndarray
) -> Iterator[Finding]:
    """Directions that no row's likelihood changes along, at any of the points."""
    layout = points.bound.layout
    flat = slopes.reshape(-1, layout.size)
    flat = flat[:, ~unread]
    if len(flat) < flat.shape[1] or flat.shape[1] < 2:
        return
    size = np.sqrt((flat**2).sum(axis=0))
    values, vectors = np.linalg.eigh((flat / size).T @ (flat / size))
    null = vectors[:, values < LEVEL * len(values)].T
    if not len(null):
        return
    kept = np.flatnonzero(~unread)
    names = tuple(layout.entries[k] for k in kept)
    ways = in_names(null, 1 / size, names)
    moved = {layout.entries[k] for k in kept[(np.abs(null) > 1e-6).any(axis=0)]}
    supports = dict(zip(layout.entries, entry_supports(layout, priors=False), strict=True))
    scale = "" if all(supports[e] == real for e in moved) else ", on their unconstrained scales"
    yield Finding(
        RULE,
        "warning",
        f"the likelihood does not change along {', '.join(ways[:NAMED])}{scale}: "
        f"{_joined(sorted(moved))} can't be told apart by any data like these.",
        about=min(moved).partition("[")[0],
        remedy="The MLE is not identified, and the prior alone decides there: leave one of them "
        "out, or hold it.",
        evidence={"directions": ways},
    )


def _inputs(points: Points) -> Iterator[Finding]:
    """Columns that the likelihood takes and does not use: it is the same when they change."""
    bound, before = points.bound, None
    first = {k: v[:2][None] for k, v in points.draws.items()}
    for name, how in inputs_of(bound.model).items():
        if isinstance(how, Levels):
            continue
        if before is None:
            before = pointwise_log_likelihood(bound, first)
        changed = dict(bound.inputs)
        changed[name] = np.roll(changed[name], 1, axis=0) + 0.5
        after = pointwise_log_likelihood(replace(bound, inputs=changed), first)
        if np.array_equal(before, after, equal_nan=True):
            yield Finding(
                RULE,
                "warning",
                f"the input {name} does not matter: the likelihood is the same whatever it is.",
                about="likelihood",
                remedy="Leave it out, or use it.",
            )


def _joined(names: list[str]) -> str:
    *others, last = names
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} others"
    return f"{', '.join(others)} and {last}" if others else last
