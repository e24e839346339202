"""Parameters that the likelihood does not depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.diagnose.finding import Finding
from bayesbench.fit.experiments import tolerance
from bayesbench.fit.search import is_large
from bayesbench.fit.starts import random_starts

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded

MOVES = (-10.0, -1.0, 1.0, 10.0)  # in z: from e^-10 to e^10 times a positive parameter
ELSEWHERE = 3  # random places
SHOWN = 6  # names in a sentence


def look(recorded: Recorded) -> list[Finding]:
    """Move what has no gradient by large amounts: where the run ended, began, and elsewhere."""
    if recorded.fit.converged or recorded.fit.status.name == "diverged":
        return []
    layout = recorded.target.layout
    weights = {w: g for g, group in layout.model.groups.items() for w in group.parameters}
    groups = np.array([weights.get(name.partition("[")[0], "") for name in layout.entries])
    here, found = _idle(recorded, recorded.end), list[Finding]()
    nowhere = here & (groups == "")
    # What is flat at one place only is a plateau, or a factor that is zero there.
    for z in (recorded.run.starts[recorded.start], *random_starts(layout, ELSEWHERE, 0)):
        nowhere &= _idle(recorded, z) if nowhere.any() else False
    if nowhere.any():
        found.append(_unread([name_in_formula(layout.entries[k]) for k in np.flatnonzero(nowhere)]))
    for group in layout.model.groups:
        idle = int((here & (groups == group)).sum())
        found += [_weights(group, idle, int((groups == group).sum()))] if idle else []
    return found


def _idle(recorded: Recorded, z: np.ndarray) -> np.ndarray:
    """Which entries can be moved, each alone and all together, without any change."""
    here = recorded.per * recorded.height(z)
    least = tolerance(here)
    # A slope that large moves would not show is none; only what has none is moved.
    suspects = np.abs(recorded.per * recorded.gradient(z)) <= least
    if is_large(recorded.target.layout):
        idle = suspects  # too many to move one by one
    else:
        axes = np.eye(len(z))
        idle = suspects & [
            bool(suspects[k]) and all(_same(recorded, z + move * axes[k], here) for move in MOVES)
            for k in range(len(z))
        ]
    # Each alone may have none, and two together some.
    together = all(_same(recorded, z + move * idle, here) for move in MOVES)
    return idle if together else np.zeros(len(z), dtype=bool)


def _same(recorded: Recorded, z: np.ndarray, here: float) -> bool:
    return bool(abs(recorded.per * recorded.height(z) - here) <= tolerance(here))


def _unread(names: list[str]) -> Finding:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    words, one = ", ".join(names[:SHOWN]) + more, len(names) == 1
    return Finding(
        "influence",
        "warning",
        f"{words} {'has' if one else 'have'} no influence on the likelihood: moved by up to "
        f"{MOVES[-1]:g} either way on the unconstrained scale, at {ELSEWHERE + 2} places, "
        f"{'it leaves' if one else 'they leave'} the log-likelihood the same to the last digit.",
        {"parameters": names, "moved_by": list(MOVES), "places": ELSEWHERE + 2},
        f"Leave {'it' if one else 'them'} out, or let the likelihood read "
        f"{'it' if one else 'them'}: no data tell what {'it is' if one else 'they are'}.",
    )


def _weights(group: str, idle: int, total: int) -> Finding:
    one = idle == 1
    return Finding(
        "influence",
        "warning" if 2 * idle > total else "info",
        f"{idle} of the {total} weights of {group} {'has' if one else 'have'} no influence where "
        f"the run ended: moved by up to {MOVES[-1]:g} either way, "
        f"{'it leaves' if one else 'they leave'} the log-likelihood the same to the last digit.",
        {"group": group, "idle": idle, "weights": total, "moved_by": list(MOVES)},
        "Where a unit gives zero for every row, what it is multiplied by has no influence: begin "
        "elsewhere, take smaller steps, or an activation that is nowhere flat, as tanh.",
    )
