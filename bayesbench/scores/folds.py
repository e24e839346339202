"""K folds: which rows are left out together, the same for every method."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.errors import BadInput

USUAL = 10


def membership(n: int, folds: Any, seed: int) -> np.ndarray:
    """The fold of each row, from 0: by the seed alone, in sizes that differ by one at most.

    Raises
    ------
    BadInput
        If there are fewer rows than folds, or fewer than two folds.
    """
    whole = isinstance(folds, int | np.integer) and not isinstance(folds, bool)
    if not whole or folds < 2:
        raise BadInput(
            "folds",
            found=str(folds),
            expected="a whole number of at least 2: each fold is predicted from the others",
            remedy=f"{min(USUAL, n)} would do" if n > 1 else "give held-out rows instead",
        )
    if folds > n:
        raise BadInput(
            "folds",
            found=f"{folds} folds of {n} row{'s' * (n != 1)}",
            expected="a row at least in each fold",
            remedy=f"ask for {n}, which leaves out a row at a time" if n > 1 else "give more rows",
        )
    fold = np.empty(n, dtype=np.int64)
    fold[np.random.default_rng(seed).permutation(n)] = np.arange(n) % folds
    return fold
