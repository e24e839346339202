"""What is said of a sampler's draws: the rules on draws whose faults are known."""

from dataclasses import replace

import numpy as np
import pytest
from arviz_stats.base import array_stats

import bayesbench as bb
from bayesbench import numpy as bn
from bayesbench.binding import bind
from bayesbench.diagnose.sampling import stuck_chain
from bayesbench.diagnose.sampling.divergences import where
from bayesbench.diagnose.sampling.energy import bfmi
from bayesbench.fit.chains import convergence
from bayesbench.fit.record import Fit, Status
from small_models import Gaussian

CHAINS, DRAWS = 4, 1000
XY = {"x": np.linspace(0.3, 10, 30), "y": np.cos(0.583 * np.linspace(0.3, 10, 30))}


class Wave(bb.Model):
    """A cosine, which is even."""

    outcome = "y"
    a = bb.parameter(bb.Normal(0, 2))

    def likelihood(self, x):
        return bb.Normal(bn.cos(self.a * x), 0.1)


class Shifted(Wave):
    """The prior is not even."""

    a = bb.parameter(bb.Normal(0.5, 2))


class Funnel(bb.Model):
    """Neal's (2003) funnel: each effect is within `spread` of zero, and the prior is wide.

    As the Normal integrates to one over the effects, nothing is told of the spread.
    """

    outcome = "y"
    spread = bb.parameter(bb.HalfNormal(2))
    effect = bb.parameter(bb.Normal(0, 100), dims="g")

    def likelihood(self, g=bb.levels()):
        return bb.Normal(self.effect[g], self.spread)


def drawn(model, data, draws, **given):
    """A fit with such draws, and with statistics of a sampler that had no trouble."""
    generator = np.random.default_rng(1)
    shape = next(iter(draws.values())).shape[:2]
    usual = {
        "energy": generator.normal(size=shape),
        "potential_energy": np.zeros(shape),
        "diverging": np.zeros(shape, dtype=bool),
        "num_steps": np.full(shape, 7),
        "accept_prob": np.full(shape, 0.85),
    }
    return Fit(
        method="posterior",
        bound=bind(model, data),
        objective="the log-posterior",
        scale="unconstrained",
        settings={"draws": DRAWS, "target_accept": 0.8, "max_tree_depth": 10},
        status=Status("converged", "converged."),
        draws=model(**draws),
        statistics=usual | given,
    )


def gaussian(seed=0, **given):
    """Independent draws of a mean and a positive sd, or those given in their place."""
    generator = np.random.default_rng(seed)
    shape = (CHAINS, DRAWS)
    draws = {"mean": generator.normal(size=shape), "sd": np.abs(generator.normal(size=shape))}
    statistics = {name: given.pop(name) for name in [*given] if name not in draws}
    return drawn(Gaussian, {"y": [0.0, 1.0, 2.0]}, draws | given, **statistics)


def said(fit):
    return {finding.rule: finding for finding in fit.findings}


def autoregressive(rho, seed=0):
    """Draws each of which is ρ times the one before, and noise: Normal(0, 1) all the same."""
    generator = np.random.default_rng(seed)
    made = generator.normal(size=(CHAINS, DRAWS))
    for k in range(1, DRAWS):
        made[:, k] = rho * made[:, k - 1] + np.sqrt(1 - rho**2) * made[:, k]
    return made


def test_good_draws_are_told_to_be_good():
    fit = gaussian()
    found = said(fit)
    assert {*found} == {"r_hat", "effective_sample_size"}
    assert all(finding.severity == "ok" for finding in found.values())
    judged = convergence(fit.draws.values)
    largest = max(float(each["r_hat"]) for each in judged.values())
    assert found["r_hat"].evidence["r_hat"] == pytest.approx(largest, abs=1e-12)
    least = min(float(each[n]) for each in judged.values() for n in ("ess_bulk", "ess_tail"))
    assert found["effective_sample_size"].evidence["ess"] == pytest.approx(least, abs=1e-9)


def test_other_fits_have_none_of_it():
    assert replace(gaussian(), method="laplace").findings == []
    assert replace(gaussian(), draws=None).findings == []


def test_how_many_draws_would_do():
    """An autoregression of ρ = 0.9 has an ESS of N (1 - ρ) / (1 + ρ): 211 of 4,000.

    Four chains estimate it to a factor of two: the variance of eight halves' means is that rough.
    """
    fit = gaussian(mean=autoregressive(0.9, seed=2))
    finding = said(fit)["effective_sample_size"]
    evidence = finding.evidence
    assert (finding.severity, evidence["quantity"], evidence["of"]) == ("warning", "mean", "bulk")
    assert 0.5 < evidence["ess"] / (4000 / 19) < 2
    assert 0 <= evidence["draws_wanted"] - 1.1 * 1000 * 400 / evidence["ess"] < 100
    assert "mean is known to ±" in finding.message
    assert f"draws={evidence['draws_wanted']}" in finding.remedy
    late = said(replace(fit, diagnostics={"stopped": "0.01 minutes"}))
    assert late["effective_sample_size"].remedy.endswith("would do: allow more minutes.")


def test_a_wandering_chain_has_a_large_r_hat():
    fit = gaussian(sd=np.exp(autoregressive(0.999)))
    finding = said(fit)["r_hat"]
    assert finding.severity == "warning"
    assert finding.evidence["quantity"] == "sd"
    value = float(convergence({"sd": fit.draws.sd})["sd"]["r_hat"])
    assert finding.evidence["r_hat"] == pytest.approx(value, abs=1e-12)
    assert "effective_sample_size" not in said(fit)  # of chains that disagree it means nothing


def test_divergences_are_located():
    """All of the 23 lie where the sd is below 0.05, as 4% of a half-Normal's draws do."""
    fit = gaussian()
    low = np.argwhere(fit.draws.sd < 0.05)
    diverging = np.zeros((CHAINS, DRAWS), dtype=bool)
    diverging[tuple(low[:: len(low) // 23][:23].T)] = True
    finding = said(replace(fit, statistics={**fit.statistics, "diverging": diverging}))[
        "divergences"
    ]
    evidence = finding.evidence
    assert (evidence["divergences"], evidence["parameter"], evidence["side"]) == (23, "sd", "below")
    assert evidence["edge"] == fit.draws.sd[diverging].max()
    assert evidence["share_of_draws"] == (fit.draws.sd <= evidence["edge"]).mean()
    assert evidence["share_of_draws"] == pytest.approx(0.04, abs=0.01)
    assert "All of the 23 have sd below 0.0" in finding.message
    assert "try 0.95" in finding.remedy


def test_divergences_in_both_tails_and_nowhere():
    generator = np.random.default_rng(3)
    entries = {name: generator.normal(size=(CHAINS, DRAWS)) for name in ("u", "v")}
    tails = np.abs(entries["v"]) > 2.4
    place = where(entries, tails)
    assert place is not None
    assert place.entry.startswith("|v - ")
    assert (place.below, place.of) == (False, tails.sum())
    assert where(entries, generator.uniform(size=(CHAINS, DRAWS)) < 0.01) is None
    assert where(entries, np.abs(entries["v"]) < 0.01) is None  # the middle is no place
    diverging = generator.uniform(size=(CHAINS, DRAWS)) < 0.01
    assert "all over the posterior" in said(gaussian(diverging=diverging))["divergences"].message


def test_energies_that_change_slowly():
    """Of an autoregression the mean squared change over the variance is 2 (1 - ρ)."""
    slow = autoregressive(0.9, seed=4)
    assert bfmi(slow) == pytest.approx(np.full(CHAINS, 0.2), abs=0.06)
    exact = np.square(np.diff(slow)).mean(axis=1) / slow.var(axis=1)
    assert bfmi(slow) == pytest.approx(exact, rel=0.01)
    by_arviz = array_stats.bfmi(slow, chain_axis=0, draw_axis=1)
    assert bfmi(slow) == pytest.approx(np.ravel(by_arviz), rel=1e-12)
    fit = gaussian(energy=slow, mean=slow + 0.5 * np.random.default_rng(0).normal(size=slow.shape))
    finding = said(fit)["energy"]
    assert finding.evidence["bfmi"] == pytest.approx(exact, rel=0.01)
    assert finding.evidence["parameter"] == "mean"
    # Two Normals that correlate by r have a rank correlation of 6/π asin(r/2).
    r = 1 / np.hypot(1, 0.5)
    assert finding.evidence["rank_correlation"] == pytest.approx(
        6 / np.pi * np.arcsin(r / 2), abs=0.02
    )
    assert "energy" not in said(gaussian(energy=autoregressive(0.8)))  # 0.4


@pytest.mark.parametrize(("cut", "severity"), [(400, "warning"), (4, "info")])
def test_trees_at_their_largest_depth(cut, severity):
    steps = np.ones(CHAINS * DRAWS, dtype=int)
    steps[:cut] = 3
    fit = gaussian(num_steps=steps.reshape(CHAINS, DRAWS))
    assert "tree_depth" not in said(fit)
    finding = said(replace(fit, settings={**fit.settings, "max_tree_depth": 2}))["tree_depth"]
    assert (finding.severity, finding.evidence["saturated"]) == (severity, cut)
    assert f"{cut} of 4,000 trajectories ({cut / 4000:.1%}) were cut off at 3 steps" in str(finding)
    assert "max_tree_depth=4" in finding.remedy


def test_a_chain_that_never_moved_is_named():
    generator = np.random.default_rng(0)
    mean, sd = generator.normal(size=(2, CHAINS, DRAWS))
    mean[2], sd[2], accepted = 7.0, -1.0, np.full((CHAINS, DRAWS), 0.8)
    accepted[2] = 0
    fit = gaussian(mean=mean, sd=np.exp(sd), accept_prob=accepted)
    found = said(fit)
    assert found["stuck_chain"].evidence == {"chains": [3], "accept_prob": 0.0}
    assert found["stuck_chain"].message.startswith("Chain 3 never moved: all of its 1,000 steps")
    assert found["r_hat"].severity == "warning"


@pytest.mark.parametrize("moving", [0, 1])
def test_chains_none_of_which_moved_are_in_no_modes(moving):
    mean = np.repeat(np.arange(4.0)[:, None], DRAWS, axis=1)
    mean[:moving] = np.random.default_rng(0).normal(size=(moving, DRAWS))
    chains = list(range(moving))
    assert stuck_chain.modes({"mean": mean}, chains, np.zeros((CHAINS, DRAWS))) is None


@pytest.mark.parametrize(("lower", "words"), [(300.0, "next to no mass"), (1.0, "several modes")])
def test_a_chain_in_another_mode_is_named(lower, words):
    mean = np.random.default_rng(0).normal(size=(CHAINS, DRAWS))
    mean[1] += 20
    potential = np.zeros((CHAINS, DRAWS))
    potential[1] = lower
    fit = gaussian(mean=mean, potential_energy=potential)
    finding = said(fit)["stuck_chain"]
    assert finding.evidence["groups"] == [[1, 3, 4], [2]]
    assert finding.evidence["log_density_lower_by"] == [lower]
    assert finding.evidence["means"] == pytest.approx([0, 20], abs=0.1)
    assert finding.evidence["r_hat_without"] < 1.01
    assert finding.message.startswith("Chain 2 sits at mean = 19.99")
    assert words in finding.message


def test_two_against_two_name_the_lower_ones():
    mean = np.random.default_rng(0).normal(size=(CHAINS, DRAWS)) + 9.0 * np.array([[0, 1, 1, 0]]).T
    potential = np.zeros((CHAINS, DRAWS))
    potential[[0, 3]] = 20
    finding = said(gaussian(mean=mean, potential_energy=potential))["stuck_chain"]
    assert finding.evidence["groups"] == [[2, 3], [1, 4]]


def waves(*centres):
    generator = np.random.default_rng(2)
    return {"a": np.stack([generator.normal(c, 0.004, size=300) for c in centres])}


def test_relabelling_is_not_failure():
    found = said(drawn(Wave, XY, waves(0.583, -0.583, 0.583)))
    finding = found["relabelling"]
    assert finding.severity == "info"
    assert finding.evidence["r_hat"] > 1.5
    assert finding.evidence["r_hat_of_predictions"] < 1.01
    assert "a ↔ -a leaves likelihood and prior as they are" in finding.message
    assert "chain 2 at a = -0.583" in finding.message
    assert found["r_hat"].severity == "ok"
    assert "stuck_chain" not in found


def test_a_chain_at_another_frequency_fails_and_is_named():
    draws = waves(0.583, -0.583, 1.21)
    potential = np.zeros((3, 300))
    potential[2] = 1500
    found = said(drawn(Wave, XY, draws, potential_energy=potential))
    assert found["stuck_chain"].message.startswith("Chain 3 sits at a = 1.2")
    assert found["stuck_chain"].evidence["groups"] == [[1, 2], [3]]
    assert found["r_hat"].severity == "warning"
    assert "relabelling" not in found


def test_images_that_are_not_equally_probable():
    potential = np.zeros((2, 300))
    potential[1] = 0.29  # of the prior: ((0.583 + 0.5)² - (0.583 - 0.5)²) / 8
    found = said(drawn(Shifted, XY, waves(0.583, -0.583), potential_energy=potential))
    finding = found["relabelling"]
    assert finding.severity == "warning"
    assert "leaves the likelihood as it is, but not the prior" in finding.message
    assert "0.29 higher" in finding.message
    assert found["r_hat"].severity == "warning"
    assert found["r_hat"].remedy == ""  # more draws do not help
    assert "stuck_chain" not in found


def test_slow_chains_sit_in_no_images():
    """A parameter that nothing reads, with an uneven prior and slow draws, is just slow."""

    class Idle(Gaussian):
        """One more parameter."""

        idle = bb.parameter(bb.Normal(1, 1))

    generator = np.random.default_rng(0)
    draws = {
        "mean": generator.normal(size=(CHAINS, DRAWS)),
        "sd": np.exp(generator.normal(size=(CHAINS, DRAWS))),
        "idle": 1 + autoregressive(0.97),
    }
    found = said(drawn(Idle, {"y": [0.0, 1.0, 2.0]}, draws))
    assert "relabelling" not in found
    assert found["r_hat"].evidence["quantity"] == "idle"
    assert found["r_hat"].remedy.startswith("Run longer")


def test_one_chain_has_no_other_to_agree_with():
    found = said(drawn(Wave, XY, {"a": waves(0.583)["a"]}))
    assert {name: f.severity for name, f in found.items()} == {
        "r_hat": "warning",
        "effective_sample_size": "warning",  # of 300 draws
    }
    assert "chains=4" in found["r_hat"].remedy


def test_a_parameter_that_never_moved_is_named():
    found = said(gaussian(sd=np.ones((CHAINS, DRAWS))))
    assert found["r_hat"].severity == "warning"
    assert found["r_hat"].message.startswith("sd never moved in any chain")


def test_hidden_units_that_changed_places():
    class Net(bb.Model):
        """Two hidden units."""

        outcome = "y"
        f = bb.mlp(1, 2, 1)

        def likelihood(self, x):
            return bb.Normal(self.f(x), 0.3)

    generator = np.random.default_rng(0)
    layout = bind(Net, XY).layout
    centre = generator.normal(size=layout.size)
    flat = centre + 0.01 * generator.normal(size=(3, 400, layout.size))
    draws = layout.split(flat)
    for name, axis in (("f.weights1", 1), ("f.biases1", 0), ("f.weights2", 0)):
        draws[name][1] = np.flip(draws[name][1], axis=axis + 1)
    finding = said(drawn(Net, XY, draws))["relabelling"]
    assert finding.evidence["r_hat_of_weights"] > 1.5
    assert finding.evidence["r_hat_of_predictions"] < 1.01
    assert finding.evidence["swap"] == {"held": 1, "tried": 1}
    assert finding.evidence["sign"] == {"held": 2, "tried": 2}


def test_the_neck_of_a_funnel():
    """The sampler's own divergences: they are in the neck, where the spread is small."""
    data = {"g": np.arange(8), "y": np.zeros(8)}
    fit = bb.fit_posterior(Funnel, data, draws=300, warmup=150, chains=2, seed=1, progress=False)
    found = said(fit)
    evidence = found["divergences"].evidence
    assert evidence["divergences"] == fit.statistics["diverging"].sum() > 5
    assert (evidence["parameter"], evidence["side"]) == ("spread", "below")
    assert evidence["edge"] < 1
    assert not fit.converged
    made = bb.contrast(Funnel, data, methods=(), progress=False)
    told = replace(made, fits={"posterior": fit}).findings
    assert [f.rule for f in told][-len(found) :] == [*found]
