"""Counts whose rate grows or falls with x: change it into the model of your question."""

from bayesbench import Model, Normal, Poisson, parameter
from bayesbench import numpy as bn  # exp, log, sigmoid ... for torch, JAX and NumPy alike


class MyModel(Model):
    """How many there are at x."""  # the page begins with this line

    outcome = "count"  # the column that is modelled: 0, 1, 2 ...
    intercept = parameter(Normal(0, 5))  # a prior: MAP and posterior use it, the MLE never does
    slope = parameter(Normal(0, 2))

    def likelihood(self, x):  # an input is a column by its name
        return Poisson(bn.exp(self.intercept + self.slope * x))

    @classmethod
    def example(cls):  # fitted where no --data is given
        return {"x": [0, 1, 2, 3, 4, 5, 6, 7], "count": [1, 3, 2, 4, 6, 5, 9, 12]}
