"""A straight line with Gaussian noise: change it into the model of your question."""

from bayesbench import HalfNormal, Model, Normal, parameter, positive


class MyModel(Model):
    """How y grows with x."""  # the page begins with this line

    outcome = "y"  # the column that is modelled; others are inputs
    slope = parameter(Normal(0, 10))  # a prior: MAP and posterior use it, the MLE never does
    intercept = parameter(Normal(0, 10))
    noise = parameter(HalfNormal(10), support=positive)  # a support: what values there are

    def likelihood(self, x):  # an input is a column by its name
        return Normal(self.slope * x + self.intercept, self.noise)

    @classmethod
    def example(cls):  # fitted where no --data is given
        return {"x": [1, 2, 3, 4, 5, 6], "y": [2.3, 3.8, 6.4, 7.5, 10.3, 11.8]}
