"""Models as they are written for NumPyro."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist


def coin(y=None):
    theta = numpyro.sample("theta", dist.Beta(2, 3))
    numpyro.sample("y", dist.Bernoulli(theta), obs=y)


def coin_by_logits(y=None):
    """In a plate that is as long as the outcome."""
    logit = numpyro.sample("logit", dist.Normal(0, 3))
    with numpyro.plate("tosses", len(y)):
        numpyro.sample("toss", dist.Bernoulli(logits=logit), obs=y)


def regression(x, z, y=None):
    slope = numpyro.sample("slope", dist.Normal(0, 10))
    bend = numpyro.sample("bend", dist.Normal(0, 10))
    level = numpyro.sample("level", dist.Normal(0, 10))
    noise = numpyro.sample("noise", dist.HalfNormal(5))
    with numpyro.plate("rows", x.shape[0]):
        numpyro.sample("y", dist.Normal(level + slope * x + bend * z, noise), obs=y)


def many_slopes(x, y=None):
    """A block of columns, and a prior that reads another parameter."""
    width = numpyro.sample("width", dist.Exponential(1.0))
    with numpyro.plate("features", x.shape[1]):
        slopes = numpyro.sample("slopes", dist.Normal(0, 1 + width))
    noise = numpyro.sample("noise", dist.LogNormal(0, 1))
    numpyro.sample("obs", dist.Normal(x @ slopes, noise), obs=y)


def by_group(group, groups, y=None):
    """Means of groups that a column says, around a mean of their own."""
    mean = numpyro.sample("mean", dist.Normal(0, 10))
    spread = numpyro.sample("spread", dist.HalfNormal(5))
    noise = numpyro.sample("noise", dist.HalfNormal(5))
    with numpyro.plate("groups", groups):
        effect = numpyro.sample("effect", dist.Normal(mean, spread))
    numpyro.sample("y", dist.Normal(effect[group], noise), obs=y)


def schools(J, sigma, y=None):
    """Eight schools, centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("J", J):
        theta = numpyro.sample("theta", dist.Normal(mu, tau))
        numpyro.sample("obs", dist.Normal(theta, sigma), obs=y)


def schools_by_distances(J, sigma, y=None):
    """Eight schools, non-centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("J", J):
        z = numpyro.sample("z", dist.Normal(0, 1))
        numpyro.sample("obs", dist.Normal(mu + tau * z, sigma), obs=y)


def counts(x, y=None):
    """Families that torch has not, for a prior and for the outcome."""
    level = numpyro.sample("level", dist.TruncatedNormal(1, 2, low=0))
    shape = numpyro.sample("shape", dist.Gamma(2, 0.5))
    rate = jnp.exp(0.3 * x) * level
    numpyro.sample("y", dist.NegativeBinomial2(rate, shape), obs=y)


def with_factor(y=None):
    a = numpyro.sample("a", dist.Normal(0, 1))
    numpyro.factor("extra", -(a**2))
    numpyro.sample("y", dist.Normal(a, 1), obs=y)


def discrete(y=None):
    k = numpyro.sample("k", dist.Bernoulli(0.5))
    numpyro.sample("y", dist.Normal(k, 1), obs=y)


def two_outcomes(y=None, w=None):
    a = numpyro.sample("a", dist.Normal(0, 1))
    numpyro.sample("y", dist.Normal(a, 1), obs=y)
    numpyro.sample("w", dist.Normal(a, 1), obs=jnp.zeros(3))


def some_rows(y=None):
    a = numpyro.sample("a", dist.Normal(0, 1))
    with numpyro.plate("rows", 4, subsample_size=2):
        numpyro.sample("y", dist.Normal(a, 1), obs=y[:2])


def with_param(y=None):
    a = numpyro.param("a", 0.0)
    b = numpyro.sample("b", dist.Normal(0, 1))
    numpyro.sample("y", dist.Normal(a + b, 1), obs=y)


def no_outcome(x):
    a = numpyro.sample("a", dist.Normal(0, 1))
    numpyro.sample("y", dist.Normal(a * x, 1))


def nothing_to_find(y=None):
    numpyro.sample("y", dist.Normal(0, 1), obs=y)
