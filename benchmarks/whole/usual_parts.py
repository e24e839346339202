"""The same numbers and figures from torch, SciPy, NumPyro, ArviZ and matplotlib.

    python -m benchmarks.whole.usual_parts report FOLDER

This is the script that one would write for the coin without bayesbench: the density written
once for each library, closed to any other model. Pathfinder is left out, for none of these has
it, and so are the sentences that say what differs and why.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

TOSSES = np.array([0, 0, 1, 1, 0, 0, 1])
MEAN, SD = 0.5, 0.1**0.5


def log_likelihood(theta: Any, tosses: np.ndarray = TOSSES) -> Any:
    """Of the share of heads."""
    heads = tosses.sum()
    with np.errstate(divide="ignore"):
        return heads * np.log(theta) + (len(tosses) - heads) * np.log1p(-theta)


def log_prior(theta: Any) -> Any:
    """The Normal that is cut to [0, 1] and renormalised."""
    from scipy.stats import truncnorm

    return truncnorm(-MEAN / SD, (1 - MEAN) / SD, MEAN, SD).logpdf(theta)


def maximum_likelihood(tosses: np.ndarray = TOSSES) -> tuple[float, float]:
    """By torch's L-BFGS on the logit, with the standard error from the second derivative."""
    import torch

    y = torch.tensor(tosses, dtype=torch.float64)
    logit = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logit], max_iter=100, tolerance_grad=1e-10, line_search_fn="strong_wolfe"
    )

    def negative(theta: Any) -> Any:
        return -torch.distributions.Bernoulli(theta).log_prob(y).sum()

    def closure() -> Any:
        optimizer.zero_grad()
        loss = negative(torch.sigmoid(logit))
        loss.backward()
        return loss

    optimizer.step(closure)
    theta = torch.sigmoid(logit).detach()
    curvature = torch.autograd.functional.hessian(negative, theta)
    return float(theta), float(curvature.squeeze() ** -0.5)


def modes(tosses: np.ndarray = TOSSES) -> dict[str, tuple[float, float]]:
    """The MAP on both scales with the width of the curvature, by SciPy."""
    from scipy.optimize import minimize_scalar

    def found(function: Any) -> tuple[float, float]:
        best = minimize_scalar(function, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
        return float(best.x), curvature(function, float(best.x)) ** -0.5

    def own(theta: float) -> float:
        return -log_likelihood(theta, tosses) - log_prior(theta)

    def unconstrained(theta: float) -> float:
        return own(theta) - np.log(theta) - np.log1p(-theta)

    return {"own": found(own), "unconstrained": found(unconstrained)}


def curvature(function: Any, at: float, step: float = 1e-4) -> float:
    """The second derivative by differences."""
    return float((function(at + step) - 2 * function(at) + function(at - step)) / step**2)


def laplace(mode: float, draws: int = 10_000) -> np.ndarray:
    """Draws from the Normal at the mode on the logit's scale, carried back."""
    from scipy.special import expit, logit

    def negative(z: float) -> float:
        theta = expit(z)
        return -log_likelihood(theta) - log_prior(theta) - np.log(theta) - np.log1p(-theta)

    sd = curvature(negative, logit(mode)) ** -0.5
    return expit(np.random.default_rng(0).normal(logit(mode), sd, draws))


def posterior(tosses: np.ndarray = TOSSES, seed: int = 0) -> Any:
    """NumPyro's NUTS, as an ArviZ tree with the densities that its diagnostics want."""
    import jax
    import numpyro
    from arviz_base import from_dict
    from numpyro import distributions as dist
    from numpyro.infer import MCMC, NUTS

    def model(toss: Any) -> None:
        theta = numpyro.sample("theta", dist.TruncatedNormal(MEAN, SD, low=0, high=1))
        numpyro.sample("toss", dist.Bernoulli(theta), obs=toss)

    sampler = MCMC(NUTS(model), num_warmup=1000, num_samples=500, num_chains=4, progress_bar=False)
    sampler.run(jax.random.PRNGKey(seed), tosses)
    theta = np.asarray(sampler.get_samples(group_by_chain=True)["theta"])
    rows = np.where(tosses == 1, np.log(theta[..., None]), np.log1p(-theta[..., None]))
    return from_dict(
        {
            "posterior": {"theta": theta},
            "log_likelihood": {"toss": rows},
            "log_prior": {"theta": log_prior(theta)},
            "observed_data": {"toss": tosses},
        }
    )


def likelihood_interval(best: float) -> tuple[float, float]:
    """Where the log-likelihood has fallen by 1.92."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    def above(theta: float) -> float:
        return float(log_likelihood(theta) - log_likelihood(best) + chi2.ppf(0.95, 1) / 2)

    return brentq(above, 1e-9, best), brentq(above, best, 1 - 1e-9)


def log_evidence() -> float:
    """By quadrature."""
    from scipy.integrate import quad

    return float(np.log(quad(lambda t: np.exp(log_likelihood(t) + log_prior(t)), 0, 1)[0]))


def fitted(tree: Any) -> dict[str, Any]:
    """An estimate and its width by each method, or its draws."""
    best = modes()
    return {
        "MLE": maximum_likelihood(),
        "MAP": best["own"],
        "MAP, unconstrained": best["unconstrained"],
        "Laplace": laplace(best["unconstrained"][0]),
        "posterior": tree.posterior["theta"].values,
    }


def two_tails(value: Any) -> float:
    """Plugged in, or averaged."""
    theta = value if isinstance(value, np.ndarray) else value[0]
    return float(np.mean((1 - theta) ** 2))


def tell(fits: dict[str, Any]) -> None:
    """Print the estimates, and what they predict."""
    for name, value in fits.items():
        mean, sd = (value.mean(), value.std()) if isinstance(value, np.ndarray) else value
        print(f"{name}: {mean:.4f} ± {sd:.4f}, two tails {two_tails(value):.4f}")


def main(task: str, out: str) -> None:
    """Do one of the three jobs."""
    import numpyro

    numpyro.set_host_device_count(4)
    numpyro.enable_x64()
    import arviz_stats

    tree = posterior()
    print(arviz_stats.summary(tree))
    if task == "posterior":
        return
    fits = fitted(tree)
    tell(fits)
    if task == "report":
        from benchmarks.whole.usual_page import page

        page(fits, tree, Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
