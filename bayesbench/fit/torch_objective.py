"""The log-likelihood of a model as torch computes it, and its log-posterior.

No prior enters the likelihood. The posterior is torch's where many searches on tables of
different lengths are wanted: nothing is compiled for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch

from bayesbench.density import (
    Pins,
    columns_in,
    constrain,
    log_likelihood_parts,
    log_prior,
    log_prior_parts,
    reader,
    row_log_likelihood,
    summed_in,
    total_log_likelihood,
    unconstrain,
)
from bayesbench.fit.objective import Objective, starts_at_once
from bayesbench.fit.over_passes import drawn_from, over_passes
from bayesbench.fit.starts import Found
from bayesbench.layout import Bound
from bayesbench.libraries import torch_library
from bayesbench.marginal import Effects, effects_given
from bayesbench.separable import check_separable

WORDS = {
    None: "the log-likelihood",
    "own": "the log-posterior",
    "unconstrained": "the log-posterior of the unconstrained coordinates",
}
FEW = 16  # entries whose second derivatives are taken one after another


def rows_at(bound: Bound, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """The log-likelihood of each row, shape (n,), at one value of every parameter."""
    library = torch_library()
    tensors = {name: library.array(value) for name, value in values.items()}
    return row_log_likelihood(bound.model, tensors, *columns_in(bound, library), library).numpy()


def row_scores(bound: Bound, z: np.ndarray) -> np.ndarray:
    """The gradient in z of each row's log-likelihood, shape (n, size)."""
    library = torch_library()
    inputs, outcome = columns_in(bound, library)
    at = torch.tensor(z, requires_grad=True)
    weights = torch.ones(bound.n, dtype=at.dtype, requires_grad=True)
    values = reader(bound.layout, library, priors=False)(at)
    rows = row_log_likelihood(bound.model, values, inputs, outcome, library)
    # The gradient of the weighted sum is linear in the weights: its slopes are the scores.
    (slope,) = torch.autograd.grad(weights @ rows + 0 * at.sum(), at, create_graph=True)
    scores = [torch.autograd.grad(each, weights, retain_graph=True)[0] for each in slope]
    return torch.stack(scores, dim=1).numpy()


def _batched(total: Callable[..., torch.Tensor], together: int) -> Callable[..., Found]:
    """The total, its gradient and its Hessian in the first argument, at many points at once."""
    # Reverse over reverse here too, and outside of vmap: torch.func.grad would load torch's
    # compiler first, for a second.
    many = torch.func.vmap(lambda z, *rest: total(z, *rest) + 0 * z.sum())

    def chunk(z: torch.Tensor, *rest: torch.Tensor) -> tuple[torch.Tensor, ...]:
        z = z.clone().requires_grad_()
        heights = many(z, *rest)
        # Each height depends on its own point only, so the sum's slopes are theirs.
        (slopes,) = torch.autograd.grad(heights.sum(), z, create_graph=True)
        return heights.detach(), slopes.detach(), _jacobian(slopes, z)

    def found(*at: torch.Tensor) -> Found:
        chunks = [chunk(*part) for part in zip(*(each.split(together) for each in at), strict=True)]
        value, slope, curved = (torch.cat(parts).numpy() for parts in zip(*chunks, strict=True))
        return value, slope, curved

    return found


def _jacobian(slopes: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """The derivatives of each point's slopes, (m, k), by its own entries: (m, k, k)."""
    if z.shape[1] <= FEW:  # a pass each: several at once would load the compiler's symbols
        rows = [torch.autograd.grad(each, z, retain_graph=True)[0] for each in slopes.sum(0)]
        return torch.stack(rows, dim=1)
    axes = torch.eye(z.shape[1], dtype=z.dtype)[:, None].expand(-1, *z.shape)
    return torch.autograd.grad(slopes, z, axes, is_grads_batched=True)[0].movedim(0, 1)


def log_likelihood(bound: Bound) -> Objective:
    """The log-likelihood, summed over the rows, with torch's autograd."""
    if bound.passes is None:
        return _objective(bound, None)
    made = over_passes(bound, log_likelihood) if bound.by_passes else _objective(bound, None)
    drawn = drawn_from(bound.passes, bound.nobs, log_likelihood)
    return replace(made, of_rows=None, drawn=drawn)


def log_posterior(bound: Bound, scale: str) -> Objective:
    """The log-posterior density, without its constant, on the scale `own` or `unconstrained`."""
    return _objective(bound, scale)


def _objective(bound: Bound, scale: str | None) -> Objective:
    """The log-density on that scale; the log-likelihood where there is none."""
    library, layout, model = torch_library(), bound.layout, bound.model
    priors = scale is not None
    summed = summed_in(bound, library)
    about = None if bound.fitted is None else library.array(bound.fitted)
    read = reader(layout, library, priors=priors)

    @cache
    def columns() -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        return columns_in(bound, library)

    if bound.model.latents:
        start, _ = constrain(layout, library.array(np.zeros(layout.size)), library, priors=priors)
        check_separable(layout, start, *columns(), library)

    def likelihood(values: dict[str, torch.Tensor]) -> torch.Tensor:
        inputs, outcome, weights = summed
        return total_log_likelihood(layout, values, inputs, outcome, library, about, weights)

    def total(z: torch.Tensor, pins: Pins) -> torch.Tensor:
        held = pins if pins.held.any() else None
        stretches = list[torch.Tensor]() if scale == "unconstrained" else None
        values = read(z, held, stretches)
        height = likelihood(values)
        if priors:
            height = height + log_prior(model, values, library)
        return height if stretches is None else height + torch.cat(stretches).sum()

    def of_rows(z: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        values, (inputs, outcome) = read(z), columns()
        seen = {name: column[rows] for name, column in inputs.items()}
        parts = row_log_likelihood(model, values, seen, outcome[rows], library, about=outcome)
        return parts.sum()

    def value(z: np.ndarray, pins: Pins) -> float:
        with torch.no_grad():
            return float(total(library.array(z), pins))

    def gradient(z: np.ndarray, pins: Pins) -> np.ndarray:
        at = torch.tensor(z, requires_grad=True)
        # The likelihood may read none of what is free: adding 0·z keeps a gradient, of zero.
        (slope,) = torch.autograd.grad(total(at, pins) + 0 * at.sum(), at)
        return slope.numpy()

    def hessian(z: np.ndarray, pins: Pins) -> np.ndarray:
        # Reverse over reverse; forward mode would load torch's compiler first, for seconds.
        second: Any = torch.autograd.functional.hessian(
            lambda at: total(at, pins) + 0 * at.sum(), library.array(z)
        )
        return second.numpy()

    none, together = Pins.none(layout.size), starts_at_once(bound.few.n)
    batched = _batched(lambda z: total(z, none), together)

    def held_total(z: torch.Tensor, held: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        read_at = read(z, Pins(held, values))  # type: ignore[arg-type]  # tensors, under vmap
        return likelihood(read_at) + 0 * z.sum()

    batched_holding = _batched(held_total, together)

    def derivatives(z: np.ndarray) -> Found:
        return batched(library.array(z))

    def holding(z: np.ndarray, held: np.ndarray, values: np.ndarray) -> Found:
        return batched_holding(library.array(z), torch.as_tensor(held), library.array(values))

    def rows(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            values, _ = constrain(layout, library.array(z), library, priors=priors)
            return log_likelihood_parts(layout, values, *columns(), library, about).numpy()

    def log_priors(z: np.ndarray) -> dict[str, np.ndarray]:
        if not priors:
            return {}
        with torch.no_grad():
            values = read(library.array(z))
            return {n: v.numpy() for n, v in log_prior_parts(model, values, library).items()}

    def at(z: np.ndarray, pins: Pins) -> dict[str, np.ndarray]:
        values, _ = constrain(layout, library.array(z), library, priors=priors, pins=pins)
        return {name: v.numpy() for name, v in values.items()}

    def slopes(z: np.ndarray) -> np.ndarray:
        return np.exp(constrain(layout, library.array(z), library, priors=priors)[1].numpy())

    def back(values: dict[str, np.ndarray]) -> np.ndarray:
        return unconstrain(layout, values, library, priors=priors).numpy()

    def effects(values: dict[str, np.ndarray], nodes: int) -> Effects:
        given = {name: library.array(value) for name, value in values.items()}
        return effects_given(layout, given, *columns(), library, nodes)

    return Objective(
        words=WORDS[scale],
        bound=bound,
        priors=priors,
        has_edges=scale != "unconstrained",
        value=value,
        gradient=gradient,
        hessian=hessian,
        constrain=at,
        slopes=slopes,
        unconstrain=back,
        rows=rows,
        log_priors=log_priors,
        tensor=total,
        of_rows=None if model.latents or priors else of_rows,
        derivatives=derivatives,
        holding=holding,
        effects=effects,
    )
