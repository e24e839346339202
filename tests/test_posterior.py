"""The sampler: the same draws however they are made, and its refusals."""

import os
import subprocess
import sys

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.fit import posterior as posterior_module
from bayesbench.fit import preparation
from small_models import Scale

COIN = bb.load("coin", prior="uniform")
DATA = COIN.example()
SHORT = {"chains": 2, "draws": 200, "warmup": 200}


def test_same_seed_same_draws_whatever_the_bar_and_the_chunks(monkeypatch):
    first = bb.fit_posterior(COIN, DATA, seed=3, progress=False, **SHORT)
    again = bb.fit_posterior(COIN, DATA, seed=3, progress=True, **SHORT)
    assert np.array_equal(first.draws.theta, again.draws.theta)
    monkeypatch.setattr(preparation, "CHUNK", 77)
    cut = bb.fit_posterior(COIN, DATA, seed=3, **SHORT)
    assert np.array_equal(first.draws.theta, cut.draws.theta)
    other = bb.fit_posterior(COIN, DATA, seed=4, **SHORT)
    assert not np.array_equal(first.draws.theta, other.draws.theta)


def test_chains_in_parallel_and_in_sequence_are_the_same():
    import jax

    assert len(jax.devices()) == 2, "tests/conftest.py asks for two devices"
    made = {
        method: bb.fit_posterior(COIN, DATA, chain_method=method, **SHORT)
        for method in ("parallel", "sequential", "vectorized", None)
    }
    assert made[None].settings["chain_method"] == "parallel"
    assert np.array_equal(made["parallel"].draws.theta, made["sequential"].draws.theta)
    # Vectorised arithmetic rounds otherwise, so the same chain parts from itself in time:
    # here only that it is the same posterior.
    apart = made["vectorized"].draws.theta.mean() - made["parallel"].draws.theta.mean()
    errors = [m.diagnostics["convergence"]["theta"]["mcse_mean"] for m in made.values()]
    assert abs(apart) < 4 * np.hypot(errors[0], errors[2])


def test_chains_differ():
    draws = bb.fit_posterior(COIN, DATA, **SHORT).draws.theta
    assert not np.array_equal(draws[0], draws[1])


def test_half_normal_scale_against_the_integral():
    data = {"y": [-1.1, 0.3, 1.4]}
    integral = bb.quadrature(Scale, data)
    assert integral.mean == pytest.approx(1.425, abs=1e-3)
    assert integral.sd == pytest.approx(0.651, abs=1e-3)
    fit = bb.fit_posterior(Scale, data, seed=1)
    errors = fit.diagnostics["convergence"]["sd"]
    assert fit.status.name == "converged"
    assert abs(fit.draws.sd.mean() - integral.mean) < 4 * errors["mcse_mean"]
    assert abs(fit.draws.sd.std() - integral.sd) < 4 * errors["mcse_sd"]
    assert (fit.draws.sd > 0).all()


def test_too_few_draws_have_not_converged():
    fit = bb.fit_posterior(COIN, DATA, chains=2, draws=50, warmup=200)
    assert fit.status.name == "not converged"
    assert not fit.converged
    assert "400 are wanted" in fit.status.sentence or "disagree" in fit.status.sentence


def test_statistics_and_diagnostics_are_in_the_record():
    fit = bb.fit_posterior(COIN, DATA, **SHORT)
    assert {"energy", "diverging", "num_steps", "accept_prob"} <= fit.statistics.keys()
    assert fit.statistics["energy"].shape == (2, 200)
    assert 0.6 < fit.statistics["accept_prob"].mean() < 1
    assert {"r_hat", "ess", "divergences", "saturated"} <= fit.diagnostics.keys()
    assert fit.settings["device"] == "cpu"


def test_interrupted(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(posterior_module, "chunks", stop)
    fit = bb.fit_posterior(COIN, DATA, **SHORT)
    assert fit.status.name == "interrupted"
    assert fit.draws is None
    with pytest.raises(KeyboardInterrupt):
        bb.contrast(COIN, DATA, **SHORT)


def test_an_interrupted_search_is_not_swallowed(monkeypatch):
    from bayesbench.fit import map as map_module

    minimize, calls = map_module.optimize.minimize, []

    def stop_later(*arguments, **options):
        calls.append(1)
        if len(calls) > 1:  # the mode on the other scale
            raise KeyboardInterrupt
        return minimize(*arguments, **options)

    monkeypatch.setattr(map_module.optimize, "minimize", stop_later)
    with pytest.raises(KeyboardInterrupt):
        bb.contrast(COIN, DATA, methods=("map",))
    with pytest.raises(KeyboardInterrupt):
        bb.quadrature(COIN, DATA)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"chains": 0}, "chains: found 0, expected a whole number of at least 1"),
        ({"draws": 3}, "draws: found 3"),
        ({"warmup": -1}, "warmup: found -1"),
        ({"seed": -1}, "seed: found -1, expected a whole number from 0"),
        ({"seed": 2**63}, "seed: found 9223372036854775808"),
        ({"seed": 1.5}, "seed: found 1.5"),
        ({"target_accept": 1.0}, "target_accept: found 1.0"),
        ({"chain_method": "both"}, "chain_method: found 'both'"),
        ({"device": "tpu"}, "device: found 'tpu'"),
    ],
)
def test_options_that_cannot_be_used(options, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        bb.fit_posterior(COIN, DATA, **options)


def test_gpu():
    import jax

    try:
        jax.devices("gpu")
    except RuntimeError:
        with pytest.raises(bb.BadInput, match="no gpu that JAX can use"):
            bb.fit_posterior(COIN, DATA, device="gpu")
        pytest.skip("no GPU that JAX can use on this machine")
    fit = bb.fit_posterior(COIN, DATA, device="gpu", seed=1)
    assert fit.settings["device"] == "gpu"
    assert abs(fit.draws.theta.mean() - 4 / 9) < 4 * 0.01


def test_importing_and_fitting_change_no_global_setting():
    code = """
import warnings; warnings.simplefilter("error")
import torch, jax
before = torch.get_default_dtype(), torch.get_num_threads(), jax.config.jax_enable_x64
import bayesbench as bb
coin = bb.load("coin")
bb.contrast(coin, coin.example(), draws=50, warmup=50, progress=False)
assert (torch.get_default_dtype(), torch.get_num_threads(), jax.config.jax_enable_x64) == before
assert jax.numpy.ones(1).dtype == "float32"
"""
    environment = {k: v for k, v in os.environ.items() if k != "XLA_FLAGS"}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=environment)


def test_what_has_not_converged():
    from bayesbench.fit.chains import worst
    from bayesbench.fit.judged import Judged
    from bayesbench.fit.stopping import Look, sampler_status

    def status(r_hat, ess, divergences):
        return sampler_status(Look(Judged({}), {}, r_hat, ess), divergences, 4000, 400)

    assert status(1.001, 500, 0).converged
    assert status(1.001, 500, 40).converged  # a warning says so
    for found in ((2.0, 500, 0), (1.0, 399, 0), (1.0, 500, 41), (np.nan, 500, 0)):
        assert not status(*found).converged
    fine = {"r_hat": 1.0, "ess_bulk": 500.0, "ess_tail": 450.0}
    stuck = dict.fromkeys(fine, np.nan)
    for order in ({"a": fine, "b": stuck}, {"b": stuck, "a": fine}):
        assert np.isnan(worst(order)[0])
    assert worst({"a": fine, "b": fine | {"r_hat": np.array([1.0, 1.3])}}) == (1.3, 450.0)


def test_chains_on_a_hill_measure_it_in_its_own_width():
    """Widths of 1e-6 and 1: their posterior is Normal, and warm-up alone takes long to see it."""

    class Narrow(bb.Model):
        """A slope over large inputs and a mean of small ones."""

        outcome = "y"
        starts = 4
        a = bb.parameter(bb.Normal(0, 1))
        b = bb.parameter(bb.Normal(0, 1))

        def likelihood(self, x):
            return bb.Normal(1e6 * self.a * x + self.b, 1.0)

    generator = np.random.default_rng(0)
    x = np.array([-1.0, 0.0, 1.0])
    data = {"x": x, "y": 2e-6 * 1e6 * x + 0.5 + generator.normal(size=3)}
    fit = bb.fit_posterior(Narrow, data, draws=600, warmup=300, progress=False)
    assert fit.status.name == "converged"
    assert fit.statistics["num_steps"].mean() < 10
    # The inputs are centred, so the two are independent: precisions are 2e12 + 1 and 3 + 1.
    for name, sd in (("a", (2e12 + 1) ** -0.5), ("b", 0.5)):
        error = float(fit.diagnostics["convergence"][name]["mcse_sd"])
        assert abs(fit.draws.values[name].std(ddof=1) - sd) < 4 * error
