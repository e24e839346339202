"""Tosses of a coin under the uniform prior: the posterior is Beta(1 + heads, 1 + tails)."""

from __future__ import annotations

from typing import Any

PARAMETERS = ("theta",)


def data(rows: int = 7) -> dict[str, Any]:
    """The seven tosses of the zoo, or more of the same coin."""
    import numpy as np

    if rows == 7:
        return {"toss": np.array([0, 0, 1, 1, 0, 0, 1])}
    return {"toss": np.random.default_rng(0).binomial(1, 3 / 7, rows)}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Coin(bb.Model):
        """A coin."""

        outcome = "toss"
        theta = bb.parameter(bb.Uniform(0, 1))

        def likelihood(self) -> Any:
            return bb.Bernoulli(self.theta)

    return Coin


def numpyro(toss: Any) -> None:
    """A function that samples."""
    from numpyro import distributions as dist
    from numpyro import sample

    theta = sample("theta", dist.Uniform(0, 1))
    sample("toss", dist.Bernoulli(theta), obs=toss)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        theta = pm.Uniform("theta", 0, 1)
        pm.Bernoulli("toss", p=theta, observed=data["toss"])
    return model


STAN = """
data { int<lower=0> n; array[n] int<lower=0, upper=1> toss; }
parameters { real<lower=0, upper=1> theta; }
model { toss ~ bernoulli(theta); }
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    return {"n": len(data["toss"]), "toss": data["toss"].tolist()}


def scipy(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Negative log-likelihood of the logit with its gradient, a start, and the parameters."""
    import numpy as np

    heads, n = data["toss"].sum(), len(data["toss"])

    def objective(at: Any) -> tuple[float, Any]:
        share = 1 / (1 + np.exp(-at))
        return float(n * np.logaddexp(0, at[0]) - heads * at[0]), n * share - heads

    return objective, np.zeros(1), lambda at: {"theta": 1 / (1 + np.exp(-at))}


def torch(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, negative log-likelihood, and the parameters on their own scale."""
    import torch

    toss = torch.as_tensor(data["toss"], dtype=torch.float64)
    logit = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def loss() -> Any:
        return -torch.distributions.Bernoulli(logits=logit).log_prob(toss).sum()

    return [logit], loss, lambda: {"theta": torch.sigmoid(logit)}


def statsmodels(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters given the coefficients."""
    import numpy as np
    import statsmodels.api as sm

    model = sm.Logit(data["toss"], np.ones(len(data["toss"])))
    return model, lambda found: {"theta": 1 / (1 + np.exp(-found.params))}
