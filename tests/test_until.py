"""Sampling until the draws are good enough, or a limit is met; and where chains run."""

import jax
import numpy as np
import pytest

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.fit.chain_trial import fastest
from bayesbench.fit.devices import Place, places
from small_models import Scale

COIN = bb.load("coin", prior="uniform")
DATA = COIN.example()
SHORT = {"chains": 2, "warmup": 200}


def test_until_the_target_is_met():
    fit = bb.fit_posterior(COIN, DATA, ess=400, **SHORT)
    assert fit.status.name == "converged"
    assert fit.diagnostics["stopped"] == "target"
    assert fit.diagnostics["ess"] >= 400
    assert fit.diagnostics["r_hat"] < 1.01
    drawn = fit.diagnostics["draws"]
    assert fit.draws.theta.shape == fit.statistics["energy"].shape == (2, drawn)
    assert fit.settings["draws"] is None
    # One look earlier they were not good enough, and they are the first of a fixed number.
    fixed = bb.fit_posterior(COIN, DATA, draws=drawn + 100, **SHORT)
    assert np.array_equal(fixed.draws.theta[:, :drawn], fit.draws.theta)
    before = bb.fit_posterior(COIN, DATA, draws=drawn - 250, **SHORT).diagnostics
    assert before["ess"] < 400 or before["r_hat"] >= 1.01
    # Beta(4, 5) has the mean 4/9.
    error = fit.diagnostics["convergence"]["theta"]["mcse_mean"]
    assert abs(fit.draws.theta.mean() - 4 / 9) < 4 * error


def test_a_single_chain_can_be_good_enough_and_says_that_it_is_alone():
    fit = bb.fit_posterior(COIN, DATA, chains=1, warmup=200)
    assert fit.status.name == "converged"
    assert fit.diagnostics["r_hat"] < 1.01
    assert any("one chain only" in finding.message for finding in fit.findings)


def test_more_is_drawn_for_a_higher_target():
    low, high = (bb.fit_posterior(COIN, DATA, ess=ess, **SHORT) for ess in (100, 1000))
    assert low.diagnostics["draws"] < high.diagnostics["draws"]
    assert high.diagnostics["ess"] >= 1000


def test_the_limit_of_draws_is_told():
    fit = bb.fit_posterior(COIN, DATA, ess=590, max_draws=300, **SHORT)
    assert fit.draws.theta.shape == (2, 300)
    assert fit.status.name == "not converged"
    assert "stopped at the limit of 300 draws of each chain" in fit.status.sentence
    assert "590 are wanted" in fit.status.sentence


def test_the_limit_of_minutes_is_told():
    fit = bb.fit_posterior(COIN, DATA, ess=2000, minutes=1e-9, chains=2, warmup=100)
    assert fit.draws.theta.shape == (2, 150)
    assert "stopped at the limit of 1e-09 minutes" in fit.status.sentence
    none = bb.fit_posterior(COIN, DATA, minutes=1e-9, chains=2, warmup=600)
    assert none.draws is None
    assert none.status.sentence == (
        "not converged: stopped at the limit of 1e-09 minutes during warm-up, with no draws."
    )


def test_a_shell_that_does_not_reach_its_target_ends_with_3(run):
    words = ("fit", "coin", "--method", "posterior", "--ess", "900", "--max-draws", "250")
    done = run(*words)
    assert done.returncode == 3
    assert "limit of 250 draws" in done.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"ess": 0}, "ess: found 0, expected a number of effective draws above 0"),
        ({"ess": np.nan}, "ess: found nan"),
        ({"ess": "many"}, "ess: found many"),
        (
            {"ess": 50_000, "max_draws": 1000},
            "ess: found 50000 effective draws, expected no more than the draws that are allowed: "
            "4 chains of 1000 are 4000; raise max_draws",
        ),
        ({"draws": 100, "ess": 100}, "draws: found both draws=100 and ess=100"),
        ({"draws": 100.5}, "draws: found 100.5, expected a whole number"),
        ({"minutes": 0}, "minutes: found 0, expected a limit above 0"),
        ({"chain_method": "vectorised"}, "did you mean 'vectorized'"),
    ],
)
def test_targets_that_cannot_be_met(options, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        bb.fit_posterior(COIN, DATA, **options)


def test_a_contrast_refuses_options_before_it_fits():
    with pytest.raises(bb.BadInput, match="chains: found 0"):
        bb.contrast(COIN, DATA, chains=0)
    with pytest.raises(TypeError, match="no option 'thinning'; it has chains, draws"):
        bb.contrast(COIN, DATA, thinning=2)


class Impossible(bb.Model):
    """A prior whose density is nowhere finite."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))
    scale = bb.parameter(lambda m: bb.Normal(bn.log(-1.0 - m.mean**2), 1.0))

    def likelihood(self):
        return bb.Normal(self.mean + self.scale, 1.0)


class Broken(bb.Model):
    """A likelihood that is not a number in the rows where x is negative."""

    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, x):
        return bb.Normal(self.mean + bn.log(x), 1.0)


class NoScale(Broken):
    """The same of a scale, which is refused where it is built."""

    def likelihood(self, x):
        return bb.Normal(self.mean, bn.sqrt(x))


def test_no_start_for_the_sake_of_a_prior():
    with pytest.raises(bb.BadInput, match=r"the prior of Impossible\.scale: found a density that"):
        bb.fit_posterior(Impossible, {"y": [1.0, 2.0]})


def test_no_start_for_the_sake_of_a_row():
    data = {"x": [1.0, 4.0, -1.0, -2.0], "y": [0.0, 1.0, 2.0, 3.0]}
    sentence = r"row 3, column 'y': found a log-likelihood of nan \(as of 1 more rows\) at 400"
    with pytest.raises(bb.BadInput, match=sentence):
        bb.fit_posterior(Broken, data)
    with pytest.raises(bb.BadInput, match="Normal's scale is nan in row 3 of 4"):
        bb.fit_posterior(NoScale, data)


@pytest.mark.parametrize("kept_on_disk", [True, False])
def test_nothing_is_compiled_again(kept_on_disk):
    """Neither between chunks, nor for a second fit of a model and shapes."""
    compiled = []

    def listen(event, _, **about):
        if "backend_compile" in event:
            compiled.append(about)

    before = jax.config.jax_enable_compilation_cache
    jax.config.update("jax_enable_compilation_cache", kept_on_disk)
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        options = {"chains": 2, "warmup": 300, "draws": 300}
        bb.fit_posterior(Scale, {"y": [-1.1, 0.3, 1.4]}, **options)
        assert compiled
        compiled.clear()
        bb.fit_posterior(Scale, {"y": [0.5, -0.2, 2.0]}, seed=5, **options | {"draws": 700})
        assert not compiled
    finally:
        jax.config.update("jax_enable_compilation_cache", before)
        jax.monitoring.unregister_event_duration_listener(listen)


def test_chains_run_where_a_trial_was_fastest():
    fit = bb.fit_posterior(COIN, DATA, chain_method="auto", draws=200, **SHORT)
    assert fit.settings["chain_method"] in ("parallel", "vectorized")
    how = fit.diagnostics["chains_ran"]
    assert how.startswith(fit.settings["chain_method"])
    assert "the fastest in a trial of 25 steps: parallel on 2 cpu devices" in how
    asked = fit.settings["chain_method"]
    same = bb.fit_posterior(COIN, DATA, chain_method=asked, draws=200, **SHORT)
    assert np.array_equal(fit.draws.theta, same.draws.theta)
    assert same.diagnostics["chains_ran"].endswith("as asked")


def test_where_there_is_a_gpu_it_is_tried_against_the_cpu(monkeypatch):
    from bayesbench.fit import devices

    there = {"cpu": ("cpu:0", "cpu:1"), "gpu": ("gpu:0",)}
    monkeypatch.setattr(devices, "_devices", there.get)
    found, _ = places("auto", None, 4)
    assert found == (Place(there["cpu"], "parallel", "cpu"), Place(("gpu:0",), "vectorized", "gpu"))
    took = {"cpu": 0.3, "gpu": 0.02}
    best, ground = fastest(found, lambda place: took[place.kind])
    assert best.kind == "gpu"
    assert ground.endswith("parallel on 2 cpu devices 300 ms, vectorized on gpu 20 ms")
    assert [place.method for place in places("auto", "auto", 4)[0]] == [
        *("parallel", "vectorized", "vectorized")
    ]
    # Every device carries as many chains, or one carries all.
    found, ground = places("cpu", None, 3)
    assert found == (Place(("cpu:0",), "sequential", "cpu"),)
    assert ground == "3 chains can't be shared equally by 2 devices"
    assert places("cpu", None, 4)[1] == "the usual way on such a device"
    assert places("cpu", "sequential", 3)[1] == "as asked"
