"""Climbs that are sent far out, where rates overflow, end in a status and not in an error."""

import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from jax import numpy as jnp
from scipy import optimize, stats

import bayesbench as bb

x = np.linspace(0, 25, 40)
n = np.random.default_rng(0).negative_binomial(5, 5 / (5 + np.exp(5 + 0.05 * x)))


def counts(x, n=None):
    """Counts that grow with x by a rate, and vary more than Poisson's."""
    level = numpyro.sample("level", dist.Normal(6, 2))
    growth = numpyro.sample("growth", dist.Normal(0, 1))
    shape = numpyro.sample("shape", dist.Exponential(0.1))
    numpyro.sample("n", dist.NegativeBinomial2(jnp.exp(level + growth * x), shape), obs=n)


def _minus_log_posterior(z, prior):
    level, growth, shape = z
    if shape <= 0:
        return np.inf
    mean = np.exp(level + growth * x)
    rows = stats.nbinom(shape, shape / (shape + mean)).logpmf(n).sum()
    terms = (stats.norm(6, 2).logpdf(level), stats.norm().logpdf(growth), -0.1 * shape)
    return -(rows + prior * sum(terms))


@pytest.mark.parametrize(("fit", "prior"), [(bb.fit_mle, 0.0), (bb.fit_map, 1.0)])
def test_counts_whose_rate_is_an_exponential(fit, prior):
    model = bb.from_numpyro(counts, observed="n", data={"x": x, "n": n})
    found = fit(model, {"x": x, "n": n})
    exact = optimize.minimize(
        _minus_log_posterior, (5, 0.05, 5), (prior,), "Nelder-Mead", options={"xatol": 1e-8}
    )
    assert found.converged
    assert found.params.to_numpy() == pytest.approx(exact.x, rel=1e-4)
