"""Coordinates of what has a loc and a scale: their formula, and how one of them is chosen."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import jax
import numpy as np
import numpyro
import pytest
from numpyro import distributions as dist
from numpyro.handlers import reparam
from numpyro.infer.reparam import LocScaleReparam
from numpyro.infer.util import log_density as numpyro_log_density

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.density import Pins, columns_in, constrain, unconstrain
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.parameterisation import (
    choose_parameterisation,
    location_scale,
    parameterisation_again,
    told_by_the_rest,
)
from bayesbench.libraries import jax_library, torch_library

EXACT = 1e-12
SCHOOLS = bb.load("eight_schools")
DATA = SCHOOLS.example()


class Funnel(bb.Model):
    """Neal's (2003), with a datum for each member; a member stands before its scale."""

    outcome = "y"
    x = bb.parameter(lambda m: bb.StudentT(5, m.centre, bn.exp(m.v / 2)), dims="k")
    centre = bb.parameter(bb.Normal(0, 1))
    v = bb.parameter(bb.Normal(0, 3))

    def likelihood(self, se, k=bb.levels()):
        return bb.Normal(self.x[k], se)


POINTS = {"k": ["a", "b", "c"], "y": [0.3, -1.0, 2.0], "se": [10.0, 1.0, 0.1]}


def _laid_out(bound, **centred):
    layout = bound.joint.layout
    return replace(bound.joint, layout=replace(layout, centred=tuple(centred.items())))


def _theirs_of_schools():
    mean = numpyro.sample("mean", dist.Normal(0, 5))
    spread = numpyro.sample("spread", dist.HalfCauchy(5))
    effect = numpyro.sample("effect", dist.Normal(mean, spread).expand([8]).to_event(1))
    numpyro.sample("y", dist.Normal(effect, np.array(DATA["se"])), obs=np.array(DATA["y"]))


def _theirs_of_the_funnel():
    centre = numpyro.sample("centre", dist.Normal(0, 1))
    v = numpyro.sample("v", dist.Normal(0, 3))
    own = dist.StudentT(5, centre, jax.numpy.exp(v / 2)).expand([3]).to_event(1)
    x = numpyro.sample("x", own)
    numpyro.sample("y", dist.Normal(x, np.array(POINTS["se"])), obs=np.array(POINTS["y"]))


@pytest.mark.parametrize("c", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    ("model", "data", "theirs", "name", "also"),
    [
        (SCHOOLS, DATA, _theirs_of_schools, "effect", []),
        (Funnel, POINTS, _theirs_of_the_funnel, "x", ["df"]),
    ],
    ids=["schools", "funnel"],
)
def test_the_density_is_that_of_loc_scale_reparam(model, data, theirs, name, also, c):
    bound = _laid_out(bind(model, data), **{name: c})
    target, none = log_posterior(bound, "unconstrained"), Pins.none(bound.layout.size)
    changed = reparam(theirs, config={name: LocScaleReparam(c, shape_params=also)})
    for z in np.random.default_rng(0).normal(0, 1.5, (4, bound.layout.size)):
        at = bound.layout.split(z)
        if c < 1:  # NumPyro leaves alone what is centred
            at[f"{name}_decentered"] = at.pop(name)
        given = at
        jacobian = 0.0
        if "spread" in given:
            jacobian, given["spread"] = given["spread"], np.exp(given["spread"])
        with jax.enable_x64(True):
            expected = float(numpyro_log_density(changed, (), {}, given)[0]) + jacobian
        assert abs(target.value(z, none) - expected) < 1e-10 * max(1, abs(expected))


@pytest.mark.parametrize("library", [torch_library, jax_library])
@pytest.mark.parametrize("c", [0.0, 0.6])
def test_the_jacobian_and_the_way_back(library, c):
    layout = _laid_out(bind(Funnel, POINTS), x=c).layout
    z = np.array([0.3, -0.7, 1.1, 0.4, -0.8])
    with jax.enable_x64(True):
        values, stretch = constrain(layout, library().array(z), library(), priors=True)
        back = np.asarray(unconstrain(layout, values, library(), priors=True))

        def flat(at):
            found, _ = constrain(layout, at, jax_library(), priors=True)
            return jax.numpy.concatenate([each.ravel() for each in found.values()])

        jacobian = jax.jit(jax.jacobian(flat))(z)
    assert np.abs(back - z).max() < EXACT
    sign, log_det = np.linalg.slogdet(np.asarray(jacobian))
    assert sign == 1
    assert abs(np.asarray(stretch).sum() - log_det) < EXACT
    scale = np.exp(z[4] / 2)
    expected = z[3] + scale ** (1 - c) * (z[:3] - c * z[3])
    assert np.abs(np.asarray(values["x"]) - expected).max() < EXACT


def test_the_density_of_the_values_is_the_same_in_all_coordinates():
    bound = bind(SCHOOLS, DATA)
    values = {"mean": 4.0, "spread": 2.5, "effect": np.linspace(-3, 9, 8)}
    found = []
    for c in (0.0, 0.5, 1.0):
        laid = _laid_out(bound, effect=c)
        target, none = log_posterior(laid, "unconstrained"), Pins.none(laid.layout.size)
        z = target.unconstrain(values)
        assert np.allclose(target.constrain(z, none)["effect"], values["effect"], rtol=EXACT)
        found.append(target.value(z, none) - np.log(target.slopes(z)).sum())
    assert np.ptp(found) < EXACT * abs(found[0])


class Every(bb.Model):
    """What can be non-centred, and what can't."""

    outcome = "y"
    fixed = bb.parameter(bb.Normal(0, 1))
    late = bb.parameter(lambda m: bb.Normal(m.heavy, 1.0))  # reads one that comes later
    scale = bb.parameter(bb.HalfNormal(1))
    heavy = bb.parameter(lambda m: bb.StudentT(4, m.fixed, m.scale))
    child = bb.parameter(lambda m: bb.Cauchy(m.heavy, m.late_scale))
    above = bb.parameter(lambda m: bb.Normal(m.fixed, m.scale), support=bb.positive)
    logs = bb.parameter(lambda m: bb.LogNormal(m.fixed, m.scale), support=bb.positive)
    late_scale = bb.parameter(bb.HalfNormal(1))
    flat = bb.parameter(bb.Flat())
    effect = bb.latent(lambda m: bb.Gumbel(m.child, m.scale), dims="g")
    rate = bb.latent(lambda m: bb.Gamma(2, m.scale), dims="g", support=bb.positive)

    def likelihood(self, g=bb.levels()):
        rest = self.fixed + self.late + self.heavy + self.child + self.above + self.logs + self.flat
        return bb.Normal(rest + self.effect[g] + self.rate[g], self.late_scale)


def test_what_has_a_loc_and_a_scale_of_its_own():
    bound = bind(Every, {"g": [0, 1], "y": [0.0, 1.0]})
    assert location_scale(bound.layout) == ("heavy", "child")
    assert location_scale(bound.joint.layout) == ("heavy", "child", "effect")
    assert location_scale(bind(bb.load("coin"), bb.load("coin").example()).layout) == ()
    assert dict(bound.joint.layout.centred) == {"effect": 0.0}
    assert bound.joint.joint.layout == bound.joint.layout
    assert bound.layout.centred == ()  # the scale of MAP and Laplace stays as it is


class Nested(bb.Model):
    """Groups in a region, and rows in groups."""

    outcome = "y"
    spread = bb.parameter(bb.HalfNormal(2))
    region = bb.parameter(lambda m: bb.Normal(0.0, m.spread))
    effect = bb.latent(lambda m: bb.Normal(m.region, 0.5), dims="g")

    def likelihood(self, g=bb.levels()):
        return bb.Normal(self.effect[g] + 0.2 * self.effect[(g + 1) % 3], 0.3)


def test_what_the_rest_tells_against_normal_formulae():
    """The groups' precision on the region, and a row's on each of the two effects it reads."""
    bound = _laid_out(
        bind(Nested, {"g": [0, 0, 0, 1, 2], "y": np.zeros(5)}), region=0.0, effect=0.0
    )
    z = np.array([np.log(1.5), 0.2, 0.5, -0.3, 0.1])
    patterns = np.array([(1, 1, *signs) for signs in product([1.0, -1.0], repeat=3)])
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        told = jax.jit(lambda signs: told_by_the_rest(bound.layout, z, signs, inputs, outcome))
        found = jax.vmap(told)(patterns)
    region, effect = (np.asarray(each) for each in found)
    assert np.abs(region - 3 / 0.5**2 * 1.5**2).max() < 1e-10
    # A row tells 0.3^-2 of its own group, and 0.04 times that of the next one.
    rows = np.array([3, 1, 1]) + 0.04 * np.array([1, 3, 1])
    assert np.abs(effect.mean(axis=0) - rows / 0.3**2 * 0.5**2).max() < 1e-10
    assert np.ptp(effect, axis=0).max() > 0.1  # one pattern alone has the other entries in it


def _groups(noise, rows=20, groups=50):
    """Rows of groups whose means have the spread 1."""
    generator = np.random.default_rng(5)
    g = np.repeat(np.arange(groups), rows)
    y = generator.normal(0, 1, groups)[g] + noise * generator.normal(size=len(g))
    return {"school": g + 100, "y": y, "se": np.full(len(g), noise)}


@pytest.mark.parametrize(
    ("model", "data", "chosen"),
    [
        (SCHOOLS, DATA, {"effect": 0.0}),
        (SCHOOLS, _groups(0.1, rows=4, groups=8), {"effect": 1.0}),
        (Funnel, POINTS | {"se": [10.0, 10.0, 10.0]}, {"x": 0.0}),
    ],
    ids=["weak", "strong", "funnel"],
)
def test_the_choice(model, data, chosen):
    bound = bind(model, data)
    found = choose_parameterisation(bound, seed=1)
    assert found.centred == chosen
    ((name, c),) = chosen.items()
    usual, least = found.told[name]
    assert 0 <= least <= usual <= 1
    assert (least > 0.5) == (c == 1.0)
    if c:  # rows with noise 0.1 know s² / (s² + 0.1² / 4) of a mean, and s is between 0.4 and 4
        assert 0.4**2 / (0.4**2 + 0.05**2) < least < usual < 4**2 / (4**2 + 0.05**2)
    assert found.bound.layout.centred == (() if c == 1.0 else ((name, 0.0),))
    assert f"{name} is sampled {'centred' if c else 'non-centred'}" in found.words
    assert f"gave {usual:.0%} of what is known" in found.words
    again = parameterisation_again(bound, found.resolved)
    assert again == found


def test_what_is_asked_for_is_taken_without_a_trial(monkeypatch):
    from bayesbench.fit import parameterisation

    monkeypatch.setattr(parameterisation, "_trial", None)
    found = choose_parameterisation(bind(SCHOOLS, DATA), asked={"effect": 0.5})
    assert (found.centred, found.told) == ({"effect": 0.5}, {})
    assert found.words == "effect is sampled with the centredness 0.5, as asked."
    assert choose_parameterisation(bind(bb.load("coin"), bb.load("coin").example())).words == ""


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("effect", r"centred: found 'effect', expected by name, how centred"),
        ({"efect": 0}, r"centred: found 'efect'.*did you mean 'effect'"),
        ({"mean": 0}, r"centred: found 'mean'.*a loc and a scale that read others; there are"),
        ({"effect": 1.5}, r"centred, for effect: found 1.5, expected a number from 0 to 1"),
        ({"effect": "yes"}, r"centred, for effect: found 'yes'"),
        ({"effect": float("nan")}, r"centred, for effect: found nan"),
    ],
)
def test_what_cannot_be_asked_for(asked, sentence):
    with pytest.raises(bb.BadInput, match=sentence):
        choose_parameterisation(bind(SCHOOLS, DATA), asked=asked)


def test_a_run_that_goes_on_keeps_its_coordinates():
    from bayesbench.fit.checkpoint import Checkpoint
    from bayesbench.fit.preparation import coordinates

    bound = bind(SCHOOLS, DATA)
    kept = {"parameterisation": {"centred": {"effect": 0.0}, "told": {"effect": [0.1, 0.02]}}}
    before = Checkpoint(Path("kept"), {}, kept)
    for asked in (None, {"effect": 0}):
        found = coordinates(bound, asked, seed=0, start=None, before=before)
        assert found.resolved == kept["parameterisation"]
        assert found.bound.layout.centred == (("effect", 0.0),)
    with pytest.raises(bb.BadInput, match=r"differ in the centredness of effect \(0.0\)"):
        coordinates(bound, {"effect": 1}, seed=0, start=None, before=before)
