"""How many digits of a number are shown: those that can matter, and no more."""

from __future__ import annotations

import math

DECIMALS = 4  # at most, of a number by itself; significant digits are one more
LARGEST = 1e7  # above it, and below the last decimal, stands a power of ten
FINEST = 10  # decimals that a small error may ask for


def fixed(value: float, most: int = DECIMALS) -> str:
    """A number by itself: 0.4472, 12.708, 2791.6, 271135; 3.2e-05 and 1.2e+08."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.{most}f}"
    if not 10.0**-most <= abs(value) < LARGEST:
        return f"{value:.{most}g}"
    return f"{value:.{_decimals(value, most)}f}"


def with_error(value: float, error: float) -> tuple[str, str]:
    """A number and its error with as many decimals: of the error at least two digits are shown."""
    if error == 0 or not math.isfinite(error) or not abs(value) < LARGEST:
        return fixed(value), fixed(error)
    fine = min(1 - math.floor(math.log10(error)), FINEST)
    shown = max(_decimals(value, DECIMALS), fine)
    return f"{value:.{shown}f}", f"{error:.{shown}f}"


def _decimals(value: float, most: int) -> int:
    """So many that there are most + 1 significant digits, but at most `most`, and at least none."""
    return min(max(most - math.floor(math.log10(abs(value) or 1.0)), 0), most)
