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


def scipy(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Negative log-likelihood with its gradient, a start, and the parameters."""
    import numpy as np

    x, y = data["x"], data["y"]
    n, k = x.shape

    def objective(at: Any) -> tuple[float, Any]:
        noise = np.exp(at[-1])
        away = (y - x @ at[:k] - at[k]) / noise
        square = away @ away
        gradient = np.concatenate([-(away @ x) / noise, [-away.sum() / noise, n - square]])
        return float(n * at[-1] + square / 2), gradient

    def named(at: Any) -> dict[str, Any]:
        return {"slopes": at[:k], "intercept": at[k], "noise": np.exp(at[-1])}

    return objective, np.zeros(k + 2), named


def torch(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, negative log-likelihood, and the parameters on their own scale."""
    import torch

    x, y = torch.as_tensor(data["x"]), torch.as_tensor(data["y"])
    slopes = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    intercept, log_noise = (torch.zeros((), dtype=x.dtype, requires_grad=True) for _ in range(2))

    def loss() -> Any:
        mean = x @ slopes + intercept
        return -torch.distributions.Normal(mean, log_noise.exp()).log_prob(y).sum()

    def named() -> dict[str, Any]:
        return {"slopes": slopes, "intercept": intercept, "noise": log_noise.exp()}

    return [slopes, intercept, log_noise], loss, named


def statsmodels(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters given the coefficients."""
    import numpy as np
    import statsmodels.api as sm

    n = len(data["y"])

    def named(found: Any) -> dict[str, Any]:
        *slopes, intercept = found.params
        return {"slopes": slopes, "intercept": intercept, "noise": np.sqrt(found.ssr / n)}

    return sm.OLS(data["y"], sm.add_constant(data["x"], prepend=False)), named


def sklearn(data: dict[str, Any]) -> tuple[Any, Any]:
    """A model and its parameters when it has been fitted."""
    import numpy as np
    from sklearn.linear_model import LinearRegression

    def named(found: Any) -> dict[str, Any]:
        away = data["y"] - found.predict(data["x"])
        noise = np.sqrt(away @ away / len(away))
        return {"slopes": found.coef_, "intercept": found.intercept_, "noise": noise}

    return LinearRegression(), named
