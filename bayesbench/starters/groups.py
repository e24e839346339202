"""Groups that have something in common: change it into the model of your question."""

from bayesbench import HalfNormal, Model, Normal, latent, levels, parameter, positive


class MyModel(Model):
    """How groups differ."""  # the page begins with this line

    outcome = "y"  # the column that is modelled
    mean = parameter(Normal(0, 10))  # a prior: MAP and posterior use it, the MLE never does
    spread = parameter(HalfNormal(5), support=positive)  # between the groups
    noise = parameter(HalfNormal(5), support=positive)  # within a group
    effect = latent(lambda m: Normal(m.mean, m.spread), dims="group")  # one for each group

    def likelihood(self, group=levels()):  # a column of names
        return Normal(self.effect[group], self.noise)

    @classmethod
    def example(cls):  # fitted where no --data is given
        return {"group": [*"aaabbbcccddd"], "y": [3, 4, 5, 1, 2, 2, 6, 5, 7, 3, 3, 4]}
