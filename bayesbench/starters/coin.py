"""A share of ones among zeros and ones: change it into the model of your question."""

from bayesbench import Bernoulli, Beta, Model, event, parameter, unit_interval


class MyModel(Model):
    """How often it is a one."""  # the page begins with this line

    outcome = "y"  # the column that is modelled: zeros and ones
    share = parameter(Beta(2, 2), support=unit_interval)  # a prior, and a support

    def likelihood(self):  # each row has the same distribution
        return Bernoulli(self.share)

    @event("next two are ones")  # what is to be predicted: plugged in, and averaged
    def two_ones(self):
        return self.share**2

    @classmethod
    def example(cls):  # fitted where no --data is given
        return {"y": [1, 0, 1, 1, 0, 1, 0, 1, 1, 1]}
