"""Models that were written for NumPyro: the same densities, and the fits of closed forms."""

from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest
import torch
from numpyro.handlers import reparam
from numpyro.infer.reparam import LocScaleReparam
from numpyro.infer.util import log_density
from scipy import stats

import bayesbench as bb
import numpyro_functions as written
from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.at_draws import likelihood_and_prior
from bayesbench.fit.torch_objective import log_likelihood
from bayesbench.libraries import torch_library
from bayesbench.numpyro_models.through_jax import Program, through_jax

TOSSES = {"y": [0, 0, 1, 1, 0, 0, 1]}
Y = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
SIGMA = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
SCHOOLS = {"J": 8, "sigma": SIGMA, "y": Y}


def _line():
    generator = np.random.default_rng(3)
    x, z = generator.normal(size=(2, 30))
    return {"x": x, "z": z, "y": 1 + 2 * x - z + generator.normal(0, 0.5, 30)}


def _grouped():
    generator = np.random.default_rng(4)
    group = np.repeat(np.arange(5), 6)
    y = generator.normal(0, 2, 5)[group] + generator.normal(0, 1, 30)
    return {"group": group, "groups": 5, "y": y}


def _block():
    generator = np.random.default_rng(5)
    x = generator.normal(size=(20, 3))
    return {"x": x, "y": x @ [1.0, -2.0, 0.5] + generator.normal(0, 0.3, 20)}


def _counted():
    return {"x": np.linspace(-1, 1, 9), "y": np.array([0, 2, 1, 1, 3, 0, 5, 2, 4])}


CASES = {
    "coin": (written.coin, TOSSES),
    "logits": (written.coin_by_logits, TOSSES),
    "regression": (written.regression, _line()),
    "block": (written.many_slopes, _block()),
    "groups": (written.by_group, _grouped()),
    "schools": (written.schools, SCHOOLS),
    "non-centred": (written.schools_by_distances, SCHOOLS),
    "reparam": (reparam(written.schools, config={"theta": LocScaleReparam(0)}), SCHOOLS),
    "counts": (written.counts, _counted()),
}


@pytest.fixture(scope="module")
def wrapped():
    made = {}

    def get(name):
        function, data = CASES[name]
        if name not in made:
            made[name] = bb.from_numpyro(function, data=data)
        return made[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_the_density_is_that_of_numpyro(name, wrapped):
    """Log-likelihood plus log-prior of all sites, against NumPyro's own log_density."""
    function, data = CASES[name]
    bound = bind(wrapped(name), wrapped(name).example()).joint
    z = np.random.default_rng(0).normal(0, 0.7, (3, bound.layout.size))
    points = {
        key: np.exp(v) if bound.model.parameters[key].support.lower == 0 else v
        for key, v in bound.layout.split(z).items()
    }
    points = {k: v / (1 + v) if k == "theta" and name == "coin" else v for k, v in points.items()}
    likelihood, prior = likelihood_and_prior(bound, points)
    arguments = {k: np.asarray(v) if k != "J" else v for k, v in data.items()}
    arguments |= {"groups": 5} if name == "groups" else {}
    with jax.enable_x64(True):
        for k in range(3):
            at = {key: v[k] for key, v in points.items()}
            theirs, _ = log_density(function, (), arguments, at)
            assert likelihood[k] + prior[k] == pytest.approx(float(theirs), rel=1e-10)


def test_a_prior_that_torch_has_not(wrapped):
    """Its density and slope are JAX's: a Normal(1, 2) that is cut at zero, by SciPy."""
    prior = wrapped("counts").parameters["level"].prior.build(torch_library())
    at = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    height = prior.log_prob(at)
    height.backward()
    cut = stats.truncnorm(-0.5, np.inf, loc=1, scale=2)
    assert float(height.detach()) == pytest.approx(cut.logpdf(0.7), rel=1e-10)
    assert float(at.grad) == pytest.approx((1 - 0.7) / 4, rel=1e-10)


def test_a_function_of_jax_is_one_of_torch():
    """Its value, slopes and curvature, alone and in a batch, as torch computes them itself."""
    program = Program(lambda at, data: ((at[0] * data[0]).sum() ** 3 * jax.numpy.exp(at[1]),))
    weights = torch.tensor([1.0, 2.0, -0.5], dtype=torch.float64)

    def ours(a, b):
        return through_jax(program, (a, b), (weights,))[0]

    def theirs(a, b):
        return (a * weights).sum() ** 3 * torch.exp(b)

    a = torch.tensor([[0.3, 0.1, 2.0], [1.0, -1.0, 0.2]], dtype=torch.float64)
    b = torch.tensor([0.2, -0.4], dtype=torch.float64)
    for take in (
        lambda f: f,
        lambda f: torch.func.grad(f, argnums=(0, 1)),
        lambda f: torch.func.jacrev(torch.func.grad(f)),
    ):
        one, other = take(ours)(a[0], b[0]), take(theirs)(a[0], b[0])
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
        many = torch.func.vmap(take(ours))(a, b), torch.func.vmap(take(theirs))(a, b)
        torch.testing.assert_close(*many, rtol=1e-12, atol=1e-12)
    own = torch.autograd.functional.hessian(ours, (a[0], b[0]))
    torch.testing.assert_close(own, torch.autograd.functional.hessian(theirs, (a[0], b[0])))


def test_a_coin(wrapped):
    """Three heads in seven tosses with the prior Beta(2, 3): the posterior is Beta(5, 7)."""
    coin = bb.from_numpyro(written.coin)
    assert coin.__name__ == "Coin"
    mle = bb.fit_mle(coin, TOSSES)
    assert mle.estimate.theta == pytest.approx(3 / 7, rel=1e-8)
    assert mle.settings["gradient"] == "JAX"
    assert "gradient" not in bb.fit_mle(bb.load("coin"), bb.load("coin").example()).settings
    assert bb.fit_map(coin, TOSSES).estimate.theta == pytest.approx(4 / 10, rel=1e-8)
    fit = bb.fit_posterior(coin, TOSSES, seed=1)
    exact = stats.beta(5, 7)
    # Four Monte Carlo errors of the mean.
    error = exact.std() / np.sqrt(fit.diagnostics["ess"])
    assert abs(fit.draws.theta.mean() - exact.mean()) < 4 * error
    logits = wrapped("logits")
    assert bb.fit_mle(logits, TOSSES).estimate.logit == pytest.approx(np.log(3 / 4), rel=1e-7)


def test_a_regression():
    """Least squares; in batches too, whose sums are those of their rows."""
    model, data = bb.from_numpyro(written.regression), _line()
    design = np.column_stack([data["x"], data["z"], np.ones(30)])
    solved, (rss,), *_ = np.linalg.lstsq(design, data["y"], rcond=None)
    fit = bb.fit_mle(model, data)
    found = [float(fit.estimate.values[name]) for name in ("slope", "bend", "level")]
    np.testing.assert_allclose(found, solved, rtol=1e-7)
    assert fit.estimate.noise == pytest.approx(np.sqrt(rss / 30), rel=1e-7)
    inverse = np.linalg.inv(design.T @ design)
    expected = fit.estimate.noise * np.sqrt(inverse[0, 0])
    assert fit.table().loc["slope", "se"] == pytest.approx(float(expected), rel=1e-5)
    target = log_likelihood(bind(model, data))
    z, none = np.array([0.1, -0.2, 0.3, 0.4]), Pins.none(4)
    rows = target.of_rows(torch.tensor(z), torch.arange(30))
    assert float(rows) == pytest.approx(target.value(z, none), rel=1e-12)
    run = bb.fit_mle(model, data, optimizer="adam", learning_rate=0.05, batch_size=10, epochs=3)
    assert len(run.trace) >= 9


def test_eight_schools(wrapped):
    """The effects are integrated out: y ~ Normal(mu, √(tau² + sigma²)), as in the zoo's."""
    zoo = bb.load("eight_schools")
    theirs = log_likelihood(bind(zoo, zoo.example()))
    of_zoo = {"mean": np.array(3.0), "spread": np.array(4.0)}
    weights = SIGMA**-2.0
    values = {"mu": np.array(3.0), "tau": np.array(4.0)}
    expected = stats.norm.logpdf(Y, 3, np.hypot(4, SIGMA)).sum()
    for name, latent in (("schools", "theta"), ("reparam", "theta_decentered")):
        model = wrapped(name)
        assert [*model.latents] == [latent]
        target = log_likelihood(bind(model, model.example()))
        height = target.value(target.unconstrain(values), Pins.none(2))
        assert height == pytest.approx(expected, rel=1e-9)
        zoos = theirs.value(theirs.unconstrain(of_zoo), Pins.none(2))
        assert height == pytest.approx(zoos, rel=1e-12)
    fit = bb.fit_mle(wrapped("schools"), wrapped("schools").example())
    assert fit.status.name == "boundary"
    assert fit.estimate.tau == 0
    assert fit.estimate.mu == pytest.approx((weights @ Y) / weights.sum(), rel=1e-7)
    mode = bb.fit_map(wrapped("schools"), wrapped("schools").example())
    assert mode.estimate.tau == 0
    shrunk = (weights @ Y) / (weights.sum() + 1 / 5**2)
    assert mode.estimate.mu == pytest.approx(shrunk, rel=1e-7)


def test_what_is_a_latent(wrapped):
    assert [*wrapped("non-centred").latents] == ["z"]  # a standard Normal that tau scales
    assert not bb.from_numpyro(written.schools_by_distances, data=SCHOOLS, latents=()).latents
    assert [*wrapped("groups").latents] == ["effect"]
    assert not bb.from_numpyro(written.schools, data=SCHOOLS, latents=()).latents
    with pytest.raises(BadInput, match="no site 'slope'"):
        bb.from_numpyro(written.many_slopes, data=_block(), latents="slope")


def test_groups_of_a_column(wrapped):
    """A balanced one-way layout has its MLE in closed form (Searle et al. 1992, section 3.7)."""
    data = _grouped()
    means = data["y"].reshape(5, 6).mean(axis=1)
    within = ((data["y"] - np.repeat(means, 6)) ** 2).sum() / (30 - 5)
    between = 6 * ((means - means.mean()) ** 2).sum() / 5
    fit = bb.fit_mle(wrapped("groups"), wrapped("groups").example())
    assert fit.estimate.mean == pytest.approx(means.mean(), rel=1e-6)
    assert fit.estimate.noise == pytest.approx(np.sqrt(within), rel=1e-5)
    assert fit.estimate.spread == pytest.approx(np.sqrt((between - within) / 6), rel=1e-5)


def test_rows_that_have_effects_of_their_own():
    """They are called by a column, in whatever order; a row is predicted by its name."""
    names = np.array([*"HGFEDCBA"])
    model = bb.from_numpyro(written.schools, data=SCHOOLS | {"school": names}, rows="school")
    table = model.example()
    assert [*table["school"]] == [*"ABCDEFGH"]
    assert list(table["y"]) == list(Y[::-1])
    bound = bind(model, table)
    assert bound.layout.joint.entries[2:4] == ("theta[A]", "theta[B]")
    fit = bb.fit_posterior(model, table, chains=2, warmup=100, draws=100)
    row = fit.predict({"school": ["H"], "sigma": [0.5]})
    effects = fit.draws.values["theta"][..., 7]
    assert row.mean[0] == pytest.approx(float(effects.mean()), rel=1e-9)
    assert row.noise_sd[0] == pytest.approx(0.5, rel=1e-9)
    # The table in another order is the same data.
    other = {k: v[[3, 0, 1, 2, 7, 6, 5, 4]] for k, v in table.items()}
    values = {"mu": np.array(3.0), "tau": np.array(4.0)}
    heights = []
    for each in (table, other):
        target = log_likelihood(bind(model, each))
        heights.append(target.value(target.unconstrain(values), Pins.none(2)))
    assert heights[0] == pytest.approx(heights[1], rel=1e-12)


def test_columns_and_what_is_held():
    model = bb.from_numpyro(written.many_slopes, data=_block())
    assert [*model.example()] == ["y", "x_1", "x_2", "x_3"]
    assert bind(model, model.example()).layout.shape("slopes") == (3,)
    held = bb.from_numpyro(partial(written.by_group, groups=5), data=_grouped() | {"groups": None})
    assert [*held.example()] == ["y", "group"]
    # An index is a column of levels, and those that are missing leave the others their places.
    few = _grouped() | {"group": 2 * (_grouped()["group"] // 2), "groups": 5}
    model = bb.from_numpyro(written.by_group, data=few)
    bound = bind(model, model.example())
    assert dict(bound.layout.labels)["group"] == ("0", "2", "4")
    target = log_likelihood(bound)
    at = {"mean": np.array(0.3), "spread": np.array(2.0), "noise": np.array(1.5)}
    rows = [few["y"][few["group"] == k] for k in (0, 2, 4)]
    # The rows of a group are Normal with the covariance noise² I + spread².
    expected = sum(
        stats.multivariate_normal.logpdf(y, np.full(len(y), 0.3), 2.25 * np.eye(len(y)) + 4.0)
        for y in rows
    )
    height = target.value(target.unconstrain(at), Pins.none(3))
    assert height == pytest.approx(expected, rel=1e-9)


REFUSED = {
    "with_factor": "numpyro.factor",
    "discrete": "a discrete Bernoulli",
    "two_outcomes": "site 'w'.*none of the arguments",
    "some_rows": "some of its rows",
    "with_param": "numpyro.param",
    "no_outcome": "no observed site",
    "nothing_to_find": "no parameter",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_wrapped(name):
    data = {"y": [0.0, 1.0, 1.0, 0.0]} | ({"x": [1.0, 2, 3, 4]} if name == "no_outcome" else {})
    with pytest.raises(BadInput, match=REFUSED[name]):
        bb.from_numpyro(getattr(written, name), data=data)


def test_what_needs_data():
    with pytest.raises(BadInput, match="give data="):
        bb.from_numpyro(written.many_slopes)
    with pytest.raises(BadInput, match="no argument 'K'"):
        bb.from_numpyro(written.schools, data=SCHOOLS, K=8)
    with pytest.raises(BadInput, match="no 'sigma' in the data"):
        bb.from_numpyro(written.schools, data={"y": Y}, J=8)


def test_a_look_at_one(wrapped):
    """The flaws of the function stand on its own lines."""
    made = bb.check(wrapped("regression"), recover=False)
    assert made
    text = Path(written.__file__).read_text("utf-8").splitlines()
    line = next(k for k, each in enumerate(text, 1) if 'sample("bend"' in each)
    assert made.table().loc["bend", "place"] == f"numpyro_functions.py, line {line}"


FILE = '''
import numpyro
import numpyro.distributions as dist
import bayesbench as bb

def rain(x, y=None):
    """How y grows with x."""
    slope = numpyro.sample("slope", dist.Normal(0, 10))
    numpyro.sample("y", dist.Normal(slope * x, 1), obs=y)

model = bb.from_numpyro(rain, data={"x": [1.0, 2.0], "y": [2.0, 5.0]})
'''


def test_a_file(run, tmp_path):
    (tmp_path / "rain.py").write_text(FILE)
    done = run("fit", "rain.py", "--method", "mle")
    assert done.returncode == 0, done.stderr
    assert "2.4" in done.stdout  # Σxy / Σx² = 12/5
    shown = run("show", "rain.py")
    assert "How y grows with x." in shown.stdout
    assert 'numpyro.sample("y"' in shown.stdout
