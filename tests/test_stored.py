"""What fits.nc holds: every tool of ArviZ works on it, with nothing of ours at hand."""

import arviz_plots
import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy import stats

import bayesbench as bb
from bayesbench import arviz_groups
from bayesbench.archive import Archive, archive, save
from small_models import Linear

PLOTS = ("plot_dist", "plot_forest", "plot_energy", "plot_prior_posterior")
PREDICTIVE = ("plot_ppc_dist", "plot_ppc_pit", "plot_loo_pit")


@pytest.fixture(scope="module")
def trees(contrasts, tmp_path_factory):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 2))
    table = {"age": x[:, 0], "height": x[:, 1], "y": x @ [1, 2] + generator.normal(size=40)}
    bound = bb.bind(Linear, table)
    fit = bb.fit_posterior(Linear, table, draws=250, warmup=250, progress=False)
    groups = arviz_groups.sampled(bound, fit) | arviz_groups.before_data(bound, 0)
    groups["observed_data"] = xr.Dataset({"outcome": ("row", table["y"])})
    kept = {
        "coin": archive(contrasts["normal"]),
        "linear": Archive({}, xr.DataTree.from_dict(groups)),
    }
    folder, made = tmp_path_factory.mktemp("stored"), {}
    for name, each in kept.items():
        save(each, folder / f"{name}.nc")
        with xr.open_datatree(folder / f"{name}.nc", engine="h5netcdf") as opened:
            made[name] = opened.load()
    return made


def test_the_groups_and_their_labels(trees):
    groups = {"posterior", "sample_stats", "log_prior", "log_likelihood", "observed_data"}
    groups |= {"posterior_predictive", "prior", "prior_predictive"}
    for tree in trees.values():
        assert groups <= tree.children.keys()
        shape = tree["log_likelihood"]["outcome"].shape
        assert tree["posterior_predictive"]["outcome"].shape == shape
        assert tree["prior_predictive"]["outcome"].shape[::2] == (1, shape[-1])
    slopes = trees["linear"]["log_prior"]["slopes"]
    assert slopes.dims == ("chain", "draw", "feature")
    assert list(slopes["feature"].values) == ["age", "height"]
    assert trees["linear"]["prior"]["slopes"].dims == ("chain", "draw", "feature")


def test_the_log_prior_is_truncated_and_renormalised(trees):
    theta, sd = trees["coin"]["posterior"]["theta"].to_numpy(), np.sqrt(0.1)
    known = stats.truncnorm(-0.5 / sd, 0.5 / sd, loc=0.5, scale=sd).logpdf(theta)
    assert trees["coin"]["log_prior"]["theta"].to_numpy() == pytest.approx(known, abs=1e-12)
    slopes = trees["linear"]["posterior"]["slopes"].to_numpy()
    found = trees["linear"]["log_prior"]["slopes"].to_numpy()
    assert found == pytest.approx(stats.norm(0, 10).logpdf(slopes), abs=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, within ArviZ
def test_the_statistics(trees):
    for tree in trees.values():
        assert np.isfinite(arviz_stats.loo(tree).elpd)
        assert (arviz_stats.summary(tree)["r_hat"] < 1.1).all()
        scaled = arviz_stats.psense_summary(tree)
        assert (scaled[["prior", "likelihood"]] >= 0).all(axis=None)
    compared = arviz_stats.compare({name: arviz_stats.loo(trees["coin"]) for name in ("a", "b")})
    assert len(compared) == 2


@pytest.mark.parametrize("name", PLOTS)
def test_the_plots(trees, name):
    for tree in trees.values():
        assert getattr(arviz_plots, name)(tree, backend="none") is not None


@pytest.mark.parametrize("name", PREDICTIVE)
def test_the_predictive_plots(trees, name):
    assert getattr(arviz_plots, name)(trees["linear"], backend="none") is not None


def test_for_outcomes_that_are_0_or_1(trees):
    assert arviz_plots.plot_ppc_pava(trees["coin"], backend="none") is not None


def test_the_posterior_predictive_is_that_of_the_draws(trees):
    # Of the coin it is θ at each draw: the shares of heads agree within Monte Carlo error.
    heads = trees["coin"]["posterior_predictive"]["outcome"].to_numpy()
    theta = trees["coin"]["posterior"]["theta"].to_numpy()
    assert heads.mean() == pytest.approx(theta.mean(), abs=4 * 0.5 / np.sqrt(heads.size))


def test_populations_are_no_priors():
    from bayesbench.fit.at_draws import pointwise_log_prior

    schools = bb.load("eight_schools")
    bound = bb.bind(schools, schools.example())
    draws = {"mean": np.zeros((1, 2)), "spread": np.ones((1, 2)), "effect": np.zeros((1, 2, 8))}
    found = pointwise_log_prior(bound, draws)
    assert list(found) == ["mean", "spread"]
    assert found["mean"][0, 0] == pytest.approx(stats.norm(0, 5).logpdf(0))
    assert found["spread"][0, 0] == pytest.approx(stats.halfcauchy(scale=5).logpdf(1))


def test_what_is_too_large_is_left_out(contrasts, monkeypatch):
    made = contrasts["normal"]
    monkeypatch.setattr(arviz_groups, "LARGEST", 1000.0)
    groups = arviz_groups.sampled(made.bound, made.fits["posterior"])
    assert "log_prior" in groups
    assert not {"log_likelihood", "posterior_predictive"} & groups.keys()
    assert "prior_predictive" not in arviz_groups.before_data(made.bound, 0)
