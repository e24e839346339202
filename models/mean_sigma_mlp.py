"""A network for the mean and one for the noise."""

from typing import Any

import numpy as np

from bayesbench import Model, Normal, mlp, parameter, run, variant
from bayesbench import numpy as bn
from bayesbench.views import curve

ROWS, HELD_OUT = 300, 1000
QUIET, SILENT = 0.05, 0.001  # the noise at the left end


class MeanSigmaMLP(Model):
    """Two networks, one for the mean and one for σ, on data whose noise nearly vanishes.

    y ~ Normal(μ(x), σ(x)), each of the two a network 1-4-20-20-1 with leaky ReLUs, σ
    through a softplus (Nix and Weigend 1994). In the example μ(x) = sin(2x) and
    σ(x) = 0.05 + 0.3 / (1 + exp(-3x)) rises from 0.05 at the left end of [-2, 2] to 0.35 at
    the right; in the variant `vanishing_noise` it begins at 0.001, and a training run with
    steps that suit the right half overshoots in the left: its log-likelihood dips.

    The likelihood has no maximum: σ can close onto a single row while μ runs through it.
    What is shown for maximum likelihood is where a training run had got to. The priors
    keep MAP and posterior finite. The variant `constant_sigma` has one σ for all rows.
    """

    outcome = "y"
    mean = mlp(1, 4, 20, 20, 1, activation=bn.leaky_relu)
    noise = mlp(1, 4, 20, 20, 1, activation=bn.leaky_relu, scale=1.5)
    constant = False
    least = QUIET
    starts = 4
    sampler = {"max_draws": 500, "warmup": 500, "max_tree_depth": 9}
    runs = (run("adam", variant="constant_sigma"),)
    views = (curve("x", truth="truth"),)

    def likelihood(self, x):
        return Normal(self.mean(x), bn.softplus(self.noise if self.constant else self.noise(x)))

    variants = {
        "constant_sigma": variant(noise=parameter(Normal(0, 3)), constant=True),
        "vanishing_noise": variant(least=SILENT),
    }

    @classmethod
    def truth(cls, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean and the noise that the example was drawn with."""
        return np.sin(2 * x), cls.least + 0.3 / (1 + np.exp(-3 * x))

    @classmethod
    def example(cls) -> dict[str, Any]:
        return cls.simulated(ROWS, seed=0)

    @classmethod
    def held_out(cls) -> dict[str, np.ndarray]:
        return cls.simulated(HELD_OUT, seed=1)

    @classmethod
    def simulated(cls, rows: int, seed: int) -> dict[str, np.ndarray]:
        generator = np.random.default_rng(seed)
        x = np.sort(generator.uniform(-2, 2, rows))
        mean, sd = cls.truth(x)
        return {"x": x, "y": generator.normal(mean, sd)}
