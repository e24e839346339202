"""Climbs that are sent far out, where rates overflow, end in a status and not in an error."""

import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from jax import numpy as jnp
from scipy import optimize, stats

import bayesbench as bb

N = 40
_random = np.random.default_rng(0)
warm = 10 + 9 * np.sin(np.arange(N) / 58) + _random.normal(0, 3, N)
wet = np.maximum(0, _random.gamma(0.4, 6, N) - 1.5)
n = _random.negative_binomial(10, 10 / (10 + np.exp(6.5 + 0.04 * warm - 0.05 * wet)))


def counts(warm, wet, n=None):
    """Counts whose logarithm two inputs move, and which vary more than Poisson's."""
    level = numpyro.sample("level", dist.Normal(6, 2))
    of_warm = numpyro.sample("of_warm", dist.Normal(0, 1))
    of_wet = numpyro.sample("of_wet", dist.Normal(0, 1))
    shape = numpyro.sample("shape", dist.Exponential(0.1))
    rate = jnp.exp(level + of_warm * warm + of_wet * wet)
    numpyro.sample("n", dist.NegativeBinomial2(rate, shape), obs=n)


def _minus_log_posterior(z):
    level, of_warm, of_wet, shape = z
    if shape <= 0:
        return np.inf
    rate = np.exp(level + of_warm * warm + of_wet * wet)
    rows = stats.nbinom(shape, shape / (shape + rate)).logpmf(n).sum()
    slopes = stats.norm().logpdf([of_warm, of_wet]).sum()
    return -(rows + stats.norm(6, 2).logpdf(level) + slopes - 0.1 * shape)


def test_the_mode_of_counts_whose_rate_is_an_exponential():
    data = {"warm": warm, "wet": wet, "n": n}
    found = bb.fit_map(bb.from_numpyro(counts, observed="n", data=data), data)
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxfev": 20_000}
    exact = optimize.minimize(
        _minus_log_posterior, (6, 0, 0, 5), method="Nelder-Mead", options=options
    )
    assert found.converged
    assert found.params.to_numpy() == pytest.approx(exact.x, rel=1e-4)
