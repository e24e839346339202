"""Engel's food expenditure: a line whose noise grows along it."""

from importlib.resources import files
from typing import Any

import numpy as np

from bayesbench import HalfNormal, Model, Normal, parameter, variant
from bayesbench.views import curve


class Engel(Model):
    """What 235 Belgian households of 1857 spent on food, by their income.

    Both are in thousands of francs a year. The mean is a line in the income, and the
    standard deviation a power of it, sd · income^power (Harvey 1976): rich households
    differ from each other by more than poor ones. The variant `constant_sigma` has one
    standard deviation for all, as least squares supposes; its maximum likelihood line is
    the published one, 147.4754 francs + 0.4852 of the income.

    The data are those of Koenker and Bassett (1982, Econometrica 50, 43-61), after Engel.
    """

    outcome = "food"
    intercept = parameter(Normal(0, 1))
    slope = parameter(Normal(0, 1))
    sd = parameter(HalfNormal(1))
    power = parameter(Normal(0, 1))
    views = (curve("income"),)

    def likelihood(self, income):
        mean = self.intercept + self.slope * income
        return Normal(mean, self.sd * income**self.power)

    variants = {"constant_sigma": variant(power=0.0)}

    @classmethod
    def example(cls) -> dict[str, Any]:
        table = np.loadtxt(str(files("bayesbench.models") / "engel.csv"), delimiter=",", skiprows=1)
        return {"income": table[:, 0] / 1000, "food": table[:, 1] / 1000}

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        if "power" in cls.parameters:
            return {}
        income, food = data["income"], data[cls.outcome]
        slope, intercept = np.polyfit(income, food, 1)
        left = food - intercept - slope * income
        values = {"intercept": intercept, "slope": slope, "sd": np.sqrt(np.mean(left**2))}
        return {"estimates": {k: {"mle": {"value": float(v)}} for k, v in values.items()}}
