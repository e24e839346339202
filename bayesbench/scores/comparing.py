"""Several models of one table, each fitted in every way, scored on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from bayesbench.binding import bind
from bayesbench.contrasting import Contrast, contrast
from bayesbench.errors import BadInput
from bayesbench.evidence.bayes_factor import check_same_data
from bayesbench.fit.start import check_seed
from bayesbench.methods import METHODS
from bayesbench.model import Model
from bayesbench.scores.compared import Compared
from bayesbench.scores.scoring import asked, scores

if TYPE_CHECKING:
    from bayesbench.fit.sampler import SamplerOptions
    from bayesbench.layout import Bound

Models = Sequence[type[Model]] | Mapping[str, type[Model]]


def compare(
    models: Models | Sequence[Contrast] | Mapping[str, Contrast],
    data: Any = None,
    *,
    folds: int | None = None,
    held_out: Any = None,
    seed: int = 0,
    starts: int | None = None,
    methods: tuple[str, ...] = METHODS,
    progress: bool | None = False,
    **sampler: Unpack[SamplerOptions],
) -> Compared:
    """Compare models by what they predict: every fit of each, on the same folds or held-out rows.

    Parameters
    ----------
    models : sequence or mapping of Model classes, or of contrasts
        Two at least; a mapping gives them names.
    data : DataFrame, dict of arrays, or Data
        What all of them are fitted to; contrasts have been fitted already.
    folds : int, optional
        Into how many folds the rows are divided; ten, or as many as there are rows, if neither
        this is given nor `held_out`.
    held_out : DataFrame, dict of arrays, or Data, optional
        Rows that no fit has seen.
    seed, starts, methods, progress, **sampler
        As in `contrast`; the seed is that of the folds too.

    Returns
    -------
    Compared

    Raises
    ------
    BadInput
        If there are fewer than two models, one of them can't be bound, or they are not about
        the same outcomes; and as `Contrast.scores`.
    """
    check_seed(seed)
    named = _named(models)
    bounds = {name: _bound(each, data) for name, each in named.items()}
    first, *others = bounds.values()
    for other in others:
        check_same_data(first, other, "compare", "scores compare models, not data")
    for each in bounds.values():
        how = asked(each, folds, held_out, own=False)
    made = {}
    for k, (name, each) in enumerate(named.items()):
        fits = each
        if not isinstance(each, Contrast):
            options: dict[str, Any] = {"starts": starts, "methods": methods, **sampler}
            if "checkpoint" in options:  # which is that of one model
                options["checkpoint"] = Path(options["checkpoint"]) / str(k + 1)
            fits = contrast(each, bounds[name], seed=seed, progress=progress, **options)
        made[name] = scores(fits, **how, seed=seed, progress=progress)
    return Compared(made)


def _bound(each: type[Model] | Contrast, data: Any) -> Bound:
    if isinstance(each, Contrast):
        return each.bound
    if data is None:
        raise BadInput(
            "compare",
            found=f"{each.__name__} without data",
            expected="the data that the models are fitted to",
            remedy="write compare([...], data)",
        )
    return bind(each, data)


def _named(models: Any) -> dict[str, Any]:
    """By name: that of its class, with its variant, and a number where two are called alike."""
    if isinstance(models, Mapping):
        named = dict(models)
    else:
        named = {}
        for each in models:
            model = each.bound.model if isinstance(each, Contrast) else each
            variant = f" ({model.variant_name})" if model.variant_name else ""
            name, again = f"{model.__name__}{variant}", 2
            while name in named:
                name, again = f"{model.__name__}{variant} {again}", again + 1
            named[name] = each
    if len(named) < 2:
        raise BadInput(
            "compare",
            found=f"{len(named)} model{'s' * (len(named) != 1)}",
            expected="two models at least",
            remedy="the fits of one are compared by contrast(model, data).scores(folds=10)",
        )
    return named
