"""Numbers are shown with the digits that can matter."""

import math

import pytest

from bayesbench.digits import fixed, places


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.447213, "0.4472"),
        (-9.98104, "-9.9810"),
        (12.70771, "12.708"),
        (2791.5698, "2791.6"),
        (271135.3779, "271135"),
        (1.5e8, "1.5e+08"),
        (3.21e-05, "3.21e-05"),
        (0.0, "0.0000"),
        (math.inf, "inf"),
    ],
)
def test_a_number_by_itself(value, shown):
    assert fixed(value) == shown


def test_more_are_asked_for():
    assert fixed(-5.40772436401, 10) == "-5.4077243640"


@pytest.mark.parametrize(
    ("values", "errors", "shown"),
    [
        ((0.447213, 0.4286), (0.142319, 0.18), 4),
        ((212.6837, 214.3), (6.5368, 9.2), 2),
        ((9.981, 12.7077), (2.0, 3.9), 3),  # of the largest, so that points stand below points
        ((271135.3779,), (3507.9787,), 0),
        ((271135.3779,), (0.0213,), 3),
        ((0.0000251,), (0.0000012,), 7),
        ((0.0,), (0.0,), 4),
        ((7.1424, math.nan), (math.nan,), 4),
    ],
)
def test_numbers_side_by_side_have_the_same_decimals(values, errors, shown):
    assert places(values, errors) == shown
