"""The scores of a contrast's fits: on rows held out, or on each fold by fits to the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from bayesbench.errors import BadInput
from bayesbench.fit.start import check_seed
from bayesbench.held_out import own_rows
from bayesbench.layout import Bound
from bayesbench.predict.new_rows import bind_rows
from bayesbench.scores.folds import USUAL, membership
from bayesbench.scores.judged import Judged, gathered, judge
from bayesbench.scores.loo import Loo, loo_of
from bayesbench.scores.record import Scores
from bayesbench.scores.refits import refits
from bayesbench.tables.reading import read_alike
from bayesbench.tables.streamed import check_at_hand

if TYPE_CHECKING:
    import numpy as np

    from bayesbench.contrasting import Contrast


def scores(
    contrast: Contrast,
    *,
    folds: int | None = None,
    held_out: Any = None,
    seed: int = 0,
    progress: bool | None = False,
) -> Scores:
    """Score the predictions of every fit of a contrast, on the same rows.

    Parameters
    ----------
    contrast : Contrast
    folds : int, optional
        Into how many folds the rows are divided, each of which is predicted by fits to the
        others.
    held_out : DataFrame, dict of arrays, or Data, optional
        Rows that no fit has seen, with their outcome; what the model holds out if neither is
        given.
    seed : int
        Of the folds, and of what is simulated.
    progress : bool, optional
        Whether to say on standard error which fold is fitted; None where a terminal looks on.

    Raises
    ------
    BadInput
        If both are given, or neither and the model holds no rows out; if there are fewer
        rows than folds, or fewer than two folds; or if the table can't be bound.
    """
    check_seed(seed)
    _check_one(folds, held_out)
    began = perf_counter()
    if folds is not None:
        check_at_hand(contrast.bound.table, "folds of them")
        made = _of_folds(contrast, membership(contrast.bound.n, folds, seed), seed, progress)
        return replace(made, seconds=perf_counter() - began)
    table = own_rows(contrast.bound) if held_out is None else held_out
    if table is None:
        raise BadInput(
            f"scores of {contrast.bound.model.__name__}",
            found="neither folds nor held-out rows",
            expected="rows that the fits have not seen",
            remedy=f"folds={min(USUAL, contrast.bound.n)} leaves some out in turn",
        )
    return replace(_of_rows(contrast, table, seed), seconds=perf_counter() - began)


def asked(
    bound: Bound, folds: int | None, held_out: Any = None, own: bool = True
) -> dict[str, Any]:
    """What `scores` is asked for, checked before anyone waits for a fit.

    Where neither is given, the rows that the model holds out (if its `own` will do), or else ten
    folds, or as many as there are rows. Rows that are held out may stand in a file.

    Raises
    ------
    BadInput
        As `scores`.
    """
    _check_one(folds, held_out)
    if held_out is not None:
        table = read_alike(held_out, bound.table) if isinstance(held_out, str | Path) else held_out
        bind_rows(bound.joint, table)
        return {"held_out": table}
    if folds is None and own and own_rows(bound) is not None:
        return {}
    check_at_hand(bound.table, "folds of them")
    count = min(USUAL, bound.n) if folds is None else folds
    membership(bound.n, count, 0)
    return {"folds": count}


def _check_one(folds: int | None, held_out: Any) -> None:
    if folds is not None and held_out is not None:
        raise BadInput(
            "scores",
            found="folds and held-out rows",
            expected="one of the two",
            remedy="score twice",
        )


def _of_rows(contrast: Contrast, table: Any, seed: int) -> Scores:
    fits = contrast.points
    rows = bind_rows(contrast.bound.joint, table)
    judged = {name: judge(fit, rows, seed) for name, fit in fits.items()}
    ended = {name: (fit.status,) for name, fit in fits.items()}
    return Scores(rows, None, seed, judged, ended)


def _of_folds(contrast: Contrast, fold: np.ndarray, seed: int, progress: bool | None) -> Scores:
    joint = contrast.bound.joint
    parts: dict[str, list[Judged]] = {name: [] for name in contrast.points}
    ended: dict[str, list[Any]] = {name: [] for name in contrast.points}
    for k, fits in enumerate(refits(contrast, fold, progress)):
        rows = joint.only(fold == k)
        for name, fit in fits.items():
            parts[name].append(judge(fit, rows, seed))
            ended[name].append(fit.status)
    places = [(fold == k).nonzero()[0] for k in range(int(fold.max()) + 1)]
    judged = {name: gathered(each, places) for name, each in parts.items()}
    found = loo_of(contrast)
    known = (found, "") if isinstance(found, Loo) else (None, found)
    statuses = {name: tuple(each) for name, each in ended.items()}
    return Scores(joint, fold, seed, judged, statuses, *known)
