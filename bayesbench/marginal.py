"""The marginal likelihood: a population's effects integrated out, a group at a time.

An effect is loc + scale·u with u ~ Normal(0, 1), so that the integral over u stays what it is
down to a scale of zero, where a maximum may lie. It is done by adaptive Gauss-Hermite
quadrature (Liu and Pierce 1994, equation 3): the nodes are centred where the integrand is
highest and spread as it is wide. Where the log-likelihood is quadratic in u, as of Normal
data, it is exact; elsewhere its error is estimated by doubling the nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bayesbench import numpy as bn
from bayesbench.layout import Layout
from bayesbench.libraries import Library
from bayesbench.model import with_some

NODES = 31
WINDOWS = (16.0, 4.0, 1.0, 0.25)  # standard deviations of u; the highest point is looked for
POINTS = 9  # in each of them, one in another
NEWTON = 3


@dataclass(frozen=True)
class Group:
    """The one latent of a model, at given values of the parameters.

    `rows` is the log-likelihood of each row, shape (n,), at given u, shape (groups,).
    """

    loc: Any
    scale: Any
    codes: Any  # which group each row belongs to
    size: int
    rows: Callable[[Any], Any]
    library: Library

    def log_joint(self, u: Any) -> Any:
        """Of each group: the log-likelihood of its rows, and log-density of u up to √2π."""
        return self.library.group_sums(self.rows(u), self.codes, self.size) - u**2 / 2


def grouped(
    layout: Layout, values: Mapping[str, Any], inputs: Mapping[str, Any], outcome: Any, lib: Library
) -> Group:
    """The model's one latent where the parameters have the given values."""
    model = layout.model
    ((name, latent),) = model.latents.items()
    shape = layout.shape(name)
    population = latent.distribution(with_some(model, values)).arguments
    loc, scale = lib.array(population["loc"]), lib.array(population["scale"])
    codes = latent.of_rows(inputs, outcome.shape[0], lib)

    def rows(u: Any) -> Any:
        effects = {name: lib.xp.reshape(loc + scale * u, shape)}
        made = model(**values, **effects).likelihood(**inputs)
        return made.log_prob_of_rows(outcome, lib)

    return Group(loc, scale, codes, int(np.prod(shape)), rows, lib)


def log_marginal(
    layout: Layout,
    values: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outcome: Any,
    library: Library,
    nodes: int = NODES,
) -> Any:
    """The log-likelihood of each group with its effect integrated out, shape (groups,)."""
    group = grouped(layout, values, inputs, outcome, library)
    # The integral does not depend on where its nodes are: derivatives need not go there.
    still = {name: library.fixed(value) for name, value in values.items()}
    centre, width = _peak(grouped(layout, still, inputs, outcome, library))
    return bn.logsumexp(_heights(group, centre, width, nodes)[1], 0) + bn.log(width)


@dataclass(frozen=True)
class Effects:
    """The effects given the parameters and the data: empirical Bayes, if these are estimated.

    `mean` and `sd` have the latent's shape. `log_likelihood` is with the effects integrated
    out; `at_mode` that with each at its mode, plus the log-density of their population.
    """

    mean: Any
    sd: Any
    log_likelihood: Any
    at_mode: Any


def effects_given(
    layout: Layout,
    values: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outcome: Any,
    library: Library,
    nodes: int = NODES,
) -> Effects:
    """What is known of the effects at the given values of the parameters."""
    group = grouped(layout, values, inputs, outcome, library)
    centre, width = _peak(group)
    u, heights = _heights(group, centre, width, nodes)
    total = bn.logsumexp(heights, 0)
    weights = bn.exp(heights - total)
    mean = (weights * u).sum(0)
    sd = bn.sqrt((weights * (u - mean) ** 2).sum(0))
    (name,) = layout.model.latents
    shape, every = layout.shape(name), 0 * u[0]
    at_mode = group.log_joint(centre) - bn.log(group.scale + every) - 0.5 * np.log(2 * np.pi)
    return Effects(
        library.xp.reshape(group.loc + group.scale * mean, shape),
        library.xp.reshape(group.scale * sd, shape),
        (total + bn.log(width)).sum(),
        at_mode.sum(),
    )


def _heights(group: Group, centre: Any, width: Any, nodes: int) -> tuple[Any, Any]:
    """The nodes u, shape (nodes, groups), and the logarithm of each one's part of the sum."""
    at, weights = _gauss_hermite(nodes)
    x = group.library.array(at[:, None])
    log_weights = group.library.array(np.log(weights)[:, None])
    u = centre + width * x
    return u, group.library.vmap(group.log_joint)(u) + log_weights + x**2 / 2


@cache
def _gauss_hermite(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for the average of a function under Normal(0, 1)."""
    at, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return at, weights / np.sqrt(2 * np.pi)


def _peak(group: Group) -> tuple[Any, Any]:
    """Where each group's integrand is highest, and its width there: both (groups,).

    Found without derivatives: by windows, each around the best point of the one before, and
    Newton steps by differences, of which the first is exact where the function is quadratic.
    """
    library = group.library
    over = library.vmap(group.log_joint)
    steps = library.array(np.linspace(-1, 1, POINTS)[:, None])

    def closer(centre: Any, window: Any) -> Any:
        at = centre + window * steps
        heights = over(at)
        heights = bn.where(bn.isfinite(heights), heights, -np.inf + 0 * at)
        best = library.xp.argmax(heights, 0)
        return library.xp.take_along_axis(at, best[None], axis=0)[0]

    def newton(state: tuple[Any, Any], _: Any) -> tuple[Any, Any]:
        centre, width = state
        low, here, high = over(library.xp.stack([centre - width, centre, centre + width]))
        curvature = (2 * here - low - high) / width**2
        curved = curvature > 0
        curvature = bn.where(curved, curvature, 0 * curvature + 1.0)
        trial = centre + (high - low) / (2 * width) / curvature
        better = curved & (group.log_joint(trial) > here)
        return bn.where(better, trial, centre), bn.where(curved, curvature**-0.5, width)

    first = library.array(np.zeros(group.size))
    centre = library.fold(closer, first, library.array(WINDOWS))
    width = library.array(np.full(group.size, WINDOWS[-1]))
    return library.fold(newton, (centre, width), library.array(np.zeros(NEWTON)))
