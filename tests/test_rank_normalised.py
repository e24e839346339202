"""The judgement of chains, against ArviZ's, one quantity at a time."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesbench.fit.chains import TAIL, convergence, r_hat, worst

AXES = {"chain_axis": 0, "draw_axis": 1}


def _correlated(chains, draws, rho, seed=0):
    """Draws of a stationary autoregression of the first order."""
    generator = np.random.default_rng(seed)
    made = generator.normal(size=(chains, draws))
    for t in range(1, draws):
        made[:, t] = rho * made[:, t - 1] + np.sqrt(1 - rho**2) * made[:, t]
    return made


def _apart(draws, at):
    return draws + at * np.arange(len(draws))[:, None]


CASES = {
    "independent": _correlated(4, 1000, 0.0),
    "slow": _correlated(4, 1000, 0.95),
    "antithetic": _correlated(4, 1000, -0.7),
    "slower than the chains are long": _correlated(3, 50, 0.999),
    "an odd number": _correlated(4, 251, 0.3),
    "another middle": _apart(_correlated(4, 500, 0.2), 0.1),
    "another scale": _correlated(4, 500, 0.2) * np.array([1.0, 1.0, 1.0, 3.0])[:, None],
    "heavy tails": np.random.default_rng(1).standard_cauchy((4, 500)),
    "ties": np.round(_correlated(4, 500, 0.5)),
    "two values": np.sign(_correlated(4, 500, 0.5)),
    "zero and one, seldom one": (_correlated(4, 500, 0.0) > 2.5).astype(float),
    "far from zero": 1e6 + _correlated(4, 500, 0.5),
    "a chain that stands": np.concatenate([_correlated(3, 200, 0.1), np.zeros((1, 200))]),
    "without end": np.where(_correlated(4, 200, 0.1) > 2, np.inf, _correlated(4, 200, 0.1)),
    **{f"{n} draws": _correlated(2, n, 0.3, seed=n) for n in range(4, 14)},
}


def by_arviz(draws):
    with np.errstate(all="ignore"):
        return {
            "r_hat": array_stats.rhat(draws, **AXES),
            "ess_bulk": array_stats.ess(draws, method="bulk", **AXES),
            "ess_tail": array_stats.ess(draws, method="tail", prob=TAIL, **AXES),
            "mcse_mean": array_stats.mcse(draws, method="mean", **AXES),
            "mcse_sd": array_stats.mcse(draws, method="sd", **AXES),
        }


@pytest.mark.parametrize("case", CASES)
def test_the_same_numbers_as_arviz(case):
    draws = CASES[case]
    found = convergence({"x": draws})["x"]
    for name, number in by_arviz(draws).items():
        assert found[name] == pytest.approx(float(number), rel=1e-10, nan_ok=True), name


def test_many_quantities_have_the_shape_of_the_rest():
    draws = np.stack([CASES["independent"], CASES["slow"], CASES["antithetic"]] * 2, axis=-1)
    draws = draws.reshape(4, 1000, 3, 2)
    for name, numbers in convergence({"x": draws})["x"].items():
        assert numbers.shape == (3, 2)
        for place in np.ndindex(3, 2):
            alone = convergence({"x": draws[..., *place]})["x"][name]
            assert numbers[place] == pytest.approx(float(alone), rel=1e-10)


def test_what_never_moves_has_no_r_hat():
    found = convergence({"x": np.full((4, 100), 0.3)})
    expected = by_arviz(np.full((4, 100), 0.3))
    assert np.isnan(found["x"]["r_hat"])
    assert np.isnan(expected["r_hat"])
    assert found["x"]["ess_bulk"] == expected["ess_bulk"] == 400
    assert np.isnan(worst(found)[0])


def test_one_nan_among_the_draws_is_seen_in_its_quantity_alone():
    draws = np.stack([CASES["independent"], CASES["independent"]], axis=-1)
    draws[2, 17, 0] = np.nan
    for numbers in convergence({"x": draws})["x"].values():
        assert np.isnan(numbers[0])
        assert np.isfinite(numbers[1])


def test_a_single_chain_is_compared_with_itself():
    one = CASES["slow"][:1]
    halves = np.stack([one[0, :500], one[0, 500:]])
    assert r_hat(one) == pytest.approx(float(array_stats.rhat(halves, **AXES)), rel=1e-12)
    ess = convergence({"x": one})["x"]["ess_bulk"]
    assert ess == pytest.approx(float(array_stats.ess(one, **AXES)), rel=1e-10)


def test_too_few_draws_have_no_r_hat():
    assert np.isnan(r_hat(CASES["independent"][:1, :7]))
    assert np.isnan(r_hat(CASES["independent"][:, :3]))
