"""A network with one hidden layer of tanh, and the noise around it.

Its hidden units may change places and signs, so that the weights' own means say nothing: chains
are judged by what the network predicts at nine points, and by the noise.
"""

from __future__ import annotations

from typing import Any

UNITS = 16


def data(rows: int = 100) -> dict[str, Any]:
    """A sine with noise of 0.2."""
    import numpy as np

    x = np.linspace(-2, 2, rows)
    return {"x": x, "y": np.sin(2 * x) + np.random.default_rng(0).normal(0, 0.2, rows)}


def quantities(draws: dict[str, Any]) -> dict[str, Any]:
    """The network's value at nine points, and the noise."""
    import numpy as np

    at = np.linspace(-2, 2, 9)[:, None]
    # A layer's biases are added to each point of each draw: (chain, draw, point, unit).
    hidden = np.tanh(at @ draws["weights1"] + draws["biases1"][..., None, :])
    curve = hidden @ draws["weights2"] + draws["biases2"][..., None, :]
    return {"curve": curve[..., 0], "noise": draws["noise"]}


def ours() -> Any:
    """A class."""
    import bayesbench as bb

    class Network(bb.Model):
        """One hidden layer."""

        outcome = "y"
        curve = bb.mlp(1, UNITS, 1)
        noise = bb.parameter(bb.HalfNormal(1))

        def likelihood(self, x: Any) -> Any:
            return bb.Normal(self.curve(x), self.noise)

    return Network


def numpyro(x: Any, y: Any) -> None:
    """A function that samples."""
    import jax.numpy as jnp
    from numpyro import distributions as dist
    from numpyro import sample

    def normal(name: str, scale: float, *shape: int) -> Any:
        return sample(name, dist.Normal(0, scale).expand(shape).to_event(len(shape)))

    hidden = jnp.tanh(x[:, None] @ normal("weights1", 1, 1, UNITS) + normal("biases1", 1, UNITS))
    curve = hidden @ normal("weights2", UNITS**-0.5, UNITS, 1) + normal("biases2", 1, 1)
    sample("y", dist.Normal(curve[:, 0], sample("noise", dist.HalfNormal(1))), obs=y)


def pymc(data: dict[str, Any]) -> Any:
    """A context."""
    import pymc as pm

    with pm.Model() as model:
        first = pm.Normal("weights1", 0, 1, shape=(1, UNITS))
        hidden = pm.math.tanh(
            pm.math.dot(data["x"][:, None], first) + pm.Normal("biases1", 0, 1, shape=UNITS)
        )
        last = pm.Normal("weights2", 0, UNITS**-0.5, shape=(UNITS, 1))
        curve = pm.math.dot(hidden, last) + pm.Normal("biases2", 0, 1, shape=1)
        pm.Normal("y", curve[:, 0], pm.HalfNormal("noise", 1), observed=data["y"])
    return model


STAN = """
data { int<lower=0> n; int<lower=0> units; matrix[n, 1] x; vector[n] y; }
parameters {
  matrix[1, units] weights1; row_vector[units] biases1;
  matrix[units, 1] weights2; vector[1] biases2;
  real<lower=0> noise;
}
model {
  to_vector(weights1) ~ std_normal(); biases1 ~ std_normal();
  to_vector(weights2) ~ normal(0, 1 / sqrt(units)); biases2 ~ std_normal();
  noise ~ std_normal();
  y ~ normal(tanh(x * weights1 + rep_matrix(biases1, n)) * weights2[, 1] + biases2[1], noise);
}
"""


def stan(data: dict[str, Any]) -> dict[str, Any]:
    """What the program's data block names."""
    n = len(data["y"])
    return {"n": n, "units": UNITS, "x": data["x"][:, None].tolist(), "y": data["y"].tolist()}
