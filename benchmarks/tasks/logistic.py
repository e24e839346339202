"""Logistic regression with twenty features."""

from __future__ import annotations

from typing import Any

PARAMETERS = ("slopes", "intercept")


def data(rows: int, features: int = 20) -> dict[str, Any]:
    """Gaussian features; slopes from -1 to 1, so that one row in eight or so is a surprise."""
    import numpy as np

    generator = np.random.default_rng(0)
    x = generator.normal(size=(features, rows)).T  # a column lies in one piece, as in a table
    share = 1 / (1 + np.exp(-(x @ np.linspace(-1, 1, features) - 0.5)))
    return {"x": x, "y": (generator.uniform(size=rows) < share).astype(int)}


def table(data: dict[str, Any]) -> dict[str, Any]:
    """A column for each feature."""
    return {f"x{k}": column for k, column in enumerate(data["x"].T)} | {"y": data["y"]}


def ours() -> Any:
    """A class."""
    import bayesbench as bb
    from bayesbench import numpy as bn

    class Logistic(bb.Model):
        """A slope for each feature."""

        outcome = "y"
        slopes = bb.parameter(bb.Normal(0, 5), dims="feature")
        intercept = bb.parameter(bb.Normal(0, 5))

        def likelihood(self, x: Any = bb.columns(dims="feature")) -> Any:
            return bb.Bernoulli(bn.sigmoid(x @ self.slopes + self.intercept))

    return Logistic


def numpyro(x: Any, y: Any) -> None:
    """A function that samples."""
    from numpyro import distributions as dist
    from numpyro import sample

    slopes = sample("slopes", dist.Normal(0, 5).expand([x.shape[1]]).to_event(1))
    intercept = sample("intercept", dist.Normal(0, 5))
    sample("y", dist.Bernoulli(logits=x @ slopes + intercept), obs=y)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        slopes = pm.Normal("slopes", 0, 5, shape=data["x"].shape[1])
        intercept = pm.Normal("intercept", 0, 5)
        logits = pm.math.dot(data["x"], slopes) + intercept
        pm.Bernoulli("y", logit_p=logits, observed=data["y"])
    return model


STAN = """
data { int<lower=0> n; int<lower=0> k; matrix[n, k] x; array[n] int<lower=0, upper=1> y; }
parameters { vector[k] slopes; real intercept; }
model {
  slopes ~ normal(0, 5); intercept ~ normal(0, 5);
  y ~ bernoulli_logit_glm(x, intercept, slopes);
}
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    n, k = data["x"].shape
    return {"n": n, "k": k, "x": data["x"].tolist(), "y": data["y"].tolist()}


def scipy(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Negative log-likelihood with its gradient, a start, and the parameters."""
    import numpy as np

    x, y = data["x"], data["y"]
    k = x.shape[1]

    def objective(at: Any) -> tuple[float, Any]:
        logits = x @ at[:k] + at[k]
        away = 1 / (1 + np.exp(-logits)) - y
        value = np.logaddexp(0, logits).sum() - y @ logits
        return float(value), np.append(away @ x, away.sum())

    return objective, np.zeros(k + 1), lambda at: {"slopes": at[:k], "intercept": at[k]}


def torch(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, negative log-likelihood, and the parameters on their own scale."""
    import torch

    x, y = torch.as_tensor(data["x"]), torch.as_tensor(data["y"], dtype=torch.float64)
    slopes = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    intercept = torch.zeros((), dtype=x.dtype, requires_grad=True)

    def loss() -> Any:
        return -torch.distributions.Bernoulli(logits=x @ slopes + intercept).log_prob(y).sum()

    return [slopes, intercept], loss, lambda: {"slopes": slopes, "intercept": intercept}


def statsmodels(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters given the coefficients."""
    import statsmodels.api as sm

    def named(found: Any) -> dict[str, Any]:
        *slopes, intercept = found.params
        return {"slopes": slopes, "intercept": intercept}

    return sm.Logit(data["y"], sm.add_constant(data["x"], prepend=False)), named


def sklearn(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters when it has been fitted; C = ∞ takes the penalty away."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    return model, lambda found: {"slopes": found.coef_, "intercept": found.intercept_}
