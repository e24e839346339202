"""Nonlinear least squares with local optima."""

from math import sqrt
from typing import Any

import numpy as np

from bayesbench import HalfNormal, Model, Normal, parameter, run, variant
from bayesbench import numpy as bn
from bayesbench.views import landscape

A, B = 0.583, 0.112
BESIDE = {"a": 0.7, "b": 0.02}  # a start from which b is slow to find


class CosineExponential(Model):
    """A cosine and an exponential: a curve of two parameters with many local optima.

    y = cos(a x₁) + exp(b x₂), with a = 0.583 and b = 0.112 behind the example's 10,000
    rows, which have no noise. The likelihood's σ is known, 1/√2, so that the mean negative
    log-likelihood is the mean squared error plus ½ log π.

    As the cosine is even, -a fits as well as a: there are two highest optima. How many
    lower ones there are, and how narrow the highest, depends on how far x₁ reaches:
    uniform on [0, 10) by default, Normal with standard deviation 5 or 500 in the variants
    `spread_5` and `spread_500`. `sqrt` and `exponential` have √(a x₁) and exp(a x₁) for
    the cosine; `noisy` has a noise of 0.1 in the data and a free σ.
    """

    outcome = "y"
    a = parameter(Normal(0, 1))
    b = parameter(Normal(0, 1))
    sigma = sqrt(0.5)
    starts = 64
    runs = (
        run("gradient ascent", learning_rate=1e-4, batch_size=512, epochs=30, start=BESIDE),
        run("adam", learning_rate=1e-3, batch_size=512, epochs=30, start=BESIDE),
    )
    views = (landscape("a", over=(-2, 2), variants=("spread_5", "spread_500")),)

    wave = "cos"
    spread = None  # of a Normal x₁; if None it is uniform on [0, 10)
    noise = 0.0  # in the example

    def likelihood(self, x1, x2):
        return Normal(getattr(bn, self.wave)(self.a * x1) + bn.exp(self.b * x2), self.sigma)

    variants = {
        "spread_5": variant(spread=5.0),
        "spread_500": variant(spread=500.0),
        "sqrt": variant(wave="sqrt", a=parameter(HalfNormal(1))),
        "exponential": variant(wave="exp"),
        "noisy": variant(noise=0.1, sigma=parameter(HalfNormal(1))),
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        generator, n = np.random.default_rng(20), 10_000
        x1 = (
            generator.uniform(0, 10, n)
            if cls.spread is None
            else generator.normal(0, cls.spread, n)
        )
        x2 = generator.uniform(-1, 1, n)
        y = getattr(np, cls.wave)(A * x1) + np.exp(B * x2)
        return {"x1": x1, "x2": x2, "y": y + cls.noise * generator.normal(size=n)}
