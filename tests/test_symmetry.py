"""Symmetries of likelihoods, found by trying, and what is judged where there are some."""

import numpy as np
import pytest
from scipy.stats import norm

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.fit.chains import R_HAT, convergence, worst
from bayesbench.fit.involutions import Involution, elementary, hidden_units, together
from bayesbench.fit.judged import PIECE, judged_by, without
from bayesbench.fit.symmetry import Symmetry, symmetric, symmetries
from small_models import Linear

generator = np.random.default_rng(5)
X = np.linspace(0.3, 10, 30)
XY = {"x": X, "y": np.cos(0.583 * X)}


class Mixture(bb.Model):
    """Two Normals, each with a mean and a width, and the share of the first."""

    outcome = "y"
    low = bb.parameter(bb.Normal(0, 5))
    high = bb.parameter(bb.Normal(0, 5))
    narrow = bb.parameter(bb.HalfNormal(2))
    wide = bb.parameter(bb.HalfNormal(2))
    share = bb.parameter(bb.Uniform(0, 1))

    def likelihood(self):
        def energy(y):
            each = (
                (self.share, self.low, self.narrow),
                (1 - self.share, self.high, self.wide),
            )
            one, two = (bn.log(w / s) - 0.5 * ((y - m) / s) ** 2 for w, m, s in each)
            return -bn.logaddexp(one, two)

        return bb.EnergyBased(energy, bb.real)


class OtherPriors(Mixture):
    """The same, with a belief about which is which."""

    wide = bb.parameter(bb.HalfNormal(3))


class Product(bb.Model):
    """Only a·b is seen."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 1))
    b = bb.parameter(bb.Normal(0, 2))

    def likelihood(self, x):
        return bb.Normal(self.a * self.b * x, 1.0)


class Units(bb.Model):
    """Hidden units, written by hand: two vectors of one dimension."""

    outcome = "y"
    into = bb.parameter(bb.Normal(0, 1), dims="unit")
    out = bb.parameter(bb.Normal(0, 2), dims="unit")

    def likelihood(self, x, marks=bb.columns("one", "two", dims="unit")):
        hidden = bn.tanh(bn.reshape(x, (-1, 1)) * self.into)
        return bb.Normal((hidden * self.out).sum(-1) + 0 * marks[:, 0], 1.0)


class Wave(bb.Model):
    """A cosine, which is even."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 2))

    def likelihood(self, x):
        return bb.Normal(bn.cos(self.a * x), 0.1)


class Shifted(Wave):
    """The prior is not even."""

    a = bb.parameter(bb.Normal(0.5, 2))


def found(model, data, apart=None):
    bound = bind(model, data)
    at = generator.uniform(0.1, 0.9, size=(8, bound.layout.size))
    every = frozenset(range(bound.layout.size))
    return {s.words: s for s in symmetries(bound, at, every if apart is None else apart)}


@pytest.mark.parametrize(("model", "prior_too"), [(Mixture, True), (OtherPriors, False)])
def test_the_components_of_a_mixture_change_places(model, prior_too):
    """Its group has one element beside the identity, and that moves all five."""
    ((words, one),) = found(model, {"y": generator.normal(size=30)}, frozenset([0])).items()
    assert words == "low ↔ high, narrow ↔ wide, share ↔ 1 - share"
    assert (one.kind, one.prior_too, len(one.entries)) == ("swap", prior_too, 5)


def test_signs_that_turn_together():
    """(a, b) and (-a, -b) have one product; so have (b, a), which the priors tell apart."""
    here = found(Product, XY)
    assert {w: s.prior_too for w, s in here.items()} == {"a ↔ b": False, "a ↔ -a, b ↔ -b": True}


def test_labels_change_places_in_all_that_have_them():
    here = found(Units, XY | {"one": np.zeros(30), "two": np.zeros(30)})
    swap = "one ↔ two of unit (into, out)"
    signs = [f"into[{u}] ↔ -into[{u}], out[{u}] ↔ -out[{u}]" for u in ("one", "two")]
    assert {*here} >= {swap, *signs}
    assert here[swap].entries == ("into[one]", "into[two]", "out[one]", "out[two]")
    assert all(each.prior_too for words, each in here.items() if words in (swap, *signs))


def test_no_symmetry_where_there_is_none():
    table = {"y": XY["y"], "u": X, "v": X**2}
    assert found(Linear, table) == {}
    assert found(Product, XY, frozenset()) == {}


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "leaky_relu"])
def test_hidden_units(name):
    """They change places whatever the activation; their signs turn if it is odd, as tanh is."""

    class Net(bb.Model):
        """Two hidden layers."""

        outcome = "y"
        f = bb.mlp(1, 3, 2, 1, activation=getattr(bn, name))

        def likelihood(self, x):
            return bb.Normal(self.f(x), 1.0)

    bound = bind(Net, XY)
    at = generator.normal(size=(8, bound.layout.size))
    held = symmetric(bound, at, hidden_units(bound.layout))
    assert all(each.prior_too for each in held)
    kinds = [each.kind for each in held]
    assert kinds.count("swap") == 2 + 1
    assert kinds.count("sign") == (3 + 2 if name == "tanh" else 0)


def test_an_involution_undoes_itself():
    layout = bind(Mixture, {"y": [0.0, 1.0]}).layout
    points = generator.uniform(size=(4, 3, layout.size))
    for move in elementary(layout):
        assert np.abs(move.image(move.image(points)) - points).max() < 1e-15
        same = np.abs(move.image(points) - points).max(axis=(0, 1)) == 0
        assert {*np.flatnonzero(~same)} == {*move.moved}
    one, other = Involution("a", swapped=((0, 1),)), Involution("b", reflected=((2, 0.5),))
    both = together([one, other])
    assert both.image(np.array([1.0, 2.0, 0.2])) == pytest.approx([2.0, 1.0, 0.8])
    assert both.contains(other)
    assert not one.contains(other)


def test_what_is_left_without_sign_and_order():
    layout = bind(Mixture, {"y": [0.0, 1.0]}).layout
    change = Involution("", ((0, 1),), ((4, 0.5),))
    flat = np.array([[[3.0, -1.0, 7.0, 8.0, 0.2]]])
    left = without(layout, flat, [Symmetry(change, (), True)])
    assert left[0, 0] == pytest.approx([-1.0, 3.0, 7.0, 8.0, 0.3])
    signed = [Symmetry(Involution("", reflected=((1, 0.0),)), (), True)]
    left = without(layout, flat, [Symmetry(change, (), True), *signed])
    assert left[0, 0] == pytest.approx([1.0, 3.0, 7.0, 8.0, 0.3])  # signs go around with places


def wave(*centres, draws=300):
    return {"a": np.stack([generator.normal(c, 0.004, size=draws) for c in centres])}


def test_chains_on_both_sides_are_relabelled():
    draws = wave(0.583, -0.583, -0.583, 0.583)
    judged = judged_by(bind(Wave, XY), draws)
    assert judged.mirrored == ("a",)
    assert [each.words for each in judged.symmetries] == ["a ↔ -a"]
    assert judged.r_hat["a"] > 1.5
    assert judged.predicted < R_HAT
    assert worst(convergence(judged.quantities))[0] < R_HAT
    assert (judged.quantities["a"] == np.abs(draws["a"])).all()
    assert "relabelling: R-hat of a is 1." in judged.words
    assert "a ↔ -a leaves likelihood and prior as they are" in judged.words
    assert judged.diagnostics["r_hat_relabelled"] == judged.r_hat["a"]
    # Every prediction, though the draws are no whole number of pieces.
    assert draws["a"].size % PIECE
    predicted = judged.quantities["predicted loc"]
    assert predicted.shape == (4, 300, 20)
    some = X[np.linspace(0, 29, 20).astype(int)]
    assert np.abs(predicted - np.cos(draws["a"][..., None] * some)).max() < 1e-14


def test_nothing_is_compiled_anew_as_draws_grow():
    from bayesbench.fit.at_draws import _arguments, _parts, _rows

    bound = bind(Wave, XY)
    judged_by(bound, wave(0.583, -0.583, draws=250))
    before = [program._cache_size() for program in (_arguments, _rows, _parts)]
    judged_by(bound, wave(0.583, -0.583, draws=500))
    judged_by(bound, wave(0.583, -0.583, draws=1250))
    assert [program._cache_size() for program in (_arguments, _rows, _parts)] == before


def test_a_chain_that_predicts_differently_still_fails():
    judged = judged_by(bind(Wave, XY), wave(0.583, -0.583, 1.21))
    assert judged.mirrored == ("a",)
    assert judged.predicted > 1.1
    assert worst(convergence(judged.quantities))[0] > 1.1
    assert judged.words == "of a without sign and the predicted loc at 20 rows"


def test_a_prior_that_tells_the_images_apart_is_no_relabelling():
    draws = wave(0.583, -0.583)
    judged = judged_by(bind(Shifted, XY), draws)
    assert (judged.quantities["a"] == draws["a"]).all()
    assert judged.mirrored == ()
    assert [each.prior_too for each in judged.symmetries] == [False]
    assert judged.predicted < R_HAT
    assert "r_hat_predicted" in judged.diagnostics


def test_nothing_is_tried_where_chains_agree(monkeypatch):
    from bayesbench.fit import judged as module

    monkeypatch.setattr(module, "symmetries", None)
    draws = wave(0.583, 0.583)
    judged = judged_by(bind(Wave, XY), draws)
    assert judged.quantities == draws
    assert (judged.words, judged.mirrored, judged.symmetries) == ("", (), ())


def test_components_are_judged_in_order():
    """Chains with the labels of a mixture either way: sorted means agree, and the density does."""
    one = {"low": -2.0, "high": 2.0, "narrow": 0.5, "wide": 1.0, "share": 0.3}
    other = {"low": 2.0, "high": -2.0, "narrow": 1.0, "wide": 0.5, "share": 0.7}
    noise = {name: 0.05 * generator.normal(size=(3, 250)) for name in one}
    draws = {
        name: np.array([[one[name]], [other[name]], [one[name]]]) + noise[name] for name in one
    }
    y = generator.normal(size=25)
    judged = judged_by(bind(Mixture, {"y": y}), draws)
    assert judged.mirrored == tuple(one)
    assert "(low, high), (narrow, wide) in ascending order" in judged.words
    assert "share as distance from 0.5" in judged.words
    assert judged.quantities["low"].mean() == pytest.approx(-2.0, abs=0.01)
    assert judged.quantities["share"].mean() == pytest.approx(0.2, abs=0.01)
    assert worst(convergence(judged.quantities))[0] < R_HAT
    at = {name: values[1, 7] for name, values in draws.items()}
    density = at["share"] * norm.pdf(y, at["low"], at["narrow"]) + (1 - at["share"]) * norm.pdf(
        y, at["high"], at["wide"]
    )
    seen = judged.quantities["predicted log_density"][1, 7]
    assert seen == pytest.approx(
        np.log(density)[np.unique(np.linspace(0, 24, 20).astype(int))], abs=1e-9
    )
