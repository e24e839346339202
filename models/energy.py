"""Unnormalised densities."""

from typing import Any

import numpy as np

from bayesbench import (
    EnergyBased,
    HalfNormal,
    Model,
    Normal,
    box,
    interval,
    mlp,
    parameter,
    real,
    variant,
)
from bayesbench import numpy as bn
from bayesbench.views import fitted_density, naive_training

ROWS, SEED = 250, 20080705
RADIUS, WIDTH = 1.0, 0.5  # of the ring, from which its data are drawn


def quadratic(self, x):
    """The energy of a Gaussian."""
    return (x - self.mean) ** 2 / (2 * self.sd**2)


GAUSSIAN = {
    "energy": quadratic,
    "mean": parameter(Normal(0, 10)),
    "sd": parameter(HalfNormal(5)),
}


def ring(self, point):
    """An energy that is lowest on a circle."""
    apart = point[:, 0] ** 2 + point[:, 1] ** 2 - self.radius**2
    return (apart / self.width) ** 2


class Energy(Model):
    """An unnormalised density exp(-E(x)) / Z, whose energy E is a small network or a quadratic.

    Any function E, called an energy, makes a density: exp(-E(x)) divided by its own
    integral. That integral, Z(θ) = ∫ exp(-E(x)) dx, is the partition function: the
    normalising constant as a function of the parameters θ of the energy. It is easily
    taken for a constant, and is not one: without it the likelihood grows without limit,
    as the energy of every datum can be lowered at once. Here it is computed by quadrature,
    and is a part of the likelihood in all fits.

    A constant added to E cancels in Z, so the network has no offset. Its data are drawn
    from a mixture of two Normals, which the estimates are held against.

    The variant `quadratic` has the energy (x - mean)² / 2 sd² on the line, a Gaussian in
    disguise with log Z = log(sd √(2π)); `truncated` has the same energy on an interval,
    a truncated Gaussian; `ring` is a density in two dimensions, on a box.
    """

    outcome = "x"
    support = interval(-4, 4)
    parts = ((0.6, -1.5, 0.6), (0.4, 1.6, 0.45))  # weight, mean and sd of what data are drawn from
    energy = mlp(1, 4, 1, activation=bn.tanh, scale=3, offset=False)
    views = (fitted_density(), naive_training())

    def likelihood(self):
        return EnergyBased(self.energy, self.support)

    variants = {
        "quadratic": variant(**GAUSSIAN, support=real, parts=((1.0, 0.7, 1.3),)),
        "truncated": variant(**GAUSSIAN, support=interval(-2, 2), parts=((1.0, 0.5, 1.0),)),
        "ring": variant(
            outcome=("x", "y"),
            energy=ring,
            radius=parameter(HalfNormal(2)),
            width=parameter(HalfNormal(2)),
            support=box((-2, 2), (-2, 2)),
            parts=(),
            views=(naive_training(),),
        ),
    }

    @classmethod
    def example(cls) -> dict[str, Any]:
        generator = np.random.default_rng(SEED)
        if not cls.parts:
            return _ring(generator)
        weights, means, sds = np.array(cls.parts).T
        part = generator.choice(len(weights), size=10 * ROWS, p=weights)
        draws = generator.normal(means[part], sds[part])
        return {"x": draws[cls.support.contains(draws)][:ROWS]}

    @classmethod
    def true_density(cls, x: np.ndarray) -> np.ndarray:
        """The density that the example's data are drawn from, at points x."""
        from scipy.stats import norm

        parts = [(weight, norm(mean, sd)) for weight, mean, sd in cls.parts]
        low, high = cls.support.lower, cls.support.upper
        density = sum(weight * part.pdf(x) for weight, part in parts)
        mass = sum(weight * (part.cdf(high) - part.cdf(low)) for weight, part in parts)
        return np.where(cls.support.contains(x), density / mass, 0.0)

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        if cls.variant_name != "quadratic":
            return {}
        x = data[cls.outcome]
        mean, sd = float(np.mean(x)), float(np.std(x))
        n, log_partition = len(x), float(np.log(sd * np.sqrt(2 * np.pi)))
        return {
            "estimates": {"mean": {"mle": {"value": mean}}, "sd": {"mle": {"value": sd}}},
            "log_partition": {"mle": log_partition},
            "log_likelihood": {"mle": -n * (0.5 + log_partition)},
        }


def _ring(generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Draws of the ring by rejection: its energy is nowhere below zero."""
    points = generator.uniform(-2, 2, size=(100 * ROWS, 2))
    energy = (((points**2).sum(1) - RADIUS**2) / WIDTH) ** 2
    kept = points[generator.uniform(size=len(points)) < np.exp(-energy)][:ROWS]
    return {"x": kept[:, 0], "y": kept[:, 1]}
