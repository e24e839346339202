"""The theory of the noise floor against all orders of a few rows, and the level of a series."""

import itertools

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from bayesbench.fit.noise_floor import parabola
from bayesbench.fit.stationary import level

N = 6
GENERATOR = np.random.default_rng(0)
MIXED = GENERATOR.normal(size=(2, 2))
HESSIAN = MIXED @ MIXED.T + np.eye(2)  # shares no eigenvectors with the scores' covariance
SCORES = GENERATOR.normal(size=(N, 2)) @ np.array([[1.0, 0.7], [0.0, 0.5]])
SCORES -= SCORES.mean(axis=0)


def _gap(covariance):
    return 0.5 * np.trace(HESSIAN @ covariance)


def _means(orders):
    """The mean over all orders of the squared distance after each step of a pass from zero."""
    return [np.mean([np.outer(d, d) for d in place], axis=0) for place in zip(*orders, strict=True)]


@pytest.mark.parametrize("per", [1, N])
@pytest.mark.parametrize("size", [1, 2, 4, 5])
@pytest.mark.parametrize("share", [0.1, 0.65])  # of the limit: below and above 1/λ
def test_floors_against_all_orders_of_six_rows(per, size, share):
    rate = share * 2 * per / np.linalg.eigvalsh(HESSIAN)[-1]
    around = parabola(HESSIAN, SCORES, per)
    shrink, step = np.eye(2) - rate * HESSIAN / per, rate * N / per

    batches = [SCORES[list(rows)].mean(axis=0) for rows in itertools.combinations(range(N), size)]
    noise = np.mean([np.outer(step * e, step * e) for e in batches], axis=0)
    floor = _gap(solve_discrete_lyapunov(shrink, noise))
    assert around.floor(rate, size, "independent") == pytest.approx(floor, rel=1e-11)

    def ways():
        for order in itertools.permutations(range(N)):
            distance = np.zeros(2)
            way = [distance]
            for first in range(0, N, size):
                mean = SCORES[list(order[first : first + size])].mean(axis=0)
                distance = shrink @ distance + step * mean
                way.append(distance)
            yield way

    *before, after = _means(ways())
    whole = np.linalg.matrix_power(shrink, len(before))
    start = solve_discrete_lyapunov(whole, after)
    gaps = []
    for t, within in enumerate(before):
        kept = np.linalg.matrix_power(shrink, t)
        gaps.append(_gap(kept @ start @ kept.T + within))
    assert around.floor(rate, size, "reshuffled") == pytest.approx(np.mean(gaps), rel=1e-11)


def _line(n=10_000, curvature=2000.0):
    scores = np.random.default_rng(1).normal(size=(n, 1))
    return parabola(np.array([[curvature]]), scores - scores.mean(), 1)


def test_the_scaling_of_independent_draws():
    around, n = _line(), 10_000
    sizes = np.array([1, 5, 10, 100, 1000, 5000, 8000, n])
    floors = np.array([around.floor(1e-5, size, "independent") for size in sizes])
    scaling = (1 / sizes) * (1 - sizes / n)
    assert floors[:-1] / floors[0] == pytest.approx(scaling[:-1] / scaling[0], rel=1e-12)
    assert floors[-1] == 0
    # A small rate: η c² s / (4 per step of the noise), the diffusion of Mandt et al. 2017.
    small = 1e-9
    expected = small * n**2 * around.spread[0] * scaling[0] / 4
    assert around.floor(small, 1, "independent") == pytest.approx(expected, rel=1e-5)


def test_where_reshuffling_lowers_the_floor_and_where_not():
    around = _line()  # 1/λ = 5e-4, where a step forgets everything before it

    def ratio(rate, size):
        return around.floor(rate, size, "reshuffled") / around.floor(rate, size, "independent")

    assert ratio(1e-4, 5000) < 0.25
    assert ratio(1e-5, 5000) < 0.025
    assert ratio(1e-4, 1) == pytest.approx(1, abs=1e-3)
    assert ratio(5e-4, 5000) == pytest.approx(1, rel=1e-12)
    assert ratio(9e-4, 5000) > 1.5
    assert ratio(1e-4, 8000) > 5  # its last batch has 2,000 rows


def test_the_limit_and_the_memory():
    around = _line()
    assert around.limit == pytest.approx(1e-3, rel=1e-15)
    assert around.memory(1e-6) == pytest.approx(-1 / np.log(0.998))
    assert around.memory(5e-4) == 0
    for rate in (around.limit, 1.1e-3):
        assert np.isinf(around.memory(rate))
        assert np.isnan(around.floor(rate, 10, "independent"))
        assert np.isnan(around.floor(rate, 10, "reshuffled"))
    assert parabola(np.diag([1.0, 0.0]), SCORES, 1) is None
    assert parabola(np.eye(2) * np.nan, SCORES, 1) is None


def test_a_level_with_its_error():
    generator, a, count = np.random.default_rng(2), 0.9, 200
    errors, apart = [], []
    for _ in range(count):
        series = np.zeros(2000)
        for t, shock in enumerate(generator.normal(size=1999)):
            series[t + 1] = a * series[t] + shock
        found = level(series, 50, memory=-1 / np.log(a))
        if found is not None:
            errors.append(found.error)
            apart.append(found.mean / found.error)
    # Those refused as moving are few, and the error is that of an AR(1) mean, 1/((1-a)√T).
    assert len(errors) >= 0.97 * count
    truth = 1 / ((1 - a) * np.sqrt(1950))
    assert np.mean(errors) == pytest.approx(truth, rel=0.15)
    # Student's t with 19 degrees of freedom scatters by 1.06; blocks of five correlation
    # times are not quite independent, and their errors a tenth too small.
    assert np.std(apart) == pytest.approx(1.06 * 1.1, abs=4 * 1.17 / np.sqrt(2 * count))


def test_no_level_where_there_is_none():
    noise = np.random.default_rng(3).normal(size=400)
    assert level(noise + np.linspace(0, 5, 400), 0) is None
    assert level(np.exp(-np.arange(400) / 60) + 0.001 * noise, 0) is None
    assert level(noise, 390, memory=5) is None
    assert level(noise, np.inf) is None
    assert level(noise, 0, memory=np.inf) is None
    # Whole periods: the mean over a pass does not depend on where the rest begins.
    waves = np.tile([0.0, 1.0, 5.0], 100)
    found = level(waves, 1, period=3)
    assert (found.mean, found.error) == (2.0, 0.0)
    gaps = np.where(np.arange(400) % 2, noise, np.nan)
    assert abs(level(gaps, 0).mean) < 5 * level(gaps, 0).error
