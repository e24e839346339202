"""Makes `references.json`: posterior means and maxima by other means than the peers'.

    python -m benchmarks references            # seconds
    python -m benchmarks references network    # one of them; the network takes a long run

Coin: Beta's moments. Gaussian and linear model: given the noise the coefficients are Gaussian,
and what is left is an integral in one dimension; so it is for the schools given their spread
(Gelman et al. 2013, chapters 5 and 14). Logistic regression: self-normalised importance
sampling from a Student-t at the mode. Network: a long run of NumPyro's NUTS, whose own Monte
Carlo error is stated. Maxima: closed forms, or Newton's method to rounding.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats
from scipy.integrate import quad_vec
from scipy.optimize import brentq

from benchmarks.references import FILE, references
from benchmarks.tasks import find

Reference = dict[str, Any]


def coin(data: dict[str, Any]) -> Reference:
    """The posterior is Beta(1 + heads, 1 + tails), whose mode is the share of heads."""
    heads, n = int(data["toss"].sum()), len(data["toss"])
    exact = stats.beta(1 + heads, 1 + n - heads)
    most = {"theta": heads / n}
    posterior = {"mean": {"theta": exact.mean()}, "sd": {"theta": exact.std()}}
    return {"posterior": posterior | {"error": 0.0, "by": "Beta"}, "mle": most, "map": most}


def gaussian(data: dict[str, Any]) -> Reference:
    """A linear model without features."""
    found = of_line(np.ones((len(data["y"]), 1)), data["y"])
    return renamed(found, lambda each: {"mean": each["coefficients"][0], "sd": each["noise"]})


def linear(data: dict[str, Any]) -> Reference:
    """Slopes first, then the intercept."""
    design = np.column_stack([data["x"], np.ones(len(data["y"]))])

    def names(each: dict[str, Any]) -> dict[str, Any]:
        *slopes, intercept = each["coefficients"]
        return {"slopes": slopes, "intercept": intercept, "noise": each["noise"]}

    return renamed(of_line(design, data["y"]), names)


def of_line(design: np.ndarray, y: np.ndarray, wide: float = 10, noise: float = 5) -> Reference:
    """Coefficients ~ Normal(0, wide), the noise's sd ~ HalfNormal(noise).

    In the coordinates of the eigenvectors of XᵀX the coefficients are independent given the
    noise, with precision λ/σ² + 1/wide².
    """
    n, k = design.shape
    eigenvalues, turn = np.linalg.eigh(design.T @ design)
    best = np.linalg.lstsq(design, y)[0]
    rest = float(np.sum((y - design @ best) ** 2))
    turned = turn.T @ best

    def given(sigma: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Mean and variance of the turned coefficients, and the log-density of sigma."""
        variance = 1 / (eigenvalues / sigma**2 + wide**-2)
        mean = variance * eigenvalues / sigma**2 * turned
        # What the prior makes of each: its marginal is Normal(0, sigma²/λ + wide²).
        spread = sigma**2 / eigenvalues + wide**2
        log_density = -(n - k) * np.log(sigma) - rest / (2 * sigma**2) - (sigma / noise) ** 2 / 2
        return mean, variance, log_density - 0.5 * np.sum(np.log(spread) + turned**2 / spread)

    middle = np.sqrt(rest / n)
    highest = given(middle)[2]

    def integrand(sigma: float) -> np.ndarray:
        mean, variance, log_density = given(sigma)
        square = (turn * variance) @ turn.T
        straight = turn @ mean
        moments = [1.0, sigma, sigma**2, *straight, *(np.diag(square) + straight**2)]
        return np.exp(log_density - highest) * np.array(moments)

    width = middle / np.sqrt(2 * n)
    ends = max(1e-9, middle - 12 * width), middle + (12 + 60 / np.sqrt(n)) * width
    sums = quad_vec(integrand, *ends, epsrel=1e-13)[0]
    total, first, second, *others = sums / sums[0]
    mean, squares = np.array(others[:k]), np.array(others[k:])
    posterior = {
        "mean": {"coefficients": mean, "noise": first / total},
        "sd": {"coefficients": np.sqrt(squares - mean**2), "noise": np.sqrt(second - first**2)},
    }

    def slope(sigma: float) -> float:
        coefficients = turn @ given(sigma)[0]
        off = float(np.sum((y - design @ coefficients) ** 2))
        return -n / sigma + off / sigma**3 - sigma / noise**2

    mode = float(brentq(slope, middle / 2, middle * 2, xtol=1e-15, rtol=1e-14))
    return {
        "posterior": posterior | {"error": 1e-10, "by": "quadrature over the noise"},
        "mle": {"coefficients": best, "noise": middle},
        "map": {"coefficients": turn @ given(mode)[0], "noise": mode},
    }


def renamed(found: Reference, names: Callable[[dict[str, Any]], dict[str, Any]]) -> Reference:
    """The same with coefficients by the names of a task."""
    posterior = found["posterior"]
    moments = {what: names(posterior[what]) for what in ("mean", "sd")}
    return {
        "posterior": posterior | moments,
        "mle": names(found["mle"]),
        "map": names(found["map"]),
    }


def schools(data: dict[str, Any]) -> Reference:
    """Integrals over the spread; mean and effects are Gaussian given it."""
    y, variance = data["y"], data["se"] ** 2

    def moments(spread: float) -> np.ndarray:
        """Of mean, spread and effects, first and second, weighted by the spread's density."""
        wide = variance + spread**2
        v = 1 / (np.sum(1 / wide) + 5.0**-2)
        m = v * np.sum(y / wide)
        log_density = -0.5 * np.sum(np.log(wide) + (y - m) ** 2 / wide)
        log_density += 0.5 * np.log(v) - 0.5 * (m / 5) ** 2 - np.log1p((spread / 5) ** 2)
        pull = spread**2 / wide  # of each effect towards its own y, given the mean
        effect = pull * y + (1 - pull) * m
        spreads = pull * variance + (1 - pull) ** 2 * v
        first = np.concatenate([[m, spread], effect])
        second = first**2 + np.concatenate([[v, 0.0], spreads])
        return np.exp(log_density + 30) * np.concatenate([[1.0], first, second])

    sums = quad_vec(moments, 0, np.inf, epsrel=1e-12, points=[5.0, 50.0])[0]
    first, second = np.split(sums[1:] / sums[0], 2)
    sd = np.sqrt(second - first**2)
    posterior = {
        what: {"mean": each[0], "spread": each[1], "effect": each[2:]}
        for what, each in (("mean", first), ("sd", sd))
    }
    return {"posterior": posterior | {"error": 1e-9, "by": "quadrature over the spread"}}


def logistic(data: dict[str, Any], wide: float = 5, draws: int = 400_000) -> Reference:
    """Importance sampling from a Student-t with 10 degrees of freedom at the mode."""
    design = np.column_stack([data["x"], np.ones(len(data["y"]))])
    y, k = data["y"], design.shape[1]

    def maximum(precision: float) -> tuple[np.ndarray, np.ndarray]:
        at = np.zeros(k)
        for _ in range(50):
            share = 1 / (1 + np.exp(-design @ at))
            hessian = (design.T * (share * (1 - share))) @ design + precision * np.eye(k)
            at = at + np.linalg.solve(hessian, design.T @ (y - share) - precision * at)
        return at, hessian

    def log_posterior(at: np.ndarray) -> np.ndarray:
        logits = design @ at.T
        return y @ logits - np.logaddexp(0, logits).sum(0) - 0.5 * np.sum((at / wide) ** 2, -1)

    mode, hessian = maximum(wide**-2.0)
    proposal = stats.multivariate_t(mode, np.linalg.inv(hessian), df=10)
    parts = []
    for seed in range(draws // 1000):
        at = proposal.rvs(1000, random_state=seed)
        parts.append((at, log_posterior(at) - proposal.logpdf(at)))
    at, log_weights = (np.concatenate(each) for each in zip(*parts, strict=True))
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    mean = weights @ at
    sd = np.sqrt(weights @ (at - mean) ** 2)
    error = np.max(np.sqrt(weights**2 @ (at - mean) ** 2) / sd)

    def names(each: np.ndarray) -> dict[str, Any]:
        return {"slopes": each[:-1], "intercept": each[-1]}

    by = f"importance sampling, {draws:,} draws, worth {1 / np.sum(weights**2):,.0f}"
    posterior = {"mean": names(mean), "sd": names(sd), "error": error, "by": by}
    return {"posterior": posterior, "mle": names(maximum(0.0)[0]), "map": names(mode)}


def network(data: dict[str, Any], draws: int = 10_000) -> Reference:
    """Four long chains."""
    import jax
    import numpyro
    from arviz_stats.base import array_stats
    from numpyro.infer import MCMC, NUTS

    from benchmarks.tasks import network as task

    numpyro.set_host_device_count(2)
    numpyro.enable_x64()
    kernel = NUTS(task.numpyro, target_accept_prob=0.9)
    sampler = MCMC(
        kernel, num_warmup=3000, num_samples=draws, num_chains=4, progress_bar=False, thinning=2
    )
    sampler.run(jax.random.PRNGKey(12345), **data)
    stored = sampler.get_samples(group_by_chain=True)
    found = task.quantities({name: np.asarray(value) for name, value in stored.items()})
    flat = {name: value.reshape(*value.shape[:2], -1) for name, value in found.items()}
    entries = np.concatenate(list(flat.values()), axis=-1)
    ess = array_stats.ess(entries, chain_axis=0, draw_axis=1, method="mean")
    r_hat = float(np.max(array_stats.rhat(entries, chain_axis=0, draw_axis=1)))
    posterior = {
        "mean": {name: value.mean((0, 1)) for name, value in flat.items()},
        "sd": {name: value.std((0, 1)) for name, value in flat.items()},
        "error": float(np.max(ess**-0.5)),
        "by": f"NUTS, 4 chains of 3,000 + {draws:,}, largest R-hat {r_hat:.4f}",
    }
    return {"posterior": posterior}


MADE = {
    "coin": coin,
    "gaussian-100": gaussian,
    "gaussian-100000": gaussian,
    "linear-1000": linear,
    "linear-100000": linear,
    "schools": schools,
    "logistic-10000": logistic,
    "network": network,
}


def make(names: list[str]) -> None:
    """Make those of the tasks, or all, and write the file."""
    for name in names or MADE:
        known = references() | {name: plain(MADE[name](find(name).data()))}
        FILE.write_text(json.dumps(known, indent=1) + "\n")
        references.cache_clear()
        print(
            f"{name}: {known[name]['posterior']['by']}, error {known[name]['posterior']['error']}"
        )


def plain(value: Any) -> Any:
    """Arrays as lists, for JSON."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return (
        np.asarray(value).tolist() if isinstance(value, np.ndarray | np.generic | list) else value
    )
