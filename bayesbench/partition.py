"""Nodes and weights for the partition function Z, the integral of exp(-E) over a support.

The rule is fixed, so that log Z is a smooth function of the parameters which every library
differentiates: panels of equal width, each with the 15 nodes of Kronrod, in which the 7 of
Gauss are embedded for an estimate of the error (Piessens et al. 1983, QUADPACK, `qk15`).
An unbounded support is first carried onto a short interval by a double-exponential change
of variable (Takahasi and Mori 1974), so that any integrand which can be integrated at all
has died away at its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import numpy as np

from bayesbench import numpy as bn
from bayesbench.supports import Box, Support

# The positive half of the nodes; every second one, from the second, is Gauss's.
_HALF = (
    *(0.991455371120812639206854697526329, 0.949107912342758524526189684047851),
    *(0.864864423359769072789712788640926, 0.741531185599394439863864773280788),
    *(0.586087235467691130294144691258980, 0.405845151377397166906606412076961),
    *(0.207784955007898467600689403773245, 0.0),
)
_KRONROD = (
    *(0.022935322010529224963732008058970, 0.063092092629978553290700663189204),
    *(0.104790010322250183839876322541518, 0.140653259715525918745189590510238),
    *(0.169004726639267902826583426598550, 0.190350578064785409913256402421014),
    *(0.204432940075298892414161999234649, 0.209482141084727828012999174891714),
)
_GAUSS = (
    *(0.0, 0.129484966168869693270611432679082, 0.0, 0.279705391489276667901467771423780),
    *(0.0, 0.381830050505118944950369775488975, 0.0, 0.417959183673469387755102040816327),
)
FAR = 4.2  # as far as t goes for an unbounded support: there x is 10^22 widths away


@dataclass(frozen=True)
class Rule:
    """A rule for the unit support: [-1, 1] for an interval, the whole or half line of width 1.

    Attributes
    ----------
    points : array, shape (m, d)
        The nodes.
    log_weights : array, shape (m,)
        The logarithms of Kronrod's weights.
    coarse : array, shape (m,)
        Gauss's weights, zero at the nodes that are not his.
    panel : array, shape (m,)
        The number of the panel that a node lies in.
    rim : array, shape (m,)
        Whether its panel is the last before infinity.
    """

    points: np.ndarray
    log_weights: np.ndarray
    coarse: np.ndarray
    panel: np.ndarray
    rim: np.ndarray


def sides(support: Support | Box) -> tuple[Support, ...]:
    """The intervals that a support is a product of."""
    return support.sides if isinstance(support, Box) else (support,)


def ends(side: Support) -> tuple[float, float]:
    """The range of t, the coordinate in which the panels have equal widths."""
    return (-1.0, 1.0) if np.isfinite([side.lower, side.upper]).all() else (-FAR, FAR)


def from_t(side: Support, t: Any) -> tuple[Any, Any]:
    """The point of the unit support at t, and log |dx/dt|.

    An interval is left as it is; the line is sinh(π/2 sinh t) and a half-line exp(π/2 sinh t).
    """
    if np.isfinite([side.lower, side.upper]).all():
        return t, 0.0 * t
    inner = np.pi / 2 * bn.sinh(t)
    log_inner = bn.log(np.pi / 2 * bn.cosh(t))
    if np.isinf(side.lower) and np.isinf(side.upper):
        return bn.sinh(inner), log_inner + bn.log(bn.cosh(inner))
    return bn.exp(inner), log_inner + inner


def to_t(side: Support, unit: np.ndarray) -> np.ndarray:
    """The way back from points of the unit support."""
    if np.isfinite([side.lower, side.upper]).all():
        return unit
    on_line = bool(np.isinf(side.lower) and np.isinf(side.upper))
    return np.arcsinh(2 / np.pi * (np.arcsinh(unit) if on_line else np.log(unit)))


def placed(side: Support, centre: Any, spread: Any) -> tuple[Any, Any]:
    """The shift and the factor that carry the unit support onto this one.

    Where the support is unbounded, the nodes are densest where most of the mass is expected:
    about `centre`, over `spread`.
    """
    if np.isfinite([side.lower, side.upper]).all():
        return (side.lower + side.upper) / 2, (side.upper - side.lower) / 2
    if np.isfinite(side.lower):
        return side.lower, bn.where(centre > side.lower, centre - side.lower, 1.0)
    if np.isfinite(side.upper):
        return side.upper, bn.where(centre < side.upper, centre - side.upper, -1.0)
    return centre, bn.where(spread > 0, spread, 1.0 + bn.abs(centre))


@cache
def rule(support: Support | Box, panels: int) -> Rule:
    """The rule with this number of panels a side; that of a box is the product of its sides'."""
    return reduce(_product, (_one_side(side, panels) for side in sides(support)))


def _one_side(side: Support, panels: int) -> Rule:
    low, high = ends(side)
    half = (high - low) / (2 * panels)
    nodes = np.array(_HALF)
    nodes = np.concatenate([-nodes, nodes[-2::-1]])
    fine, coarse = (np.array([*w, *w[-2::-1]]) for w in (_KRONROD, _GAUSS))
    middles = low + half * (2 * np.arange(panels) + 1)
    points, log_stretch = from_t(side, np.ravel(middles[:, None] + half * nodes))
    panel = np.repeat(np.arange(panels), len(nodes))
    bounded = bool(np.isfinite([side.lower, side.upper]).all())
    return Rule(
        points[:, None],
        np.tile(np.log(half * fine), panels) + log_stretch,
        np.tile(half * coarse, panels) * np.exp(log_stretch),
        panel,
        np.full(len(panel), not bounded) & ((panel == 0) | (panel == panels - 1)),
    )


def _product(one: Rule, other: Rule) -> Rule:
    k = np.repeat(np.arange(len(one.points)), len(other.points))
    j = np.tile(np.arange(len(other.points)), len(one.points))
    return Rule(
        np.concatenate([one.points[k], other.points[j]], axis=1),
        one.log_weights[k] + other.log_weights[j],
        one.coarse[k] * other.coarse[j],
        one.panel[k] * (1 + other.panel.max()) + other.panel[j],
        one.rim[k] | other.rim[j],
    )
