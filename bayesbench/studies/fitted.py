"""What each method says of many data sets: estimates, intervals, ranks, and predictions."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from bayesbench.batched.batch import stacked
from bayesbench.batched.heights import LIKELIHOOD
from bayesbench.batched.many import Answers, fit_many
from bayesbench.batched.modes import STATUSES, Modes, find_modes
from bayesbench.batched.profile import ProfileEnds, profile_ends
from bayesbench.studies.calibration import DRAWS, ranks_of
from bayesbench.studies.design import LEVELS, Design
from bayesbench.studies.scored import predicted
from bayesbench.studies.simulate import PREDICTING, Simulated, keys_of, seed_of
from bayesbench.studies.summary import NO_RANK

Columns = dict[str, np.ndarray]


def fitted(design: Design, n: int, places: np.ndarray, data: Simulated) -> Columns:
    """The columns of each method, by its name: see `bayesbench.studies.summary`."""
    batch = stacked(design.layout, data.seen.inputs, data.seen.outcome)
    methods = [method for method in design.methods if method != "profile"]
    seed, sampling = seed_of(design.seed, n), design.sampling
    many = fit_many(batch, methods, seed=seed, index=places, sampling=sampling)
    keys = keys_of(design.seed, n, places, PREDICTING)
    made = {}
    for method in methods:
        found = many[method]
        draws = _draws(found)
        score, pit = predicted(design.layout, draws, data.new, keys)
        made[method] = {
            "status": np.array(STATUSES)[found.status],
            "estimate": np.where(found.converged[:, None], found.estimate, np.nan),
            "log_score": score,
            "pit": pit,
            **(_wald(found) if found.draws is None else _of_draws(data.truth, draws)),
        }
    if "profile" in design.methods:
        modes = many.modes[LIKELIHOOD] if LIKELIHOOD in many.modes else find_modes(batch)
        made["profile"] = _profiled(modes, profile_ends(batch, LEVELS, modes))
    return {f"{method}/{name}": v for method, found in made.items() for name, v in found.items()}


def _profiled(modes: Modes, ends: ProfileEnds) -> Columns:
    """The ends, and how they were found: as the MLE was, or not at all where one is missing."""
    lost = modes.converged & (np.isnan(ends.low) | np.isnan(ends.high)).any(axis=(1, 2))
    status = np.where(lost, STATUSES.index("not converged"), modes.status)
    return {"status": np.array(STATUSES)[status], "low": ends.low, "high": ends.high}


def _draws(found: Answers) -> np.ndarray:
    """What predicts, (datasets, draws, size): draws, or one estimate; NaN where a fit failed."""
    draws = found.estimate[:, None] if found.draws is None else found.draws
    return np.where(found.converged[:, None, None], draws, np.nan)


def _wald(found: Answers) -> Columns:
    """Wald's intervals on the parameters' own scale."""
    reach = ndtri((1 + np.array(LEVELS)) / 2)[:, None] * found.se[:, None]
    centre = found.estimate[:, None]
    return {"low": centre - reach, "high": centre + reach}


def _of_draws(truth: np.ndarray, draws: np.ndarray) -> Columns:
    """The central intervals, and the rank of each truth among 99 of the draws, evenly spaced."""
    tails = np.array([(1 - level) / 2 for level in LEVELS])
    low, high = (np.moveaxis(np.quantile(draws, at, axis=1), 0, 1) for at in (tails, 1 - tails))
    some = np.linspace(0, draws.shape[1] - 1, DRAWS).round().astype(int)
    absent = np.isnan(draws).any(axis=1)
    ranks = np.where(absent, NO_RANK, ranks_of(truth, draws[:, some]))
    return {"low": low, "high": high, "rank": ranks}
