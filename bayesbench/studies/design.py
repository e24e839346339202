"""What a study simulates and fits: checked before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayesbench.batched.batch import why_not
from bayesbench.batched.posterior import Sampling
from bayesbench.binding import bind, inputs_of
from bayesbench.data import as_data
from bayesbench.density import supports
from bayesbench.errors import BadInput, check_name
from bayesbench.fit.start import check_count, check_seed
from bayesbench.layout import OUTCOME, Layout
from bayesbench.model import Model
from bayesbench.prior import reading_order
from bayesbench.studies.sampling import sampling_of

METHODS = ("mle", "profile", "map", "laplace", "posterior")
RANKED = ("laplace", "posterior")  # among whose draws the truth has a rank
SIZES, DATASETS = (5, 20, 100), 1000
LEVELS = (0.5, 0.8, 0.95)  # of the intervals
NEW = 10  # outcomes of each data set that are predicted
LEAST = 10  # data sets


@dataclass(frozen=True)
class Design:
    """What is simulated, how often, and by what it is fitted.

    Attributes
    ----------
    layout : Layout
        The model, and the labels of its dimensions.
    rows : mapping of arrays
        The rows from which each data set's inputs are drawn, with replacement; empty if the
        likelihood reads none.
    held : mapping of arrays, or None
        The parameters' values where they are the same for all data sets; None if they are
        drawn from the prior, anew for each.
    sizes : tuple of int
        Rows of a data set.
    datasets : int
        How many of each size.
    methods : tuple of str
    seed : int
    sampling : Sampling
        How the posteriors are drawn.
    """

    layout: Layout
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)
    held: Mapping[str, np.ndarray] | None = None
    sizes: tuple[int, ...] = SIZES
    datasets: int = DATASETS
    methods: tuple[str, ...] = METHODS
    seed: int = 0
    sampling: Sampling = field(default_factory=sampling_of)

    @property
    def model(self) -> type[Model]:
        """The model's class."""
        return self.layout.model

    @property
    def origin(self) -> str:
        """Where the parameters are from, in words."""
        if self.held is None:
            return "parameters drawn from the prior"
        flat = self.layout.join(self.held)
        named = (f"{e} = {v:g}" for e, v in zip(self.layout.entries, flat, strict=True))
        return f"parameters held at {', '.join(named)}"


def designed(
    model: type[Model],
    sizes: int | Sequence[int] = SIZES,
    datasets: int = DATASETS,
    *,
    methods: Sequence[str] = METHODS,
    at: Model | Mapping[str, Any] | None = None,
    inputs: Any = None,
    seed: int = 0,
    chains: int | None = None,
    draws: int | None = None,
    warmup: int | None = None,
    ess: float | None = None,
) -> Design:
    """Check what `study` is asked for; its arguments are explained there.

    Raises
    ------
    BadInput
        Naming what can't be simulated, or is out of range.
    """
    check_seed(seed)
    counts = tuple(sizes) if isinstance(sizes, Sequence | np.ndarray) else (sizes,)
    if not counts:
        raise BadInput("n", found="nothing", expected="numbers of rows", remedy="try n=(5, 20)")
    for count in counts:
        check_count("n", count, 1)
    check_count("datasets", datasets, LEAST)
    chosen = _methods(methods)
    sampling = sampling_of(chains, draws, warmup, ess)
    layout, rows = _laid_out(model, inputs)
    _check_simulable(layout, rows)
    held = None if at is None else _held(layout, at)
    if held is None:
        _check_prior(layout)
    sorted_counts = tuple(sorted({int(count) for count in counts}))
    return Design(layout, rows, held, sorted_counts, int(datasets), chosen, int(seed), sampling)


def check_ranks(design: Design) -> None:
    """Refuse to tell of ranks where there are none.

    Raises
    ------
    BadInput
        If the parameters are held, or no method has draws.
    """
    drawn = any(method in RANKED for method in design.methods)
    if design.held is None and drawn:
        return
    raise BadInput(
        "ranks of the truth",
        found="no method that draws" if not drawn else design.origin,
        expected="draws, and parameters from the prior: only then are ranks uniform by right",
        remedy=f"ask for {' or '.join(RANKED)}" if not drawn else "leave out --at",
    )


def _methods(methods: Sequence[str]) -> tuple[str, ...]:
    asked = (methods,) if isinstance(methods, str) else tuple(methods)
    for name in asked:
        check_name("methods", name, METHODS, "some of")
    if not asked:
        expected = f"some of {', '.join(METHODS)}"
        raise BadInput("methods", found="none", expected=expected, remedy="leave it out for all")
    return tuple(name for name in METHODS if name in asked)


def _laid_out(model: type[Model], inputs: Any) -> tuple[Layout, dict[str, np.ndarray]]:
    """The layout, and the rows of inputs: of the table that is given, or of the example."""
    if not inputs_of(model):
        names = (model.outcome,) if isinstance(model.outcome, str) else model.outcome
        labels = () if isinstance(model.outcome, str) else ((OUTCOME, tuple(names)),)
        return Layout(model, labels), {}
    try:
        table = as_data(model.example() if inputs is None else inputs)
    except NotImplementedError:
        raise BadInput(
            f"a study of {model.__name__}",
            found="no rows for its inputs",
            expected="a table from which the inputs of each data set are drawn",
            remedy="give one as inputs=, or with --data",
        ) from None
    bound = bind(model, table)
    return bound.layout, dict(bound.inputs)


def _check_simulable(layout: Layout, rows: Mapping[str, np.ndarray]) -> None:
    reason = why_not(layout, rows)
    if reason:
        raise BadInput(
            f"a study of {layout.model.__name__}",
            found=reason,
            expected="rows that stand alone and can be simulated, and a single optimum",
            remedy="simulate data sets of your own, and fit each with contrast()",
        )


def _check_prior(layout: Layout) -> None:
    """Refuse a prior that there is nothing to draw from, with what to do instead."""
    import jax

    try:
        with jax.enable_x64(True):
            reading_order(layout)
    except BadInput as error:
        first = next(iter(layout.model.parameters))
        raise BadInput(
            error.place,
            found=error.found,
            expected=error.expected,
            remedy=f"hold the parameters: --at '{first}=..., ...', or at={{'{first}': ...}}",
        ) from None


def _held(layout: Layout, at: Model | Mapping[str, Any]) -> dict[str, np.ndarray]:
    given = at.values if isinstance(at, Model) else dict(at)
    allowed = supports(layout, priors=False)
    if given.keys() != allowed.keys():
        raise BadInput(
            "at",
            found=", ".join(map(str, given)) or "nothing",
            expected=", ".join(allowed),
            remedy="give every parameter of the model a value",
        )
    held = {}
    for name, support in allowed.items():
        try:
            value = np.asarray(given[name], dtype=np.float64)
        except (TypeError, ValueError):
            value = np.full((), np.nan)
        shape = layout.shape(name)
        if value.shape not in ((), shape):
            raise BadInput(
                f"at, {name}",
                found=f"the shape {value.shape}",
                expected=f"the shape {shape}",
                remedy="give a value for each entry, or one for all",
            )
        if not ((value > support.lower) & (value < support.upper)).all():
            raise BadInput(
                f"at, {name}",
                found=f"{given[name]}",
                expected=f"{support}, and not on its edge",
                remedy="hold it inside of the support",
            )
        held[name] = np.broadcast_to(value, shape)
    return held
