"""results.json: its schema, and the keys that others rely on."""

import json
import math
from importlib.resources import files

import jsonschema
import pytest
from arviz_stats.base import array_stats

import bayesbench as bb
from bayesbench.methods import METHODS
from bayesbench.results import results
from small_models import Gaussian, Linear

SCHEMA = json.loads(files("bayesbench.report").joinpath("results.schema.json").read_text("utf-8"))


def _valid(found):
    text = json.dumps(found, allow_nan=False)
    jsonschema.validate(json.loads(text), SCHEMA)
    return json.loads(text)


def test_the_coin(contrasts):
    for prior, made in contrasts.items():
        found = _valid(results(made))
        assert found["model"] == "coin"
        assert found["variant"] == prior
        assert (found["n"], found["seed"]) == (7, 0)
        theta = found["estimates"]["theta"]
        assert list(theta) == ["mle", "map", "map_unconstrained", *METHODS[2:]]
        assert theta["map"]["scale"] == "own"
        assert theta["map_unconstrained"]["scale"] == "unconstrained"
        assert found["map_scales"] == ["own", "unconstrained"]
        low, high = theta["posterior"]["hdi"]
        assert 0 < low < theta["posterior"]["mean"] < high < 1
        draws = made.fits["posterior"].draws.theta
        assert [low, high] == list(array_stats.hdi(draws, 0.95, axis=(0, 1)))
        assert theta["posterior"]["r_hat"] < 1.01
        assert theta["posterior"]["ess_bulk"] > 400
        assert {*METHODS} <= found["predictive"]["heads"].keys()
        assert found["exact"]["estimates"]["theta"]["mle"]["value"] == pytest.approx(3 / 7)
        assert all(found["converged"].values())
        assert {*METHODS} == found["converged"].keys()
        assert {"torch", "jax", "numpyro"} <= found["versions"].keys()


def test_a_fit_that_failed_has_null_and_says_so():
    made = bb.contrast(Gaussian, {"y": [1.5]}, methods=("mle", "map", "laplace"))
    found = _valid(results(made))
    for fit in ("mle", "map"):
        assert found["estimates"]["sd"][fit]["value"] is None
        assert found["estimates"]["sd"][fit]["se"] is None
        assert found["converged"][fit] is False
        assert found["status"][fit]["name"] == "unbounded"
    assert any(f["rule"] == "status" and f["severity"] == "warning" for f in found["findings"])


def test_the_boundary_is_marked_where_the_estimate_stands():
    made = bb.contrast(bb.load("coin"), {"toss": [1, 1, 1]}, methods=("mle",))
    found = _valid(results(made))
    mle = found["estimates"]["theta"]["mle"]
    assert mle == {"value": 1.0, "se": None, "scale": "own", "status": "boundary"}
    assert found["converged"] == {"mle": True}


def test_vectors_are_listed_entry_by_entry():
    table = {"age": [0.3, -1.2, 2.0, 0.5], "height": [1.0, 0.1, -0.4, 2.0], "y": [0.2, 1, -0.7, 3]}
    found = _valid(results(bb.contrast(Linear, table, methods=("mle", "map", "laplace"))))
    assert list(found["estimates"]) == ["slopes[age]", "slopes[height]", "noise"]
    assert not any(math.isnan(v["mle"]["value"]) for v in found["estimates"].values())


def test_exact_has_the_keys_of_the_estimates(contrasts):
    found = results(contrasts["uniform"])
    exact = found["exact"]
    for entry, by_fit in exact["estimates"].items():
        for fit, values in by_fit.items():
            assert values.keys() <= found["estimates"][entry][fit].keys()
    for event, by_fit in exact["predictive"].items():
        assert by_fit.keys() <= found["predictive"][event].keys()


def test_methods_that_are_none_and_reports_of_some():
    with pytest.raises(bb.BadInput, match=r"methods: found .mel.*did you mean .mle"):
        bb.contrast(Gaussian, {"y": [1.0, 2.0]}, methods=("mel",))
    made = bb.contrast(Gaussian, {"y": [1.0, 2.0]}, methods=("mle",))
    with pytest.raises(bb.BadInput, match="a contrast without map, laplace, pathfinder, posterior"):
        made.report("nowhere")


def test_no_evidence_under_a_flat_prior():
    class Flat(bb.Model):
        """A mean of which nothing is believed."""

        outcome = "y"
        m = bb.parameter(bb.Flat())

        def likelihood(self):
            return bb.Normal(self.m, 1)

    made = bb.contrast(Flat, {"y": [1.0, 2.0]}, methods=("laplace",))
    assert results(made)["log_evidence"] == {"laplace": None}


def test_how_far_the_posterior_is_known(contrasts):
    """By the Monte Carlo errors that ArviZ computes from the draws."""
    made = contrasts["normal"]
    draws = made.fits["posterior"].draws.theta
    mean, sd = (
        array_stats.mcse(draws, chain_axis=0, draw_axis=1, method=of) / draws.std(ddof=1)
        for of in ("mean", "sd")
    )
    said = results(made)["diagnostics"]["posterior"]["known_to"]
    expected = f"means known to ±{100 * mean:.2g}% of their sd or better, sds to ±{100 * sd:.2g}%"
    assert said == expected
    assert "known_to" not in results(made)["diagnostics"]["mle"]
