"""What several chains say of their own reliability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesbench.fit import rank_normalised

R_HAT = 1.01  # below it the chains agree
ESS = 400  # bulk and tail, of every parameter: enough for R-hat and the errors to be trusted
TAIL = (0.05, 0.95)
FEW = 4  # draws of a chain: fewer can't be halved and compared


def convergence(draws: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Rank-normalised split R-hat, bulk and tail ESS and Monte Carlo errors, by parameter.

    As in Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021).

    Parameters
    ----------
    draws : mapping of arrays
        Each (chain, draw, ...).

    Returns
    -------
    dict of dict of arrays
        By parameter and then by name: r_hat, ess_bulk, ess_tail, mcse_mean, mcse_sd, each
        of the parameter's shape.
    """

    def judge(values: np.ndarray) -> dict[str, np.ndarray]:
        with np.errstate(invalid="ignore", divide="ignore"):  # what never varies divides by zero
            agreement, bulk, tail = rank_normalised.reliability(values, TAIL)
            return {
                "r_hat": r_hat(values) if len(values) == 1 else agreement,
                "ess_bulk": bulk,
                "ess_tail": tail,
                "mcse_mean": rank_normalised.mcse_mean(values),
                "mcse_sd": rank_normalised.mcse_sd(values),
            }

    return {name: judge(np.asarray(values, dtype=np.float64)) for name, values in draws.items()}


def r_hat(draws: np.ndarray) -> np.ndarray:
    """Rank-normalised split R-hat alone, of draws (chain, draw, ...) in the shape of the rest.

    Of a single chain it is that of its two halves: whether it has drifted can be seen from it
    alone, though not whether it has seen the whole posterior.
    """
    if len(draws) == 1:
        half = draws.shape[1] // 2
        draws = np.stack([draws[0, :half], draws[0, half : 2 * half]])
    if draws.shape[1] < FEW:
        return np.full(draws.shape[2:], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rank_normalised.r_hat(draws)


def spelt(r_hat: float) -> str:
    """An R-hat to four decimals; to more where rounding would move it across its limit."""
    texts = (f"{r_hat:.{few}f}" for few in range(4, 17))
    return next(text for text in texts if (float(text) < R_HAT) == (r_hat < R_HAT))


def worst(found: Mapping[str, Mapping[str, np.ndarray]]) -> tuple[float, float]:
    """The largest R-hat and the smallest effective sample size of all parameters.

    Both are NaN if a parameter never moved.
    """
    r_hat = np.concatenate([np.ravel(each["r_hat"]) for each in found.values()])
    ess = [np.ravel(each[name]) for each in found.values() for name in ("ess_bulk", "ess_tail")]
    return float(r_hat.max()), float(np.concatenate(ess).min())
