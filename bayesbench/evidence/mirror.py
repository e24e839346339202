"""Posteriors with images of themselves: what leaves them as they are, and leads elsewhere.

If two parameters can change signs or places and the posterior does not change, and if nothing
lies between, chains may visit one image, or both and never pass. Where that is the sign of one
entry, one side is enough: the other has the same volume.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from bayesbench.fit.involutions import Involution
from bayesbench.fit.symmetry import Symmetry, some_points, symmetries
from bayesbench.layout import Bound

APART = 2.0  # standard deviations of its distance from the image that a draw is away on average


def apart_images(
    bound: Bound, draws: Mapping[str, np.ndarray], entries: Collection[str]
) -> tuple[Symmetry, ...]:
    """The symmetries of the posterior whose images lie apart, by trying.

    Parameters
    ----------
    bound : Bound
        The model of all that is drawn: parameters, and latents beside them.
    draws : mapping of arrays
        Each (chain, draw, ...), from one of the images or from several.
    entries : collection of str
        Those in which an image counts: of a latent that is integrated out it does not.
    """
    layout = bound.layout
    flat = layout.join(draws).reshape(-1, layout.size)
    asked = frozenset(k for k, name in enumerate(layout.entries) if name in entries)
    found = symmetries(bound, some_points(flat), asked)
    return tuple(e for e in found if e.prior_too and _apart(flat, e.change, asked))


def sign_alone(image: Symmetry) -> bool:
    """Whether all that changes is the sign of one entry: draws can be folded onto one side."""
    change = image.change
    return not change.swapped and [centre for _, centre in change.reflected] == [0.0]


def _apart(flat: np.ndarray, change: Involution, asked: frozenset[int]) -> bool:
    away = np.abs(flat - change.image(flat))[:, sorted(change.moved & asked)]
    return bool((away.mean(axis=0) > APART * away.std(axis=0)).any())
