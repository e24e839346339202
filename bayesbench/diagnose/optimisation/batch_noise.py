"""Whether it is the noise of the batches that keeps a run from its maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.optimisation.summit import missing
from bayesbench.diagnose.optimisation.trials import better, length, steps_in_words, tried

if TYPE_CHECKING:
    from bayesbench.diagnose.optimisation.recorded import Recorded


def noise(recorded: Recorded) -> Finding | None:
    """What all rows, larger batches and a falling rate reach; None if all rows do no better."""
    recipe, top, n = recorded.run.recipe, recorded.summit.height, recorded.n
    size = recipe.batch_size or n
    whole = better(recorded, [{"batch_size": None}])
    if whole is None:
        return None
    ways: list[dict[str, Any]] = []
    ways += [{"schedule": "cosine"}] if recipe.schedule == "constant" else []
    ways += [{"batch_size": 10 * size}] if 10 * size < n else []
    trials = [*(tried(recorded, **each) for each in ways), whole]
    heights = recorded.trace["log_likelihood"]
    half = heights[len(heights) // 2 :]
    half = half[np.isfinite(half)] * recorded.per
    reached = "; ".join(f"{t.recipe.words}, {missing(recorded, t.z)}" for t in trials)
    return Finding(
        "learning rate",
        "warning",
        f"The noise of the batches keeps the run from the maximum: over its second half the "
        f"log-likelihood sways by {half.std():.2g} and does not rise, on average "
        f"{recorded.per * top - half.mean():.2g} below the maximum.",
        {
            "learning_rate": recipe.learning_rate,
            "below": recorded.per * (top - recorded.height(recorded.end)),
            "sway": float(half.std()),
            "missing_on_average": float(recorded.per * top - half.mean()),
            "tried": {t.recipe.words: recorded.per * t.gap(top) for t in trials},
        },
        "Let the learning rate fall, or take larger batches. From the same start, after "
        f"{steps_in_words(length(recorded))}: {reached}.",
    )
