"""The eight schools (Rubin 1981), with the priors of Stan's example.

The scripts have the effects as distances from the mean in units of the spread, which is what
each library's own example tells one to write; bayesbench finds that by itself.
"""

from __future__ import annotations

from typing import Any

PARAMETERS = ("mean", "spread", "effect")


def data() -> dict[str, Any]:
    """The estimates and their standard errors."""
    import numpy as np

    return {
        "y": np.array([28.0, 8, -3, 7, -1, 1, 18, 12]),
        "se": np.array([15.0, 10, 16, 11, 9, 11, 10, 18]),
    }


def table(data: dict[str, Any]) -> dict[str, Any]:
    """With the names of the schools."""
    return {"school": list("ABCDEFGH"), **data}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Schools(bb.Model):
        """Effects from one population."""

        outcome = "y"
        mean = bb.parameter(bb.Normal(0, 5))
        spread = bb.parameter(bb.HalfCauchy(5))
        effect = bb.latent(lambda m: bb.Normal(m.mean, m.spread), dims="school")

        def likelihood(self, se: Any, school: Any = bb.levels()) -> Any:
            return bb.Normal(self.effect[school], se)

    return Schools


def numpyro(y: Any, se: Any) -> None:
    """A function that samples."""
    from numpyro import deterministic, plate, sample
    from numpyro import distributions as dist

    mean = sample("mean", dist.Normal(0, 5))
    spread = sample("spread", dist.HalfCauchy(5))
    with plate("school", len(y)):
        effect = deterministic("effect", mean + spread * sample("unit", dist.Normal()))
        sample("y", dist.Normal(effect, se), obs=y)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        mean = pm.Normal("mean", 0, 5)
        spread = pm.HalfCauchy("spread", 5)
        unit = pm.Normal("unit", shape=len(data["y"]))
        effect = pm.Deterministic("effect", mean + spread * unit)
        pm.Normal("y", effect, data["se"], observed=data["y"])
    return model


STAN = """
data { int<lower=0> n; vector[n] y; vector<lower=0>[n] se; }
parameters { real mean; real<lower=0> spread; vector[n] unit; }
transformed parameters { vector[n] effect = mean + spread * unit; }
model { mean ~ normal(0, 5); spread ~ cauchy(0, 5); unit ~ std_normal(); y ~ normal(effect, se); }
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    return {"n": len(data["y"]), "y": data["y"].tolist(), "se": data["se"].tolist()}
