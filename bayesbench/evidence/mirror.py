"""Posteriors with mirror images: parameters whose sign nothing informs.

If the posterior is even in an entry and lies on both sides of zero with nothing between,
chains may visit one side, or both and never pass. One side is enough: the other has the
same volume.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayesbench.fit.symmetry import POINTS, even_entries
from bayesbench.layout import Bound

APART = 2.0  # standard deviations of the absolute value that zero is away from its mean


def mirrored(bound: Bound, draws: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """The entries in which the posterior has two mirror images, by trying the sign.

    Parameters
    ----------
    bound : Bound
        The model of parameters and latents together.
    draws : mapping of arrays
        Each (chain, draw, ...), from one of the images or from both.
    """
    layout = bound.layout
    flat = layout.join(draws).reshape(-1, layout.size)
    away = np.abs(flat).mean(axis=0) > APART * np.abs(flat).std(axis=0)
    if not away.any():
        return ()
    some = np.linspace(0, len(flat) - 1, POINTS).astype(int)
    even = even_entries(bound, layout.split(flat[some]), prior=True)
    latents = {e for e in layout.entries if e.partition("[")[0] in bound.model.latents}
    entries = zip(layout.entries, away, strict=True)
    return tuple(name for name, far in entries if far and name in even and name not in latents)
