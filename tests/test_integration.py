"""Quadrature against another integrator in higher precision."""

import mpmath
import pytest

import bayesbench as bb
from small_models import Gaussian, PositiveMean


def test_coin_against_mpmath():
    def kernel(theta):
        return theta**3 * (1 - theta) ** 4 * mpmath.exp(-((theta - mpmath.mpf(1) / 2) ** 2) * 5)

    with mpmath.workdps(30):
        prior = mpmath.quad(lambda t: mpmath.exp(-((t - mpmath.mpf(1) / 2) ** 2) * 5), [0, 0.5, 1])
        moments = [
            mpmath.quad(lambda t, k=k: kernel(t) * t**k, [0, 0.25, 0.5, 0.75, 1]) for k in (0, 1, 2)
        ]
        mean = moments[1] / moments[0]
        sd = mpmath.sqrt(moments[2] / moments[0] - mean**2)
        log_evidence = mpmath.log(moments[0] / prior)
    coin = bb.load("coin")
    found = bb.quadrature(coin, coin.example())
    assert abs(found.mean - float(mean)) < 1e-12
    assert abs(found.sd - float(sd)) < 1e-12
    assert abs(found.log_evidence - float(log_evidence)) < 1e-12
    assert abs(found.log_evidence - -5.4077243640) < 1e-10


def test_curves_enclose_one():
    import numpy as np

    for model, data in ((bb.load("coin"), {"toss": [1, 0, 1]}), (PositiveMean, {"y": [0.3, 0.2]})):
        curves = bb.quadrature(model, data).curves
        for name in ("posterior", "likelihood"):
            assert np.trapezoid(curves[name], curves["value"]) == pytest.approx(1, abs=2e-3)


def test_only_one_parameter():
    assert bb.quadrature(Gaussian, {"y": [1.0, 2.0]}) is None
