"""One model, fitted by maximum likelihood, MAP and the full posterior, and compared.

Importing this package imports nothing else, not even NumPy: each name below is loaded from its
room when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesbench.binding import bind, read_data
    from bayesbench.checks.checking import check as check
    from bayesbench.checks.record import Checked as Checked
    from bayesbench.contrasting import Contrast as Contrast
    from bayesbench.contrasting import contrast as contrast
    from bayesbench.data import Data
    from bayesbench.distributions import (
        Bernoulli,
        Beta,
        Binomial,
        Cauchy,
        Exponential,
        Flat,
        Gamma,
        Geometric,
        Gumbel,
        HalfCauchy,
        HalfNormal,
        InverseGamma,
        Laplace,
        LogNormal,
        Normal,
        NormalLinear,
        Poisson,
        StudentT,
        Uniform,
        Weibull,
    )
    from bayesbench.energy import EnergyBased
    from bayesbench.errors import BadInput
    from bayesbench.evidence.bayes_factor import bayes_factor as bayes_factor
    from bayesbench.evidence.marginal_likelihood import marginal_likelihood as marginal_likelihood
    from bayesbench.fit.basins import Basins as Basins
    from bayesbench.fit.growing import growth as growth
    from bayesbench.fit.growth import Growth as Growth
    from bayesbench.fit.laplace import fit_laplace as fit_laplace
    from bayesbench.fit.looking_along import basins as basins
    from bayesbench.fit.map import fit_map as fit_map
    from bayesbench.fit.mle import fit_mle as fit_mle
    from bayesbench.fit.negative_phase import fit_by_sampling as fit_by_sampling
    from bayesbench.fit.pathfinder import fit_pathfinder as fit_pathfinder
    from bayesbench.fit.posterior import fit_posterior as fit_posterior
    from bayesbench.fit.profile import Profiles as Profiles
    from bayesbench.fit.profiling import profile as profile
    from bayesbench.fit.sweep import Sweep as Sweep
    from bayesbench.fit.sweeping import sweep as sweep
    from bayesbench.formulas.making import formula as formula
    from bayesbench.integration import quadrature as quadrature
    from bayesbench.jax_environment import set_up_jax as set_up_jax
    from bayesbench.layout import columns, design, levels
    from bayesbench.model import Model, event, parameter, variant
    from bayesbench.networks import mlp
    from bayesbench.numpyro_models.wrapping import from_numpyro as from_numpyro
    from bayesbench.plots import plot_parameters as plot_parameters
    from bayesbench.plots import plot_paths as plot_paths
    from bayesbench.plots import plot_traces as plot_traces
    from bayesbench.population import latent
    from bayesbench.power_scaling import sensitivity as sensitivity
    from bayesbench.predict.numpyro_sites import numpyro_sites as numpyro_sites
    from bayesbench.prior import prior_draws as prior_draws
    from bayesbench.prior import prior_predictive as prior_predictive
    from bayesbench.runs import run
    from bayesbench.scores.compared import Compared as Compared
    from bayesbench.scores.comparing import compare as compare
    from bayesbench.scores.record import Scores as Scores
    from bayesbench.standardizing import standardized as standardized
    from bayesbench.studies.record import Study as Study
    from bayesbench.studies.studying import study as study
    from bayesbench.supports import at_least, at_most, box, interval, positive, real, unit_interval
    from bayesbench.zoo import load, names

__version__ = "0.1.0"

_ROOMS = {
    "bind": "bayesbench.binding",
    "read_data": "bayesbench.binding",
    "Data": "bayesbench.data",
    "Bernoulli": "bayesbench.distributions",
    "Beta": "bayesbench.distributions",
    "Binomial": "bayesbench.distributions",
    "Cauchy": "bayesbench.distributions",
    "Exponential": "bayesbench.distributions",
    "Flat": "bayesbench.distributions",
    "Gamma": "bayesbench.distributions",
    "Geometric": "bayesbench.distributions",
    "Gumbel": "bayesbench.distributions",
    "HalfCauchy": "bayesbench.distributions",
    "HalfNormal": "bayesbench.distributions",
    "InverseGamma": "bayesbench.distributions",
    "Laplace": "bayesbench.distributions",
    "LogNormal": "bayesbench.distributions",
    "Normal": "bayesbench.distributions",
    "NormalLinear": "bayesbench.distributions",
    "Poisson": "bayesbench.distributions",
    "StudentT": "bayesbench.distributions",
    "Uniform": "bayesbench.distributions",
    "Weibull": "bayesbench.distributions",
    "EnergyBased": "bayesbench.energy",
    "BadInput": "bayesbench.errors",
    "set_up_jax": "bayesbench.jax_environment",
    "columns": "bayesbench.layout",
    "design": "bayesbench.layout",
    "formula": "bayesbench.formulas.making",
    "levels": "bayesbench.layout",
    "Model": "bayesbench.model",
    "event": "bayesbench.model",
    "parameter": "bayesbench.model",
    "variant": "bayesbench.model",
    "mlp": "bayesbench.networks",
    "latent": "bayesbench.population",
    "run": "bayesbench.runs",
    "at_least": "bayesbench.supports",
    "at_most": "bayesbench.supports",
    "box": "bayesbench.supports",
    "interval": "bayesbench.supports",
    "positive": "bayesbench.supports",
    "real": "bayesbench.supports",
    "unit_interval": "bayesbench.supports",
    "load": "bayesbench.zoo",
    "from_numpyro": "bayesbench.numpyro_models.wrapping",
    "names": "bayesbench.zoo",
    "Basins": "bayesbench.fit.basins",
    "Checked": "bayesbench.checks.record",
    "Contrast": "bayesbench.contrasting",
    "bayes_factor": "bayesbench.evidence.bayes_factor",
    "marginal_likelihood": "bayesbench.evidence.marginal_likelihood",
    "basins": "bayesbench.fit.looking_along",
    "check": "bayesbench.checks.checking",
    "contrast": "bayesbench.contrasting",
    "Compared": "bayesbench.scores.compared",
    "Scores": "bayesbench.scores.record",
    "compare": "bayesbench.scores.comparing",
    "fit_laplace": "bayesbench.fit.laplace",
    "fit_map": "bayesbench.fit.map",
    "fit_mle": "bayesbench.fit.mle",
    "fit_by_sampling": "bayesbench.fit.negative_phase",
    "fit_pathfinder": "bayesbench.fit.pathfinder",
    "fit_posterior": "bayesbench.fit.posterior",
    "Profiles": "bayesbench.fit.profile",
    "Growth": "bayesbench.fit.growth",
    "growth": "bayesbench.fit.growing",
    "Study": "bayesbench.studies.record",
    "Sweep": "bayesbench.fit.sweep",
    "profile": "bayesbench.fit.profiling",
    "sweep": "bayesbench.fit.sweeping",
    "plot_parameters": "bayesbench.plots",
    "plot_paths": "bayesbench.plots",
    "plot_traces": "bayesbench.plots",
    "numpyro_sites": "bayesbench.predict.numpyro_sites",
    "prior_draws": "bayesbench.prior",
    "prior_predictive": "bayesbench.prior",
    "quadrature": "bayesbench.integration",
    "sensitivity": "bayesbench.power_scaling",
    "standardized": "bayesbench.standardizing",
    "study": "bayesbench.studies.studying",
}

# What a model's file needs, and `from bayesbench import *` gives.
__all__ = [
    "BadInput",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Cauchy",
    "Data",
    "EnergyBased",
    "Exponential",
    "Flat",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "InverseGamma",
    "Laplace",
    "LogNormal",
    "Model",
    "Normal",
    "NormalLinear",
    "Poisson",
    "StudentT",
    "Uniform",
    "Weibull",
    "at_least",
    "at_most",
    "bind",
    "box",
    "columns",
    "design",
    "event",
    "interval",
    "latent",
    "levels",
    "load",
    "mlp",
    "names",
    "parameter",
    "positive",
    "read_data",
    "real",
    "run",
    "unit_interval",
    "variant",
]


def __getattr__(name: str) -> Any:
    if name == "numpy":  # `bb.numpy.exp`, without an import of its own
        return import_module("bayesbench.numpy")
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'bayesbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_ROOMS)
