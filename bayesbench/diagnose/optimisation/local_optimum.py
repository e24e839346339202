"""A run that ended on a lower hill: the start was not in the basin of the highest one."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.diagnose.finding import Finding, short
from bayesbench.diagnose.optimisation.recorded import Recorded
from bayesbench.diagnose.optimisation.summit import ARRIVED

STARTS = 16  # of the search for a higher one, if the model asks for fewer
FEW = 5  # entries up to which the slices along each of them are looked at
BEYOND = 0.1  # of the distance between start and optimum: how much further a slice goes


def look(recorded: Recorded) -> list[Finding]:
    """The model's own search, by Newton's method from many starts, against the run's end."""
    from bayesbench.fit.ascent import next_to
    from bayesbench.fit.search import is_large, optima_of
    from bayesbench.fit.start import start_points
    from bayesbench.fit.starts import SAME_HEIGHT, climb_all, usual_starts

    target, layout = recorded.target, recorded.fit.bound.layout
    if is_large(layout) or target.derivatives is None:
        return []
    ends, heights, there = next_to(target, recorded.run.z[[recorded.start]])
    if not there[0]:
        return []  # it is on its way: other rules say why
    here, z = float(heights[0]), ends[0]
    # Where numbers are huge, a climb stops for want of digits.
    if not _gradient_vanishes(recorded, z):
        return []
    count = max(STARTS, usual_starts(layout))
    tried = start_points(target, None, count, recorded.run.recipe.seed)
    tops, values, arrived = climb_all(target.derivatives, tried)
    found = optima_of(target, tops[arrived], values[arrived], count)
    if not found or found[0].value - here <= SAME_HEIGHT * max(1.0, abs(here)):
        return []
    level = found[0].value - SAME_HEIGHT * max(1.0, abs(found[0].value))
    tied = [optimum for optimum in found if optimum.value >= level]
    begun = layout.join(_values(recorded, recorded.run.starts[recorded.start]))
    # Of mirror images the one that the start is closest to.
    best = min(tied, key=lambda each: float(np.linalg.norm(layout.join(each.values) - begun)))
    gain, reached = best.value - here, sum(each.starts for each in tied)
    own, higher = layout.join(_values(recorded, z)), layout.join(best.values)
    where = _where(layout.entries, own), _where(layout.entries, higher)
    text = (
        f"{recorded.run.recipe.words} ended at a local optimum{where[0]}. The log-likelihood has "
        f"a higher one{where[1]}: {short(gain)} more in total, {short(gain / recorded.n)} a row. "
        f"Newton's method reached that height from {reached} of {count} starts."
    )
    slices = _slices(recorded, higher) if layout.size <= FEW and not layout.model.groups else []
    outside = [each for each in slices if each["outside"] > 0]
    for each in outside:
        text += (
            f" Along {each['entry']}, the others being at the higher optimum, its basin reaches "
            f"from {each['from']:.4g} to {each['to']:.4g}: the start, {each['start']:.4g}, lies "
            f"{each['outside']:.4g} outside."
        )
    if slices and not outside:
        text += " Along each parameter alone the start lies in the basin of the higher one."
    evidence = {
        "ended_at": own.tolist(),
        "log_likelihood": here,
        "higher_at": higher.tolist(),
        "higher": best.value,
        "gain": gain,
        "starts": count,
        "reached_it": reached,
        "slices": slices,
    }
    remedy = f"Begin at several points (starts={count})"
    if layout.size <= FEW and not layout.model.groups:
        named = ", ".join(f"{k!r}: {_rounded(v)}" for k, v in best.values.items())
        remedy += f", or in the basin of the higher one: start={{{named}}}"
    return [Finding("local_optimum", "warning", text, evidence, f"{remedy}.")]


def _gradient_vanishes(recorded: Recorded, z: np.ndarray) -> bool:
    """Whether a Newton step from there is short, in standard errors."""
    gradient, curved = recorded.per * recorded.gradient(z), recorded.per * recorded.hessian(z)
    return bool(-gradient @ np.linalg.solve(curved, gradient) <= ARRIVED**2)


def _slices(recorded: Recorded, higher: np.ndarray) -> list[dict[str, Any]]:
    """By entry, the basin of the higher optimum, and how far outside of it the start lies."""
    from bayesbench.density import Pins
    from bayesbench.fit.scan import scan, slice_along

    bound, target = recorded.fit.bound, recorded.target
    layout = bound.layout
    z = target.unconstrain(layout.split(higher))
    begun = layout.join(_values(recorded, recorded.run.starts[recorded.start]))
    curved = np.diag(target.hessian(z, Pins.none(len(z)))) / target.slopes(z) ** 2
    top, made = target.value(z, Pins.none(len(z))), []
    for k, entry in enumerate(layout.entries):
        low, high = sorted((begun[k], higher[k]))
        room = BEYOND * (high - low)
        if room == 0:
            continue
        # Beyond the optimum it goes on by the same part: on that side nothing is asked.
        over = _inside(layout, k, low - room, high + room)
        seen = scan(slice_along(bound, higher, k), over, top, float(curved[k]))
        below = float(seen.minima[seen.minima < higher[k]].max(initial=over[0]))
        above = float(seen.minima[seen.minima > higher[k]].min(initial=over[1]))
        outside = float(max(below - begun[k], begun[k] - above, 0.0))
        made.append(
            {
                "entry": entry,
                "start": float(begun[k]),
                "from": below,
                "to": above,
                "outside": outside,
            }
        )
    return made


def _inside(layout: Any, k: int, low: float, high: float) -> tuple[float, float]:
    """The range, with what lies beyond an edge of the support left out."""
    from bayesbench.density import entry_supports

    support = entry_supports(layout, priors=False)[k]
    return max(low, float(np.nextafter(support.lower, np.inf))), min(
        high, float(np.nextafter(support.upper, -np.inf))
    )


def _values(recorded: Recorded, z: np.ndarray) -> dict[str, np.ndarray]:
    from bayesbench.density import Pins

    return recorded.target.constrain(z, Pins.none(len(z)))


def _where(names: tuple[str, ...], values: np.ndarray) -> str:
    """A place in words, if it has few entries."""
    if len(names) > FEW:
        return ""
    said = ", ".join(f"{name} = {value:.4g}" for name, value in zip(names, values, strict=True))
    return f" ({said})"


def _rounded(value: np.ndarray) -> Any:
    return np.vectorize(lambda each: float(f"{each:.4g}"))(value).tolist()
