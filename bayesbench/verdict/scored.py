"""What rows that the fits had not seen say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.scores.paired import Difference
    from bayesbench.scores.record import Scores

FIRST = ("mle", "map")  # of which the first that was scored is told


def say(scores: Scores | None) -> list[Finding]:
    """The posterior's log score less that of the MLE, or of the MAP, paired, with its error."""
    if scores is None or not scores.rows_of("posterior"):
        return []
    other = next((name for name in FIRST if scores.rows_of(name)), None)
    if other is None:
        return []
    found = scores.difference("posterior", other)
    if not found.rows:
        return []
    name = other.upper()
    rows = f"{found.rows:,} row{'s' * (found.rows != 1)} that the fits had not seen"
    if found.lower or found.higher:
        said, numbers = f"the log score is infinitely worse {_impossible(found, name)}", ""
    else:
        better = "better" if found.mean > 0 else "worse"
        said = f"the posterior predicts {better} than the {name}, by its log score"
        if not found.speaks:
            said = f"there is no difference to speak of between posterior and {name}"
        error = (
            f" ± {found.error:.4f}" if np.isfinite(found.error) else ""
        )  # of one row there is none
        numbers = f": {found.mean:+.4f}{error} a row"
    own, others = (scores.table().loc[fit, "coverage_95"] for fit in ("posterior", other))
    text = (
        f"On {rows} {said}{numbers}. The posterior's intervals of 95% held {own:.0%} of the "
        f"outcomes, the {name}'s {others:.0%}."
    )
    evidence = {"difference": found.mean, "error": found.error, "rows": found.rows}
    evidence |= {"coverage": float(own), f"coverage_{other}": float(others)}
    return [Finding("scored", "info", text, evidence)]


def _impossible(found: Difference, name: str) -> str:
    """For which of the two, and on how many rows: there is no mean to tell."""
    worse = ((found.lower, "posterior"), (found.higher, name))
    return " and ".join(f"for the {one} on {rows:,}" for rows, one in worse if rows)
