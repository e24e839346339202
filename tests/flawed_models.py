"""Models with a flaw each, which a look is to find on its line."""

import numpy as np

from bayesbench import (
    Bernoulli,
    Beta,
    Exponential,
    HalfNormal,
    Model,
    Normal,
    Poisson,
    Uniform,
    event,
    interval,
    levels,
    mlp,
    parameter,
    positive,
    real,
)
from bayesbench import numpy as bn
from small_models import Logistic

X = {"x": [0.5, -1.0, 2.0, 0.1, 1.5], "y": [0.2, 1.1, -0.7, 0.4, 2.0]}


class OnlyByNumPy(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self, x):
        return Normal(np.exp(self.a) * x, 1)  # NumPy's own exp


class OneLibraryOnly(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self, x):
        scale = 2.0 if "torch" in type(self.a).__module__ else 1.0  # another model by torch
        return Normal(self.a * x, scale)


class Detached(Model):
    """Equal values, and no slope by torch."""

    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self, x):
        a = self.a.detach() if hasattr(self.a, "detach") else self.a
        return Normal(a * x, 1)


class Idle(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))
    unused = parameter(Normal(0, 1))  # nobody reads it

    def likelihood(self, x, z):
        return Normal(self.a * x, 1)


class ByPriorsOnly(Model):
    outcome = "y"
    centre = parameter(Normal(0, 1))
    a = parameter(lambda m: Normal(m.centre, 1))

    def likelihood(self, x):
        return Normal(self.a * x, 1)


class SameTwice(Model):
    outcome = "y"
    b = parameter(Normal(0, 1))
    c = parameter(Normal(0, 1))
    sd = parameter(HalfNormal(1))

    def likelihood(self):
        return Normal(self.b - self.c, self.sd)


class Beyond(Model):
    outcome = "y"
    a = parameter(Uniform(0, 1), support=positive)  # the MLE may be 7

    def likelihood(self):
        return Normal(self.a, 1)


class Elsewhere(Model):
    outcome = "y"
    a = parameter(Normal(0, 1), support=interval(5, 9))  # where the prior has nothing to speak of

    def likelihood(self):
        return Normal(self.a, 1)


class WrongSide(Model):
    outcome = "y"
    width = parameter(HalfNormal(1))
    a = parameter(lambda m: HalfNormal(m.width))  # negative values as well

    def likelihood(self):
        return Normal(self.a, 1)


class Impossible(Model):
    """A rate that is none where a < -1."""

    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self):
        return Exponential(1 + self.a)


class NowhereAtFirst(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self, x):
        return Poisson(bn.exp(bn.log(self.a) + x))  # the log of zero, at the start


class Saturated(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))

    def likelihood(self, x):
        return Normal(self.a * x, 1)


class TooWide(Model):
    """Twice the noise is meant, where the truth is simulated: no, a plain good model."""

    outcome = "y"
    share = parameter(Beta(2, 2))
    net = mlp(1, 3, 1)

    def likelihood(self, x):
        return Normal(self.net(x) + self.share, 1)


class Missed(Model):
    outcome = "y"
    a = parameter(Normal(0, 1), dims="group")
    noise = parameter(HalfNormal(1), support=real)  # a support that is too wide

    def likelihood(self, group=levels()):
        return Normal(self.a[0 * group], 1 + self.noise**2)  # always the first


class Wrong(Logistic):
    """What it adds is not what it derives from."""

    slope = parameter(Uniform(-1, 1), support=real)  # changed here

    @event("a one at two")
    def at_two(self):
        return 2 * self.slope + 5


class Fine(Model):
    outcome = "y"
    a = parameter(Normal(0, 1))
    sd = parameter(HalfNormal(1))

    def likelihood(self, x):
        return Normal(self.a * x, self.sd)


class FineCoin(Model):
    outcome = "y"
    share = parameter(Beta(2, 2))

    def likelihood(self):
        return Bernoulli(self.share)
