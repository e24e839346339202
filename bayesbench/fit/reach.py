"""How far the basin of an optimum reaches along a line of starts, by bisection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BETWEEN = 8  # starts tried at once between the two ends of what is known of an edge
LADDER = (-64, -8, -0.45, 0.45, 8, 64)  # the first ones, about a guess, in units of the sharpness
ROUNDS = 40

EndsThere = Callable[[np.ndarray], np.ndarray]


def reach(
    ends_there: EndsThere,
    inside: float,
    starts: np.ndarray,
    hits: np.ndarray,
    over: tuple[float, float],
    guess: tuple[float, float],
    sharp: float,
) -> tuple[float, float]:
    """The edges of the interval around `inside` from which starts end at one optimum.

    Parameters
    ----------
    ends_there : function
        Whether starts at these values, shape (count,), end at the optimum.
    inside : float
        A value from which they do.
    starts : array, shape (starts,)
        Values that have been tried.
    hits : array of bool, shape (starts,)
        Which of them end there.
    over : pair of float
        Where to look; what still ends there at an end of the range has this end for its edge.
    guess : pair of float
        Where the edges may be; a good guess saves starts, a bad one costs a round of them.
    sharp : float
        How well an edge is to be known: starts so close on either side of it are told apart.
    """
    known = np.array([_bracket(sign, inside, starts, hits, over) for sign in (-1.0, 1.0)])
    for side in np.flatnonzero(known[:, 1] == over):
        if ends_there(known[side, 1:])[0]:
            known[side] = over[side]
    for done in range(ROUNDS):
        left = np.flatnonzero(np.abs(known[:, 1] - known[:, 0]) > sharp)
        if not len(left):
            break
        tried = [
            _between(known[side]) if done else _about(guess[side], known[side], sharp)
            for side in left
        ]
        found = ends_there(np.concatenate(tried))
        parts = np.split(found, np.cumsum([len(values) for values in tried])[:-1])
        for side, values, hit in zip(left, tried, parts, strict=True):
            way = np.concatenate([known[side, :1], values, known[side, 1:]])
            miss = len(hit) if hit.all() else int(np.argmin(hit))
            known[side] = way[miss], way[miss + 1]
    lower, upper = known.mean(axis=1)
    return float(lower), float(upper)


def _between(known: np.ndarray) -> np.ndarray:
    return np.linspace(known[0], known[1], BETWEEN + 2)[1:-1]


def _about(guess: float, known: np.ndarray, sharp: float) -> np.ndarray:
    """Values ever closer to a guess, on both sides, in the order from inside to outside."""
    last, first = known
    outwards = np.sign(first - last)
    values = guess + outwards * sharp * np.array(LADDER)
    return values[(outwards * (values - last) > 0) & (outwards * (first - values) > 0)]


def _bracket(
    sign: float, inside: float, starts: np.ndarray, hits: np.ndarray, over: tuple[float, float]
) -> tuple[float, float]:
    """The last value outwards that ends there, and the first that does not, or the range's end."""
    order = np.argsort(sign * starts)
    last, end = inside, over[0] if sign < 0 else over[1]
    for value, hit in zip(starts[order], hits[order], strict=True):
        if sign * (value - inside) <= 0:
            continue
        if not hit:
            return last, float(value)
        last = float(value)
    return last, end
