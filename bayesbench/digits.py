"""How many digits of a number are shown: those that can matter, and no more."""

from __future__ import annotations

import math
from collections.abc import Iterable

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


def places(values: Iterable[float], errors: Iterable[float] = ()) -> int:
    """How many decimals numbers have that stand side by side.

    As many as five digits of the largest leave, at most four; more if of the smallest error
    two digits would not be seen.
    """
    known = [abs(v) for v in values if math.isfinite(v) and v]
    small = [abs(e) for e in errors if math.isfinite(e) and e]
    if not known or max(known) >= LARGEST:
        return DECIMALS if not known else 0
    fine = min(1 - math.floor(math.log10(min(small))), FINEST) if small else 0
    return max(_decimals(max(known), DECIMALS), fine)


def _decimals(value: float, most: int) -> int:
    """So many that there are most + 1 significant digits, but at most `most`, and at least none."""
    return min(max(most - math.floor(math.log10(abs(value))), 0), most)
