"""A fit under statsmodels' and ArviZ's names, against least squares, SciPy and ArviZ."""

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from small_models import Gaussian

Y = np.random.default_rng(0).normal(1.0, 2.0, 20)
FEW = {"chains": 2, "warmup": 200, "draws": 200, "progress": False}


@pytest.fixture(scope="module")
def mle():
    return bb.fit_mle(Gaussian, {"y": Y})


@pytest.fixture(scope="module")
def posterior():
    return bb.fit_posterior(Gaussian, {"y": Y}, **FEW)


def test_of_an_mle_the_names_of_statsmodels(mle):
    sd, n = Y.std(), len(Y)
    np.testing.assert_allclose(mle.params, [Y.mean(), sd], rtol=1e-6)
    # The inverse of Fisher's information of a Normal: s/√n and s/√(2n).
    np.testing.assert_allclose(mle.bse, [sd / np.sqrt(n), sd / np.sqrt(2 * n)], rtol=1e-5)
    reach = stats.norm.ppf(0.95) * mle.bse
    np.testing.assert_allclose(mle.conf_int(0.1)[1] - mle.params, reach)
    assert list(mle.conf_int().columns) == [0, 1]
    assert mle.nobs == n
    assert mle.llf == pytest.approx(stats.norm(Y.mean(), sd).logpdf(Y).sum(), rel=1e-9)
    assert mle.summary().equals(mle.table())


def test_of_draws_their_mean_sd_and_quantiles(posterior):
    drawn = posterior.draws.mean.ravel()
    assert posterior.params["mean"] == pytest.approx(drawn.mean())
    assert posterior.bse["mean"] == pytest.approx(drawn.std(ddof=1))
    ends = posterior.conf_int().loc["mean"]
    np.testing.assert_allclose(ends, np.quantile(drawn, (0.025, 0.975)))
    with pytest.raises(bb.BadInput, match="llf of a posterior: found many draws"):
        _ = posterior.llf


def test_arviz_takes_idata(posterior, mle):
    import arviz_stats

    tree = posterior.idata
    found = arviz_stats.summary(tree, round_to="none")
    assert found.loc["mean", "mean"] == pytest.approx(posterior.params["mean"])
    assert np.isfinite(arviz_stats.loo(tree).elpd)
    np.testing.assert_array_equal(tree["observed_data"]["outcome"], Y)
    with pytest.raises(bb.BadInput, match="idata of an mle: found no chains"):
        _ = mle.idata


def test_latents_have_no_prior_of_their_own_in_idata():
    model = bb.load("eight_schools")
    fit = bb.fit_posterior(model, model.example(), **FEW)
    tree = fit.idata
    assert set(model.latents) <= set(tree["posterior"].data_vars)
    assert set(tree["log_prior"].data_vars) == set(model.parameters)


def test_a_fit_without_an_estimate_has_no_numbers():
    fit = bb.fit_mle(Gaussian, {"y": [1.0]})
    assert np.isnan(fit.params).all()
    assert np.isnan(fit.llf)
    with pytest.raises(bb.BadInput, match="alpha: found 95"):
        fit.conf_int(95)


def test_the_figures_of_a_contrast():
    coin = bb.load("coin")
    made = bb.contrast(coin, coin.example(), methods=("mle", "map"), seed=0)
    assert len(made.plot_estimates("theta").get_yticklabels()) == 3
    assert made.plot_estimates().get_xlabel() == "θ"
    assert made.plot_events().figure.get_axes()
    assert "data:image/svg+xml;base64," in made._repr_html_()
    with pytest.raises(bb.BadInput, match="thet"):
        made.plot_estimates("thet")
    plain = bb.contrast(Gaussian, {"y": Y}, methods=("mle",), seed=0)
    with pytest.raises(bb.BadInput, match="found a model without events"):
        plain.plot_events()
    none = bb.contrast(Gaussian, {"y": [1.0]}, methods=("mle",), seed=0)
    with pytest.raises(bb.BadInput, match="no estimate of mean, sd by any fit"):
        none.plot_estimates()
    assert "<img" not in none._repr_html_()
