"""Small models that the tests fit."""

from bayesbench import (
    Bernoulli,
    Exponential,
    Flat,
    HalfNormal,
    Model,
    Normal,
    Poisson,
    columns,
    levels,
    parameter,
    positive,
)
from bayesbench import numpy as bn


class Difference(Model):
    """Only b - c is informed."""

    outcome = "y"
    b = parameter(Flat())
    c = parameter(Flat())

    def likelihood(self):
        return Normal(self.b - self.c, 1)


class DifferenceWithPrior(Difference):
    """The same, with proper priors."""

    b = parameter(Normal(0, 10))
    c = parameter(Normal(0, 10))


class Gaussian(Model):
    """Mean and standard deviation unknown."""

    outcome = "y"
    mean = parameter(Normal(0, 10))
    sd = parameter(HalfNormal(5))

    def likelihood(self):
        return Normal(self.mean, self.sd)


class Scale(Model):
    """Only the standard deviation unknown."""

    outcome = "y"
    sd = parameter(HalfNormal(2))

    def likelihood(self):
        return Normal(0, self.sd)


class Waiting(Model):
    """A rate that is none below -3: there the likelihood is no number."""

    outcome = "y"
    t = parameter(Normal(0, 5))

    def likelihood(self):
        return Exponential(3 + self.t)


class Logistic(Model):
    """Logistic regression on one input."""

    outcome = "y"
    intercept = parameter(Normal(0, 5))
    slope = parameter(Normal(0, 5))

    def likelihood(self, x):
        return Bernoulli(bn.sigmoid(self.intercept + self.slope * x))


class Linear(Model):
    """A slope for each feature."""

    outcome = "y"
    slopes = parameter(Normal(0, 10), dims="feature")
    noise = parameter(HalfNormal(5))

    def likelihood(self, x=columns(dims="feature")):
        return Normal((x * self.slopes).sum(-1), self.noise)


class Counts(Model):
    """A Poisson rate."""

    outcome = "y"
    rate = parameter(Exponential(1))

    def likelihood(self):
        return Poisson(self.rate)


class PositiveMean(Model):
    """A mean that can't be negative, with a prior that is cut at zero."""

    outcome = "y"
    mean = parameter(Normal(0, 1), support=positive)

    def likelihood(self):
        return Normal(self.mean, 1)


class Unread(Model):
    """A parameter that the likelihood does not read."""

    outcome = "y"
    mean = parameter(Normal(0, 1))
    idle = parameter(Normal(0, 1))

    def likelihood(self):
        return Normal(self.mean, 1)


class Cosine(Model):
    """The likelihood is even in a, and flat at a = 0."""

    outcome = "y"
    a = parameter(Normal(0, 3))

    def likelihood(self, x):
        return Normal(bn.cos(self.a * x), 0.5)


class Nested(Model):
    """A prior that reads another parameter and is cut at zero."""

    outcome = "y"
    spread = parameter(HalfNormal(1))
    mean = parameter(lambda m: Normal(0.5, m.spread), support=positive)

    def likelihood(self):
        return Normal(self.mean, 1)


class Treated(Model):
    """A treatment, in groups."""

    outcome = "alive"
    effect = parameter(Normal(0, 2))
    base = parameter(Normal(0, 2), dims="group")

    def likelihood(self, treated, group=levels()):
        odds = bn.exp(self.base[group] + self.effect * treated)
        return Bernoulli(odds / (1 + odds))
