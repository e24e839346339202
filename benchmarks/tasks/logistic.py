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
