"""Predictions from five rows of a Gaussian, its spread believed flat on one scale or another.

python scale.py [how many data sets]
"""

import sys

from numpy import log, sqrt
from scipy.stats import t

import bayesbench as bb
from bayesbench import Flat, Model, Normal, parameter, positive, real
from bayesbench import numpy as bn

ROWS, MEAN, SD = 5, 1.0, 2.0


def gaussian(to_sd, where):
    """A Gaussian with flat priors on its mean, and on the number that `to_sd` makes σ of."""

    class Gaussian(Model):
        outcome = "y"
        mean = parameter(Flat())
        spread = parameter(Flat(), support=where)

        def likelihood(self):
            return Normal(self.mean, to_sd(self.spread))

    return Gaussian


# By scale: σ as a function of it, its support, its value in the study, and k of 1 / σ^k.
SCALES = {
    "σ²": (bn.sqrt, positive, SD**2, -1),
    "σ": (lambda sd: sd, positive, SD, 0),
    "log σ": (bn.exp, real, log(SD), 1),
    "1/σ": (lambda root: 1 / root, positive, 1 / SD, 2),
}

if __name__ == "__main__":
    datasets = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("flat on   density of σ   exact   study")
    for scale, (to_sd, where, value, k) in SCALES.items():
        df = ROWS - 2 + k
        reach = t(df).ppf(0.975) * sqrt((ROWS - 1) / df)
        exact = t(ROWS - 1).cdf(reach) - t(ROWS - 1).cdf(-reach)
        model, at = gaussian(to_sd, where), {"mean": MEAN, "spread": value}
        made = bb.study(model, ROWS, datasets, methods=["posterior"], at=at)
        found = made.predictions().loc[(ROWS, "posterior")]
        share, error = found["coverage_95"], found["coverage_95_error"]
        print(f"{scale:<9} {f'σ^{-k}' if k else '1':<14} {exact:.1%}   {share:.1%} ± {error:.1%}")
