"""Many starts: the batched climb, the optima it lists, and signs that do not matter."""

import jax
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.fit import objective
from bayesbench.fit.jax_objective import _many, log_posterior
from bayesbench.fit.starts import climb_all, distinct
from bayesbench.fit.symmetry import even_entries
from bayesbench.fit.torch_objective import log_likelihood
from small_models import Cosine

X = np.random.default_rng(0).uniform(0, 10, 60)
DATA = {"x": X, "y": np.cos(0.583 * X)}


def wells(z):
    """-(x² - 1)² - y²: maxima at x = ±1, a saddle at 0."""
    x, y = z[:, 0], z[:, 1]
    value = -((x**2 - 1) ** 2) - y**2
    slope = np.column_stack([-4 * x * (x**2 - 1), -2 * y])
    curved = np.zeros((len(z), 2, 2))
    curved[:, 0, 0], curved[:, 1, 1] = -12 * x**2 + 4, -2
    return value, slope, curved


def test_the_climb_finds_both_wells_and_leaves_the_saddle():
    starts = np.array([[0.0, 0.0], [0.3, 1.0], [-0.2, -1.0], [3.0, 2.0], [-5.0, 0.0]])
    ends, heights, arrived = climb_all(wells, starts)
    assert arrived.all()
    assert np.abs(np.abs(ends[:, 0]) - 1).max() < 1e-5
    assert np.abs(ends[:, 1]).max() < 1e-6
    assert (np.sign(ends[1:, 0]) == np.sign(starts[1:, 0])).all()
    found = distinct(ends, heights, lambda at: at)
    assert sorted(count for _, _, count in found) in ([2, 3], [1, 4])


def test_a_start_that_leads_nowhere_is_lost():
    def slope_without_end(z):
        size = len(z)
        return z[:, 0], np.ones((size, 1)), np.zeros((size, 1, 1))

    _, _, arrived = climb_all(slope_without_end, np.zeros((3, 1)))
    assert not arrived.any()


@pytest.mark.parametrize("fit", [bb.fit_mle, bb.fit_map])
def test_every_optimum_is_one(fit):
    """Each listed optimum against SciPy's bounded search around it, on the same squares."""
    found = fit(Cosine, DATA, starts=48, seed=1)
    assert found.status.name == "converged"
    assert sum(optimum.starts for optimum in found.optima) + found.lost == 48
    assert [o.value for o in found.optima] == sorted((o.value for o in found.optima), reverse=True)
    penalty = 0.0 if fit is bb.fit_mle else 1 / 18

    def loss(a):
        return ((DATA["y"] - np.cos(a * X)) ** 2).sum() * 2 + penalty * a**2

    for optimum in found.optima:
        at = float(optimum.values["a"])
        near = minimize_scalar(loss, bounds=(at - 0.02, at + 0.02), options={"xatol": 1e-10})
        assert near.x == pytest.approx(at, abs=1e-4)
    best, second = found.optima[:2]
    assert float(best.values["a"]) == pytest.approx(-float(second.values["a"]), abs=1e-4)
    assert best.share == best.starts / 48
    assert found.found_again == (best.starts > 1)


def test_one_start_misses_and_many_do_not():
    one = bb.fit_mle(Cosine, DATA, start={"a": 2.0})
    many = bb.fit_mle(Cosine, DATA, starts=48)
    assert abs(abs(float(many.estimate.a)) - 0.583) < 1e-8
    assert many.diagnostics["value"] > one.diagnostics["value"] + 10
    assert one.optima == ()
    with_both = bb.fit_mle(Cosine, DATA, start={"a": 2.0}, starts=48)
    assert with_both.diagnostics["value"] == pytest.approx(many.diagnostics["value"])


def test_mle_and_map_choose_the_same_of_two_mirror_images():
    signs = {
        float(np.sign(fit(Cosine, DATA, starts=24, seed=seed).estimate.a))
        for fit in (bb.fit_mle, bb.fit_map)
        for seed in range(3)
    }
    assert signs == {1.0}


@pytest.mark.parametrize("fit", [bb.fit_mle, bb.fit_map])
def test_numbers_of_starts_that_are_none(fit):
    with pytest.raises(bb.BadInput, match="starts: found 0, expected a whole number of at least 1"):
        fit(Cosine, DATA, starts=0)


class Shifted(bb.Model):
    """Even in a by its likelihood, and not by its prior; b is not even at all."""

    outcome = "y"
    a = bb.parameter(bb.Normal(1, 1))
    b = bb.parameter(bb.Normal(0, 1))

    def likelihood(self, x):
        return bb.Normal(bn.cos(self.a * x) + self.b, 0.5)


def test_signs_are_tried():
    bound = bind(Shifted, DATA)
    points = {"a": np.array([0.5, 1.5]), "b": np.array([0.2, -1.0])}
    assert even_entries(bound, points, prior=False) == ("a",)
    assert even_entries(bound, points, prior=True) == ()


def test_chains_on_both_sides_are_judged_without_the_sign():
    class Both(Cosine):
        """The same, from several starts."""

        starts = 24

    fit = bb.fit_posterior(Both, DATA, draws=400, warmup=200, progress=False)
    draws = fit.draws.a
    assert {*np.sign(draws.mean(axis=1))} == {-1.0, 1.0}
    assert fit.diagnostics["mirrored"] == ("a",)
    assert fit.status.name == "converged"
    assert "a without sign" in fit.status.sentence


def test_findings_tell_of_mirror_images_and_lower_optima():
    made = bb.contrast(Cosine.__class__("Many", (Cosine,), {"starts": 48}), DATA, methods=("mle",))
    by_rule = {finding.rule: finding for finding in made.findings}
    assert "-a fits as well as a" in by_rule["mirror_image"].message
    assert by_rule["optima"].evidence["as_high_as_the_highest"] == 2
    assert by_rule["optima"].severity == "info"
    assert "lower" in by_rule["optima"].message


def test_mirror_images_are_those_of_one_optimum():
    class Swapped(bb.Model):
        """Two cosines: signs are free, and so is which is which."""

        outcome = "y"
        starts = 24
        a = bb.parameter(bb.Normal(0, 2))
        c = bb.parameter(bb.Normal(0, 2))

        def likelihood(self, x):
            return bb.Normal(bn.cos(self.a * x) + bn.cos(3 * self.c * x), 0.5)

    y = np.cos(0.6 * X) + np.cos(2.7 * X)
    made = bb.contrast(Swapped, {"x": X, "y": y}, methods=("mle",))
    for finding in made.findings:
        if finding.rule == "mirror_image":
            one, other = finding.evidence["values"]
            assert one == -other
            assert min(abs(one - v) for v in (0.6, 2.7, 0.9, 0.2)) < 1e-3


def test_on_an_edge_all_starts_end_at_one_optimum():
    model = bb.load("eight_schools")
    fit = bb.fit_mle(model, model.example(), starts=12)
    assert len(fit.optima) == 1
    assert float(fit.optima[0].values["spread"]) == 0.0
    assert fit.found_again


def test_a_ridge_is_not_counted():
    from small_models import Difference

    ridge = Difference.__class__("Ridge", (Difference,), {"starts": 6})
    made = bb.contrast(ridge, {"y": [1.0, 2.0]}, methods=("mle",))
    assert made.fits["mle"].status.name == "not identified"
    assert not [f for f in made.findings if f.rule == "optima"]


def test_a_best_optimum_that_was_reached_once_is_a_warning():
    made = bb.contrast(Cosine.__class__("Few", (Cosine,), {"starts": 4}), DATA, methods=("mle",))
    (found,) = [f for f in made.findings if f.rule == "optima"]
    reached, top = (
        found.evidence[key] for key in ("reached_the_highest", "as_high_as_the_highest")
    )
    assert (found.severity == "warning") == (reached <= top)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_chunks_of_starts_change_nothing(library, monkeypatch):
    x = np.linspace(0, 10, 50)
    bound = bind(Cosine, {"x": x, "y": np.cos(0.6 * x)})
    z = np.linspace(-1, 1, 7)[:, None]
    log_density = {"torch": log_likelihood, "jax": lambda bound: log_posterior(bound, "own")}
    whole = log_density[library](bound).derivatives(z)
    monkeypatch.setattr(objective, "WORK", 3 * bound.n)  # three starts at a time, and one is left
    parts = log_density[library](bound).derivatives(z)
    for one, other in zip(whole, parts, strict=True):
        assert one.shape == other.shape
        assert one == pytest.approx(other, rel=1e-13, abs=1e-13)


def test_the_memory_of_many_starts_is_bounded():
    """What the compiled program needs beside its arguments and its answer, as XLA counts it."""
    layout = bind(Cosine, {"x": [1.0], "y": [1.0]}).layout
    with jax.enable_x64(True):
        column, z = np.zeros(20_000), np.zeros((64, 1))
        few, all_of_them = (
            _many.lower(layout, "own", size, z, ({"x": column}, column, None))
            .compile()
            .memory_analysis()
            .temp_size_in_bytes
            for size in (4, 64)
        )
    assert all_of_them > 64 * column.nbytes
    assert few < all_of_them / 8
