"""A log-density to climb, whichever library computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesbench.density import Pins
from bayesbench.fit.starts import Derivatives, Found
from bayesbench.layout import Bound, Layout
from bayesbench.marginal import Effects

Holding = Callable[[np.ndarray, np.ndarray, np.ndarray], Found]

WORK = 2_000_000  # rows times starts whose derivatives are computed at once


@dataclass(frozen=True)
class Batch:
    """The rows that a step sees: their total as a function of z in the library, and how many."""

    height: Callable[[Any], Any]
    rows: int


@dataclass(frozen=True)
class Objective:
    """A function of z to maximise, with derivatives; NumPy's float64 goes in and comes out.

    Attributes
    ----------
    words : str
        What it is, for a sentence: "the log-likelihood".
    bound : Bound
        The model and its data, whose layout says what the entries of z are.
    priors : bool
        Whether z covers only what the priors allow.
    has_edges : bool
        Whether it can be largest on an edge of the support; the density of z can't, for
        there its Jacobian is zero.
    value : function of (z, pins)
        The total over all rows.
    gradient : function of (z, pins)
        Of shape (size,); zero for what is held.
    hessian : function of (z, pins)
        Of shape (size, size); zero for what is held.
    constrain : function of (z, pins)
        The parameters there, by name.
    slopes : function of z
        dθ/dz of each entry, which depends on its own z alone.
    unconstrain : function of values
        The way back, for parameters inside of their supports.
    rows : function of z
        The log-likelihood of each row, or of each group whose latent is integrated out.
    log_priors : function of z
        The log-density of each parameter's prior, by name; of a likelihood there are none.
    tensor : function of (z, pins), optional
        The total as a differentiable value of the library itself, for its optimisers.
    of_rows : function of (z, rows), optional
        The same over some rows only; where latents are integrated out there is no such thing.
    drawn : function of (rows of a batch, seed), optional
        Where rows are read from a file as they are needed: the batch of each step.
    derivatives : function of many z, optional
        Values, gradients and Hessians at z of shape (count, size), batched.
    holding : function of (many z, which are held, their values), optional
        The same with entries held, at places of their own in each row: all three arguments
        have the shape (count, size). Slopes and curvature of what is held are zero.
    effects : function of (values, nodes), optional
        The model's latents given the parameters, by quadrature with so many nodes.
    """

    words: str
    bound: Bound
    priors: bool
    has_edges: bool
    value: Callable[[np.ndarray, Pins], float]
    gradient: Callable[[np.ndarray, Pins], np.ndarray]
    hessian: Callable[[np.ndarray, Pins], np.ndarray]
    constrain: Callable[[np.ndarray, Pins], dict[str, np.ndarray]]
    slopes: Callable[[np.ndarray], np.ndarray]
    unconstrain: Callable[[dict[str, np.ndarray]], np.ndarray]
    rows: Callable[[np.ndarray], np.ndarray]
    log_priors: Callable[[np.ndarray], dict[str, np.ndarray]]
    tensor: Callable[[Any, Pins], Any] | None = None
    of_rows: Callable[[Any, Any], Any] | None = None
    drawn: Callable[[int, int], Callable[[int], Batch]] | None = None
    derivatives: Derivatives | None = None
    holding: Holding | None = None
    effects: Callable[[dict[str, np.ndarray], int], Effects] | None = None

    @property
    def layout(self) -> Layout:
        """What the entries of z are."""
        return self.bound.layout


def starts_at_once(rows: int) -> int:
    """How many starts a batch of derivatives has, so that its memory is bounded."""
    return max(1, WORK // rows)
