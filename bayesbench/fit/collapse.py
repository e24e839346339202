"""Whether the likelihood grows without limit because a scale can close onto a single row.

A network for the mean can run exactly through one point, and a network for the scale can
fall to zero there and nowhere else. Such weights are written down, not searched for, and
the likelihood is evaluated at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from bayesbench import numpy as bn
from bayesbench.density import Pins
from bayesbench.fit.objective import Objective
from bayesbench.layout import Bound
from bayesbench.networks import Network

DEPTHS = (50.0, 100.0, 200.0, 300.0)  # below its level elsewhere; deeper, its square is no number


@dataclass(frozen=True)
class Collapse:
    """The log-likelihood as the scale at one row goes to zero: it follows -log(scale)."""

    row: int
    scales: tuple[float, ...]
    heights: tuple[float, ...]


def collapse(bound: Bound, objective: Objective) -> Collapse | None:
    """Weights under which the log-likelihood rises without end, if two networks allow it."""
    if bound.model.latents:  # the witness is of rows, and these are not independent
        return None
    networks = [g for g in bound.model.groups.values() if isinstance(g, Network)]
    for mean, scale in permutations(networks, 2):
        if mean.widths[0] != 1 or scale.widths[0] != 1 or bound.outcome.ndim > 1:
            continue
        for x in _columns(bound):
            for row in (int(np.argmax(x)), int(np.argmin(x))):
                others = x[x != x[row]]
                if not len(others) or np.count_nonzero(x == x[row]) > 1:
                    continue
                near = float(np.abs(others - x[row]).min()) / 2
                found = _followed(bound, objective, mean, scale, row, float(x[row]), near)
                if found is not None:
                    return found
    return None


def _columns(bound: Bound) -> list[np.ndarray]:
    """Every column of numbers that the networks may read."""
    blocks = [v.reshape(bound.n, -1).T for v in bound.inputs.values() if v.dtype.kind == "f"]
    return [column for block in blocks for column in block]


def _followed(
    bound: Bound,
    objective: Objective,
    mean: Network,
    scale: Network,
    row: int,
    centre: float,
    near: float,
) -> Collapse | None:
    through = constant(mean, float(bound.outcome[row]))
    heights, scales = [], []
    for depth in DEPTHS:
        dip = valley(scale, centre, near, depth)
        if dip is None:
            return None
        values = bound.layout.start | through | dip
        z = objective.unconstrain(values)
        heights.append(objective.value(z, Pins.none(len(z))))
        made = bound.model(**values).likelihood(**bound.inputs)
        scales.append(float(np.broadcast_to(made.arguments.get("scale", 1.0), bound.n)[row]))
    fall = -np.diff(np.log(scales)) if min(scales) > 0 else np.zeros(1)
    follows = np.allclose(np.diff(heights), fall, rtol=1e-6) and bool((fall > 1).all())
    return Collapse(row, tuple(scales), tuple(heights)) if follows else None


def constant(network: Network, level: float) -> dict[str, np.ndarray]:
    """The weights that make a network give one value everywhere."""
    values = {name: np.zeros(p.sizes) for name, p in network.parameters.items()}
    last = f"{network.name}.biases{len(network.widths) - 1}"
    if last in values:
        values[last][:] = level
    return values


def valley(
    network: Network, centre: float, near: float, depth: float
) -> dict[str, np.ndarray] | None:
    """The weights of a network that is -depth at the centre and zero beyond `near` of it.

    Three units make a triangle: a(x - c + w) - 2 a(x - c) + a(x - c - w), for a ReLU or a
    leaky one. Further layers hand it on, for it is nowhere negative.

    Returns
    -------
    dict of arrays, or None
        None if the network has another activation, or too few units.
    """
    hidden = network.widths[1:-1]
    if network.activation not in (bn.relu, bn.leaky_relu) or not hidden or hidden[0] < 3:
        return None
    values = constant(network, 0.0)
    name = network.name
    values[f"{name}.weights1"][0, :3] = 1.0
    values[f"{name}.biases1"][:3] = -centre + near, -centre, -centre - near
    sums = np.array([1.0, -2.0, 1.0])
    # The triangle's own height there: what the second layer sums up at the centre.
    units = values[f"{name}.biases1"][:3] + centre
    top = float(np.asarray(network.activation(units)) @ sums)
    for layer in range(2, len(network.widths)):
        last = layer == len(network.widths) - 1
        gain = -depth if last else 1.0
        if layer == 2:
            values[f"{name}.weights2"][:3, 0] = gain * sums / top
        else:
            values[f"{name}.weights{layer}"][0, 0] = gain
    return values
