"""Linear regression: a slope for each feature, an intercept, and the noise."""

from __future__ import annotations

from typing import Any

PARAMETERS = ("slopes", "intercept", "noise")


def data(rows: int, features: int = 10) -> dict[str, Any]:
    """Gaussian features side by side; slopes from -1 to 1, noise 0.7."""
    import numpy as np

    generator = np.random.default_rng(0)
    x = generator.normal(size=(features, rows)).T  # a column lies in one piece, as in a table
    y = x @ np.linspace(-1, 1, features) + 0.5 + generator.normal(0, 0.7, rows)
    return {"x": x, "y": y}


def table(data: dict[str, Any]) -> dict[str, Any]:
    """A column for each feature."""
    return {f"x{k}": column for k, column in enumerate(data["x"].T)} | {"y": data["y"]}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Linear(bb.Model):
        """A slope for each feature."""

        outcome = "y"
        slopes = bb.parameter(bb.Normal(0, 10), dims="feature")
        intercept = bb.parameter(bb.Normal(0, 10))
        noise = bb.parameter(bb.HalfNormal(5))

        def likelihood(self, x: Any = bb.columns(dims="feature")) -> Any:
            return bb.NormalLinear(x, self.slopes, self.intercept, self.noise)

    return Linear


def numpyro(x: Any, y: Any) -> None:
    """A function that samples."""
    from numpyro import distributions as dist
    from numpyro import sample

    slopes = sample("slopes", dist.Normal(0, 10).expand([x.shape[1]]).to_event(1))
    intercept = sample("intercept", dist.Normal(0, 10))
    noise = sample("noise", dist.HalfNormal(5))
    sample("y", dist.Normal(x @ slopes + intercept, noise), obs=y)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        slopes = pm.Normal("slopes", 0, 10, shape=data["x"].shape[1])
        intercept = pm.Normal("intercept", 0, 10)
        noise = pm.HalfNormal("noise", 5)
        mean = pm.math.dot(data["x"], slopes) + intercept
        pm.Normal("y", mean, noise, observed=data["y"])
    return model


STAN = """
data { int<lower=0> n; int<lower=0> k; matrix[n, k] x; vector[n] y; }
parameters { vector[k] slopes; real intercept; real<lower=0> noise; }
model {
  slopes ~ normal(0, 10); intercept ~ normal(0, 10); noise ~ normal(0, 5);
  y ~ normal_id_glm(x, intercept, slopes, noise);
}
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    n, k = data["x"].shape
    return {"n": n, "k": k, "x": data["x"].tolist(), "y": data["y"].tolist()}
