"""Three points and a network: why the loss stops above zero."""

from math import sqrt
from typing import Any

import numpy as np

from bayesbench import Model, Normal, mlp, run, variant
from bayesbench import numpy as bn
from bayesbench.views import curve, variants_curve


class ThreePoints(Model):
    """A network of ten hidden units on three points: linear ones can't reach them all.

    The noise is known, σ = 1/√2, so that the mean negative log-likelihood of a row is the
    mean squared error plus ½ log π: whatever maximises the one minimises the other.

    A network whose activation is linear is a straight line, however many weights it has.
    Its mean squared error can't go below that of least squares, 0.0056759 on these data,
    by any optimiser. With the variants' `sigmoid` or `tanh` it goes to zero. The data
    leave most of the 31 weights open, so that there are many maxima and all predict the
    same at the three points.
    """

    outcome = "y"
    f = mlp(1, 10, 1, activation=bn.linear)
    starts = 32
    runs = (
        run("gradient ascent", learning_rate=0.01, steps=2000),
        run("adam", learning_rate=0.001, steps=2000),
    )
    views = (variants_curve("x", variants=("linear", "tanh")), curve("x", over=(-2, 2)))

    def likelihood(self, x):
        return Normal(self.f(x), sqrt(0.5))

    variants = {
        "linear": variant(),
        "sigmoid": variant(f=mlp(1, 10, 1, activation=bn.sigmoid)),
        "tanh": variant(f=mlp(1, 10, 1, activation=bn.tanh)),
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"x": [-1.0, 0.0, 1.0], "y": [-0.2445248, 0.1232554, 0.1713998]}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        if cls.f.activation is not bn.linear:
            floor = 0.0
        else:
            x, y = data["x"], data[cls.outcome]
            floor = float(np.mean((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2))
        return {"log_likelihood": {"mle": -len(data["x"]) * (floor + 0.5 * np.log(np.pi))}}

    @classmethod
    def notes(cls, data: Any) -> list[str]:
        if cls.f.activation is not bn.linear:
            return []
        floor = -cls.exact(data)["log_likelihood"]["mle"] / len(data["x"]) - 0.5 * np.log(np.pi)
        return [
            "A network with a linear activation is a straight line, however many weights it has: "
            f"its mean squared error can't fall below that of least squares, {floor:.7f}, "
            "whichever optimiser is used. A nonlinear one (--variant tanh) reaches zero."
        ]
