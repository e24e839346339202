"""Numbers are shown with the digits that can matter."""

import math

import pytest

from bayesbench.digits import fixed, with_error


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
    ("value", "error", "shown"),
    [
        (0.447213, 0.142319, ("0.4472", "0.1423")),
        (212.6837, 6.5368, ("212.68", "6.54")),
        (271135.3779, 3507.9787, ("271135", "3508")),
        (271135.3779, 0.0213, ("271135.378", "0.021")),
        (0.0000251, 0.0000012, ("0.0000251", "0.0000012")),
        (0.0, 0.0, ("0.0000", "0.0000")),
        (7.1424, math.nan, ("7.1424", "nan")),
    ],
)
def test_an_error_has_the_decimals_of_its_number(value, error, shown):
    assert with_error(value, error) == shown
