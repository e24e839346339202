"""A line with ten slopes and Student's t around it."""

from __future__ import annotations

from typing import Any

PARAMETERS = ("slopes", "intercept", "scale")
DF = 4.0


def data(rows: int, features: int = 10) -> dict[str, Any]:
    """Gaussian features side by side; slopes from -1 to 1, and tails of four degrees of freedom."""
    import numpy as np

    generator = np.random.default_rng(0)
    x = generator.normal(size=(features, rows)).T  # a column lies in one piece, as in a table
    y = x @ np.linspace(-1, 1, features) + 0.5 + 0.7 * generator.standard_t(DF, rows)
    return {"x": x, "y": y}


def table(data: dict[str, Any]) -> dict[str, Any]:
    """A column for each feature."""
    return {f"x{k}": column for k, column in enumerate(data["x"].T)} | {"y": data["y"]}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Robust(bb.Model):
        """A slope for each feature."""

        outcome = "y"
        slopes = bb.parameter(bb.Normal(0, 10), dims="feature")
        intercept = bb.parameter(bb.Normal(0, 10))
        scale = bb.parameter(bb.HalfNormal(5))

        def likelihood(self, x: Any = bb.columns(dims="feature")) -> Any:
            return bb.StudentT(DF, x @ self.slopes + self.intercept, self.scale)

    return Robust


def numpyro(x: Any, y: Any) -> None:
    """A function that samples."""
    from numpyro import distributions as dist
    from numpyro import sample

    slopes = sample("slopes", dist.Normal(0, 10).expand([x.shape[1]]).to_event(1))
    intercept = sample("intercept", dist.Normal(0, 10))
    scale = sample("scale", dist.HalfNormal(5))
    sample("y", dist.StudentT(DF, x @ slopes + intercept, scale), obs=y)


def torch(data: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Parameters, negative log-likelihood, and the parameters on their own scale."""
    import torch

    x, y = torch.as_tensor(data["x"]), torch.as_tensor(data["y"])
    slopes = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    intercept, log_scale = (torch.zeros((), dtype=x.dtype, requires_grad=True) for _ in range(2))

    def loss() -> Any:
        centre = x @ slopes + intercept
        return -torch.distributions.StudentT(DF, centre, log_scale.exp()).log_prob(y).sum()

    def named() -> dict[str, Any]:
        return {"slopes": slopes, "intercept": intercept, "scale": log_scale.exp()}

    return [slopes, intercept, log_scale], loss, named
