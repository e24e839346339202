"""The product of many densities, and the sum of their logarithms."""

import math

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
from bayesbench.underflow import underflow


def test_where_a_product_of_halves_vanishes():
    """2^-1074 is the smallest float64 above zero; half of it is rounded to zero (IEEE 754)."""
    found = underflow(np.log([0.5, 0.5, 0.5]))
    assert found.zero_at == 1075
    assert found.product[1073] == math.ulp(0.0)
    assert found.product[1074] == 0.0
    assert found.log_sum[1074] == pytest.approx(-1075 * math.log(2), rel=1e-12)
    assert (found.rows, found.repeated, len(found.n)) == (3, True, 2000)
    assert found.n[found.zero_at - 1] == found.zero_at


def test_rows_begin_again_and_are_cut():
    logs = np.array([-1.0, -2.0])
    found = underflow(logs, most=5)
    assert np.allclose(found.log_sum, [-1, -3, -4, -6, -7], rtol=1e-15)
    assert np.allclose(found.product, np.exp([-1, -3, -4, -6, -7]), rtol=1e-14)
    assert (found.zero_at, found.repeated) == (None, False)
    assert len(underflow(np.zeros(7), most=3).n) == 3


def test_a_product_that_overflows_is_nowhere_zero():
    found = underflow(np.full(4, 300.0), most=4)
    assert np.isinf(found.product[-1])
    assert (found.zero_at, found.log_sum[-1]) == (None, 1200.0)


def test_the_gaussian_tells_it_of_its_own_rows_repeated():
    gaussian = bb.load("gaussian")
    y = gaussian.example()["y"]
    made = bb.contrast(gaussian, gaussian.example(), methods=("mle",))
    (said,) = [f for f in made.findings if f.rule == "underflow"]
    densities = np.resize(stats.norm.pdf(y, y.mean(), y.std()), 2000)
    product, n = 1.0, 0
    while product > 0:
        product, n = product * densities[n], n + 1
    assert said.evidence["zero_at"] == n
    assert said.evidence["log_sum"] == pytest.approx(np.log(densities[:n]).sum(), rel=1e-12)
    assert said.severity == "info"
    assert f"from {n:,} rows on (these 20 again and again)" in said.message


@pytest.mark.parametrize(("n", "said"), [(1000, False), (1200, True)])
def test_other_models_tell_it_where_their_own_data_underflow(n, said):
    coin = bb.load("coin")
    made = bb.contrast(coin, {"toss": [0, 1] * (n // 2)}, methods=("mle",))
    found = [f for f in made.findings if f.rule == "underflow"]
    assert len(found) == said
    # The 1,075th half is a tie that IEEE 754 rounds to zero; the estimate's last bit, which
    # differs between processors, may lift it to one row more.
    assert all(f.evidence["zero_at"] in (1075, 1076) for f in found)
    assert all(f"from {f.evidence['zero_at']:,} rows on (of 1,200)" in f.message for f in found)
