"""What the basins along an entry are, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bayesbench.fit.basins import Basins
    from bayesbench.fit.starts import Optimum

NAMED = 5  # ends of starts that are told one by one


def sentences(found: Basins) -> list[str]:
    """The slice and its highest basin; where the starts ended; how far the highest reaches."""
    return [each for each in (_slice(found), _ends(found), _edges(found)) if each]


def _slice(found: Basins) -> str:
    low, high = found.over
    count, top = len(found.basins), found.highest
    held = f", {_listed(found)} held," if found.held else ""
    said = f"Along {found.entry} from {low:g} to {high:g}{held} the log-likelihood has "
    said += f"{count:,} local {'maximum' if count == 1 else 'maxima'}"
    if top is None:
        return f"{said}; the highest known optimum does not lie in a basin of this range."
    return (
        f"{said}. The basin of {found.entry} = {top.at:.4g} reaches from {_edge(top.lower, found)} "
        f"to {_edge(top.upper, found)}: a width of {top.width:.4g}, "
        f"{top.width / (high - low):.2%} of the range."
    )


def _ends(found: Basins) -> str:
    starts, told = len(found.starts), found.optima[:NAMED]
    said = [f"{each.starts} at {_place(found, each)}" for each in told]
    rest = sum(each.starts for each in found.optima[NAMED:])
    if rest:
        others = len(found.optima) - NAMED
        said.append(f"{rest} at {others} other optim{'um' if others == 1 else 'a'}")
    lost = starts - int(found.arrived.sum())
    if lost:
        said.append(f"{lost} {'is' if lost == 1 else 'are'} at none yet")
    whole = "Gradient ascent in all parameters" if found.held else "Gradient ascent"
    return f"{whole} (steps of {found.rate:.3g}) from {starts} starts over the range ends: " + (
        "; ".join(said) + "."
    )


def _edges(found: Basins) -> str:
    at = f"{found.entry} = {found.best[found.place]:.4g}"
    if not found.over[0] <= found.best[found.place] <= found.over[1]:
        return ""  # no start was tried there
    if found.reach is None:
        where = f" with {_listed(found)}" if found.held else ""
        return f"No start next to {at}{where} ends at that optimum."
    digits = max(0, math.ceil(-math.log10(found.sharp)))
    low, high = (_edge(value, found, digits) for value in found.reach)
    width = found.reach[1] - found.reach[0]
    where = f", begun with {_listed(found)}," if found.held else ""
    said = f"Starts{where} end at {at} from {low} to {high}: a width of {width:.4g}."
    return said + _beyond(found)


def _beyond(found: Basins) -> str:
    """Where the starts end that lie next to the basin, on either side."""
    if found.reach is None:
        return ""
    said = []
    outside = {
        "below": np.flatnonzero(found.starts < found.reach[0])[-1:],
        "above": np.flatnonzero(found.starts > found.reach[1])[:1],
    }
    for side, nearest in outside.items():
        for k in nearest:
            verb = "ends" if found.arrived[k] else "is still on its way"
            said.append(
                f"the next start {side}, {found.starts[k]:.4g}, {verb} at "
                f"{found.entry} = {found.ends[k, found.place]:.4g}"
            )
    text = " and ".join(said)
    return f" {text[0].upper()}{text[1:]}." if text else ""


def _listed(found: Basins) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in found.held.items())


def _place(found: Basins, optimum: Optimum) -> str:
    values = found.bound.layout.join(optimum.values)
    names = found.bound.layout.entries
    return ", ".join(f"{k} = {v:.4g}" for k, v in zip(names, values, strict=True))


def _edge(value: float, found: Basins, digits: int | None = None) -> str:
    """An edge, to as many decimals as are known; an end of the range is said to be one."""
    ends = {found.over[0]: "the range's lower end", found.over[1]: "the range's upper end"}
    if value in ends:
        return f"{value:g} ({ends[value]})"
    return f"{value:.5g}" if digits is None else f"{value:.{digits}f}"
