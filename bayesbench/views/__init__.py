"""What is special to a model, declared in its class and drawn on its page.

    views = (surface("mean", "variance"), curve("x"))

Each is a small declaration: the report computes it from the fits, stores the numbers with
them and draws them by a figure of its kind. Declaring one loads no library.
"""

from bayesbench.views.curves import Curve as curve
from bayesbench.views.densities import FittedDensity as fitted_density
from bayesbench.views.landscapes import Landscape as landscape
from bayesbench.views.products import Underflow as underflow
from bayesbench.views.surfaces import Surface as surface
from bayesbench.views.sweeps import Sweep as sweep
from bayesbench.views.trainings import NaiveTraining as naive_training
from bayesbench.views.variant_curves import VariantsCurve as variants_curve
from bayesbench.views.view import View

__all__ = [
    "View",
    "curve",
    "fitted_density",
    "landscape",
    "naive_training",
    "surface",
    "sweep",
    "underflow",
    "variants_curve",
]
