"""The search over all rows of a file, which begins where that over some of them has ended.

Some thousand rows tell where the maximum is to within a standard error of theirs or so. Near a
maximum Newton's method doubles the digits with each step (Nocedal and Wright 2006, theorem 3.5),
which is a pass over the file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.experiments import Climb, Climber
from bayesbench.fit.maximum import find_maximum
from bayesbench.fit.newton import newton_steps
from bayesbench.fit.objective import Objective
from bayesbench.fit.search import Search, search


def search_from_some(
    some: Objective, target: Objective, climbs: Callable[[Objective], Climber], z: np.ndarray
) -> Search:
    """Search over some rows from every start, and over all from where that ended, if at a maximum.

    Parameters
    ----------
    some : Objective
        Of the rows at hand.
    target : Objective
        Of all rows.
    climbs : function
        By which climb an objective is searched.
    z : array, shape (starts, size)
    """
    near = search(some, climbs(some), z).found
    begin = near.z if near.status.name == "converged" else z[0]
    return Search(find_maximum(target, newton_first(target, climbs(target)), begin))


def newton_first(target: Objective, climb: Climber) -> Climber:
    """The same climb, from where Newton's steps lead: near a maximum they need few passes."""

    def steps_first(z: np.ndarray, pins: Pins) -> Climb:
        points = [z, *newton_steps(target, z, pins)]
        return climb(points[-1], pins)

    return steps_first
