"""The points at which a model is looked at: where searches begin, and draws of the prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.density import constrain, unconstrain
from bayesbench.errors import BadInput
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.prior import drawn

DRAWS = 200
ROWS = 2000  # at the most, evenly over the table
AROUND = 1.0  # on the unconstrained scale, where no prior can be drawn from


@dataclass(frozen=True)
class Points:
    """A model with its data, its latents among the parameters, and values of all of them.

    Attributes
    ----------
    bound : Bound
        Some of the rows, if there are many.
    rows : array of int
        Which rows of the table these are.
    start : mapping of arrays
        In the middle of every support.
    draws : mapping of arrays
        Each with one leading axis; from the prior, or around the start if there is none.
    from_prior : bool
    why_not : BadInput, optional
        Why the prior can't be drawn from.
    """

    bound: Bound
    rows: np.ndarray
    start: Mapping[str, np.ndarray]
    draws: Mapping[str, np.ndarray]
    from_prior: bool
    why_not: BadInput | None = None

    @property
    def coordinates(self) -> np.ndarray:
        """Start and draws as unconstrained coordinates, (points, size), as the MLE has them.

        Draws so close to an edge that they have no finite coordinate are left out.
        """
        layout = self.bound.layout
        z = coordinates_of(layout, self.draws, priors=False)
        whole = np.concatenate([np.zeros((1, layout.size)), z])
        return whole[np.isfinite(whole).all(axis=1)]


def points_of(bound: Bound, seed: int) -> Points:
    """The start, and draws of the prior; values around the start if it is improper."""
    joint = bound.joint
    rows = np.unique(np.linspace(0, bound.n - 1, min(bound.n, ROWS)).astype(int))
    seen = joint.only(rows) if len(rows) < bound.n else joint
    start = joint.layout.start
    try:
        return Points(seen, rows, start, drawn(joint, DRAWS, seed), True)
    except BadInput as error:
        z = np.random.default_rng(seed).normal(0, AROUND, (DRAWS, joint.layout.size))
        with jax.enable_x64(True):
            values = {k: np.asarray(v) for k, v in _values(joint.layout, z).items()}
        return Points(seen, rows, start, values, False, error)


def coordinates_of(layout: Layout, values: Mapping[str, np.ndarray], *, priors: bool) -> np.ndarray:
    """Many values of the layout's parameters as unconstrained coordinates, (points, size)."""
    own = {name: values[name] for name in layout.model.parameters}
    with jax.enable_x64(True):
        return np.asarray(_coordinates(layout, priors, own))


@partial(jax.jit, static_argnums=(0, 1))
def _coordinates(layout: Layout, priors: bool, values: Any) -> Any:
    library = jax_library()
    return jax.vmap(lambda at: unconstrain(layout, at, library, priors=priors))(values)


@partial(jax.jit, static_argnums=0)
def _values(layout: Layout, z: Any) -> Any:
    library = jax_library()
    return jax.vmap(lambda at: constrain(layout, at, library, priors=True)[0])(z)
