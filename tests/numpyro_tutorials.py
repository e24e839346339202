"""Models of the kinds that tutorials of NumPyro show, as people have them."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.contrib.control_flow import scan
from numpyro.handlers import condition, reparam
from numpyro.infer.reparam import TransformReparam


def divorce(marriage=None, age=None, divorce=None):
    """A line that may leave out a column, with its mean as a deterministic site."""
    a = numpyro.sample("a", dist.Normal(0, 0.2))
    mean = a
    if marriage is not None:
        mean = mean + numpyro.sample("bM", dist.Normal(0, 0.5)) * marriage
    if age is not None:
        mean = mean + numpyro.sample("bA", dist.Normal(0, 0.5)) * age
    sigma = numpyro.sample("sigma", dist.Exponential(1.0))
    mean = numpyro.deterministic("mean", mean)
    numpyro.sample("obs", dist.Normal(mean, sigma), obs=divorce)


def noncentred(group, groups, y=None):
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    with numpyro.plate("groups", groups):
        raw = numpyro.sample("raw", dist.Normal(0, 1))
    effect = numpyro.deterministic("effect", mu + tau * raw)
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    with numpyro.plate("rows", len(group)):
        numpyro.sample("y", dist.Normal(effect[group], sigma), obs=y)


def logistic(X, y):
    """Coefficients with a joint prior; nothing is None."""
    k = X.shape[1]
    w = numpyro.sample("w", dist.MultivariateNormal(jnp.zeros(k), 0.5 * jnp.eye(k) + 0.5))
    c = numpyro.sample("c", dist.Normal(jnp.zeros(1), 1).to_event(1))
    numpyro.sample("seen", dist.Bernoulli(logits=X @ w + c[0]), obs=y)


def mixture(y=None):
    weights = numpyro.sample("weights", dist.Dirichlet(jnp.array([2.0, 3.0])))
    means = numpyro.sample("means", dist.Normal(0, 5).expand([2]).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    parts = dist.Normal(means, sigma)
    numpyro.sample("y", dist.MixtureSameFamily(dist.Categorical(probs=weights), parts), obs=y)


def ordered(x, y=None):
    slope = numpyro.sample("slope", dist.Normal(0, 1))
    base = dist.Normal(0, 1.5).expand([3])
    cuts = numpyro.sample(
        "cuts", dist.TransformedDistribution(base, dist.transforms.OrderedTransform())
    )
    numpyro.sample("y", dist.OrderedLogistic(slope * x, cuts), obs=y)


def ordered_by_shares(x, y=None):
    """The cut points are those of a Dirichlet, which a reparam handler samples."""
    slope = numpyro.sample("slope", dist.Normal(0, 1))
    with reparam(config={"cuts": TransformReparam()}):
        shares = dist.Dirichlet(jnp.ones(4))
        way = dist.transforms.SimplexToOrderedTransform(0.0)
        cuts = numpyro.sample("cuts", dist.TransformedDistribution(shares, way))
    numpyro.sample("y", dist.OrderedLogistic(slope * x, cuts), obs=y)


def varying_slopes(group, x, groups, y=None):
    sd = numpyro.sample("sd", dist.HalfNormal(1).expand([2]).to_event(1))
    corr = numpyro.sample("corr", dist.LKJCholesky(2, 2.0))
    centre = numpyro.sample("centre", dist.Normal(0, 1).expand([2]).to_event(1))
    with numpyro.plate("groups", groups):
        line = numpyro.sample(
            "line", dist.MultivariateNormal(centre, scale_tril=sd[:, None] * corr)
        )
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    numpyro.sample("y", dist.Normal(line[group, 0] + line[group, 1] * x, sigma), obs=y)


def softmax(X, y=None):
    w = numpyro.sample("w", dist.Normal(0, 1).expand([X.shape[1], 3]).to_event(2))
    numpyro.sample("y", dist.Categorical(logits=X @ w), obs=y)


def shares(y=None):
    p = numpyro.sample("p", dist.Dirichlet(jnp.array([2.0, 3.0, 4.0])))
    numpyro.sample("y", dist.Categorical(probs=p), obs=y)


def inflated(x, exposure, count=None):
    level = numpyro.sample("level", dist.Normal(0, 1))
    none = numpyro.sample("none", dist.Beta(2, 5))
    rate = exposure * jnp.exp(level + 0.3 * x)
    numpyro.sample("count", dist.ZeroInflatedPoisson(none, rate), obs=count)


def two_outcomes(x, y=None, w=None):
    a = numpyro.sample("a", dist.Normal(0, 1))
    b = numpyro.sample("b", dist.Normal(0, 1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    numpyro.sample("y", dist.Normal(a * x, sigma), obs=y)
    numpyro.sample("w", dist.Poisson(jnp.exp(b)), obs=w)


def points(Y=None):
    """A vector for each row."""
    mean = numpyro.sample("mean", dist.Normal(0, 1).expand([2]).to_event(1))
    corr = numpyro.sample("corr", dist.LKJCholesky(2, 1.0))
    with numpyro.plate("rows", len(Y)):
        numpyro.sample("Y", dist.MultivariateNormal(mean, scale_tril=corr), obs=Y)


def process(x, y=None):
    """A Gaussian process whose values are a site, with noise around them."""
    length = numpyro.sample("length", dist.LogNormal(0, 1))
    noise = numpyro.sample("noise", dist.HalfNormal(1))
    gap = (x[:, None] - x) / length
    kernel = jnp.exp(-0.5 * gap**2) + 1e-6 * jnp.eye(len(x))
    f = numpyro.sample("f", dist.MultivariateNormal(jnp.zeros(len(x)), kernel))
    numpyro.sample("y", dist.Normal(f, noise), obs=y)


def walk(y=None):
    step = numpyro.sample("step", dist.HalfNormal(1))
    noise = numpyro.sample("noise", dist.HalfNormal(1))
    level = numpyro.sample("level", dist.GaussianRandomWalk(step, num_steps=len(y)))
    numpyro.sample("y", dist.Normal(level, noise), obs=y)


def long_tailed(group, groups, y=None):
    df = numpyro.sample("df", dist.Gamma(2, 0.1))
    centre = numpyro.sample("centre", dist.Normal(0, 5))
    spread = numpyro.sample("spread", dist.HalfCauchy(1))
    with numpyro.plate("groups", groups):
        effect = numpyro.sample("effect", dist.StudentT(df, centre, spread))
    numpyro.sample("y", dist.Normal(effect[group], 1), obs=y)


def marginal_process(x, y=None):
    length = numpyro.sample("length", dist.LogNormal(0, 1))
    kernel = jnp.exp(-0.5 * ((x[:, None] - x) / length) ** 2) + 0.1 * jnp.eye(len(x))
    numpyro.sample("y", dist.MultivariateNormal(jnp.zeros(len(x)), kernel), obs=y)


def lagged(y=None):
    phi = numpyro.sample("phi", dist.Uniform(-1, 1))
    numpyro.sample("obs", dist.Normal(phi * y[:-1], 1), obs=y[1:])


def lagged_in_place(y=None):
    phi = numpyro.sample("phi", dist.Uniform(-1, 1))
    before = jnp.concatenate([jnp.zeros(1), y[:-1]])
    numpyro.sample("y", dist.Normal(phi * before, 1), obs=y)


def prior_of_the_mean(y=None):
    """A prior that is placed by the outcome."""
    level = numpyro.sample("level", dist.Normal(y.mean(), 10))
    numpyro.sample("y", dist.Normal(level, 1), obs=y)


def scanned(y=None):
    phi = numpyro.sample("phi", dist.Uniform(-1, 1))

    def step(before, _):
        value = numpyro.sample("y", dist.Normal(phi * before, 1))
        return value, value

    with condition(data={"y": y}):
        scan(step, 0.0, jnp.arange(len(y)))


def local_level(y=None):
    def step(before, _):
        level = numpyro.sample("level", dist.Normal(before, 1))
        return level, level

    _, level = scan(step, 0.0, jnp.arange(len(y)))
    noise = numpyro.sample("noise", dist.HalfNormal(1))
    numpyro.sample("y", dist.Normal(level, noise), obs=y)


def improper_cuts(x, y=None):
    cuts = numpyro.sample(
        "cuts", dist.ImproperUniform(dist.constraints.ordered_vector, (), event_shape=(3,))
    )
    numpyro.sample("y", dist.OrderedLogistic(x, cuts), obs=y)
