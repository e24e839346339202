"""Data sets of a study: parameters, rows to fit, and new rows to predict.

Each data set has a key of its own, folded from the seed, the number of rows and its place, so
that it is the same whichever others are simulated beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.errors import BadInput
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library
from bayesbench.prior import drawn_by, reading_order
from bayesbench.studies.design import NEW, Design

SIMULATING, PREDICTING = 2, 3  # what keys are for; those of `bayesbench.batched.keys` come before


@dataclass(frozen=True)
class Rows:
    """Inputs and outcomes of many data sets, each behind an axis of data sets."""

    inputs: Mapping[str, np.ndarray]
    outcome: np.ndarray


@dataclass(frozen=True)
class Simulated:
    """Many data sets: the truth, (datasets, entries), what is fitted, and what is predicted."""

    truth: np.ndarray
    seen: Rows
    new: Rows


def simulated(design: Design, n: int, places: np.ndarray) -> Simulated:
    """The data sets of `n` rows with these places.

    Parameters
    ----------
    design : Design
    n : int
    places : array of int, shape (datasets,)

    Raises
    ------
    BadInput
        If a value that was drawn is no finite number.
    """
    layout = design.layout
    with jax.enable_x64(True):
        order = () if design.held is not None else reading_order(layout)
        rows = {name: jax_library().column(v) for name, v in design.rows.items()}
        keys = keys_of(design.seed, n, places, SIMULATING)
        made = _simulated(layout, order, n, keys, dict(design.held or {}), rows)
        values, seen, new = jax.tree.map(np.asarray, made)
    truth = layout.join(values)
    _check_numbers(design, truth, seen[1], new[1])
    return Simulated(truth, Rows(*seen), Rows(*new))


def seed_of(seed: int, n: int) -> int:
    """A seed for each size, so that data sets of the same place have nothing in common."""
    return int(np.random.SeedSequence([seed, n]).generate_state(1)[0])


def keys_of(seed: int, n: int, places: np.ndarray, purpose: int) -> Any:
    """A key for each data set."""
    root = jax.random.fold_in(jax.random.key(seed_of(seed, n)), purpose)
    return jax.vmap(partial(jax.random.fold_in, root))(np.asarray(places, dtype=np.uint32))


@partial(jax.jit, static_argnums=(0, 1, 2))
def _simulated(
    layout: Layout, order: tuple[str, ...], n: int, keys: Any, held: Any, rows: Any
) -> Any:
    library = jax_library()

    def one(key: Any) -> Any:
        of_values, *of_rows = jax.random.split(key, 5)
        if order:
            values = drawn_by(layout, order, of_values)
        else:
            values = {name: library.array(value) for name, value in held.items()}
        seen = _rows(layout, values, n, of_rows[:2], rows)
        return values, seen, _rows(layout, values, NEW, of_rows[2:], rows)

    return jax.vmap(one)(keys)


def _rows(layout: Layout, values: Any, n: int, keys: Any, rows: Any) -> Any:
    """So many rows: inputs drawn from those given, with replacement, and outcomes."""
    library, (of_inputs, of_outcome) = jax_library(), keys
    inputs = {}
    if rows:
        count = len(next(iter(rows.values())))
        which = jax.random.randint(of_inputs, (n,), 0, count)
        inputs = {name: each[which] for name, each in rows.items()}
    likelihood: Any = layout.model(**values).likelihood(**inputs)
    made = likelihood.build(library)
    vector = () if isinstance(layout.model.outcome, str) else (len(layout.model.outcome),)
    own = (*made.batch_shape, *made.event_shape)
    shape = (n, *vector)
    # What the rows share is drawn once a row.
    outcome = made.sample(of_outcome, shape[: len(shape) - len(own)])
    return inputs, library.array(outcome)


def _check_numbers(design: Design, truth: np.ndarray, *drawn: np.ndarray) -> None:
    per_set = [each.reshape(len(each), -1) for each in (truth, *drawn)]
    lost = ~np.isfinite(np.concatenate(per_set, axis=1)).all(axis=1)
    if lost.any():
        raise BadInput(
            f"a study of {design.model.__name__}",
            found=f"values that are no finite numbers in {lost.sum()} of {len(lost)} data sets",
            expected="a prior from which data can be simulated",
            remedy="choose a narrower prior, or hold the parameters with --at",
        )
