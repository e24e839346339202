"""Mean and standard deviation of a Gaussian."""

from __future__ import annotations

from typing import Any

PARAMETERS = ("mean", "sd")


def data(rows: int) -> dict[str, Any]:
    """Draws from Normal(1.5, 2)."""
    import numpy as np

    return {"y": np.random.default_rng(0).normal(1.5, 2.0, rows)}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Gaussian(bb.Model):
        """Mean and sd."""

        outcome = "y"
        mean = bb.parameter(bb.Normal(0, 10))
        sd = bb.parameter(bb.HalfNormal(5))

        def likelihood(self) -> Any:
            return bb.Normal(self.mean, self.sd)

    return Gaussian


def numpyro(y: Any) -> None:
    """A function that samples."""
    from numpyro import distributions as dist
    from numpyro import sample

    mean = sample("mean", dist.Normal(0, 10))
    sd = sample("sd", dist.HalfNormal(5))
    sample("y", dist.Normal(mean, sd), obs=y)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 10)
        sd = pm.HalfNormal("sd", 5)
        pm.Normal("y", mean, sd, observed=data["y"])
    return model


STAN = """
data { int<lower=0> n; vector[n] y; }
parameters { real mean; real<lower=0> sd; }
model { mean ~ normal(0, 10); sd ~ normal(0, 5); y ~ normal(mean, sd); }
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    return {"n": len(data["y"]), "y": data["y"].tolist()}


def scipy(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Negative log-likelihood of mean and log sd with its gradient, a start, the parameters."""
    import numpy as np

    y = data["y"]

    def objective(at: Any) -> tuple[float, Any]:
        away = (y - at[0]) / np.exp(at[1])
        square = away @ away
        gradient = np.array([-away.sum() / np.exp(at[1]), len(y) - square])
        return float(len(y) * at[1] + square / 2), gradient

    return objective, np.zeros(2), lambda at: {"mean": at[0], "sd": np.exp(at[1])}


def torch(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, negative log-likelihood, and the parameters on their own scale."""
    import torch

    y = torch.as_tensor(data["y"])
    mean, log_sd = (torch.zeros((), dtype=y.dtype, requires_grad=True) for _ in range(2))

    def loss() -> Any:
        return -torch.distributions.Normal(mean, log_sd.exp()).log_prob(y).sum()

    return [mean, log_sd], loss, lambda: {"mean": mean, "sd": log_sd.exp()}


def statsmodels(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters given the coefficients."""
    import numpy as np
    import statsmodels.api as sm

    n = len(data["y"])
    model = sm.OLS(data["y"], np.ones(n))
    return model, lambda found: {"mean": found.params[0], "sd": np.sqrt(found.ssr / n)}
