"""New rows for a model that has been fitted: bound as the rows of the fit were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bayesbench.binding import at_start, bind, inputs_of
from bayesbench.data import Data, as_data
from bayesbench.errors import BadInput, nearest
from bayesbench.layout import Bound, Columns, Levels, Terms
from bayesbench.tables.streamed import check_at_hand


def bind_rows(bound: Bound, table: Any, *, outcome: bool = True) -> Bound:
    """Check new rows as the first table was checked, and lay them out with its labels.

    Parameters
    ----------
    bound : Bound
        The model with the data that it was fitted to.
    table : DataFrame, dict of arrays, or Data
        The columns that the fit has read; further ones are left aside.
    outcome : bool
        Whether the rows have an outcome. If not, one that is possible stands in for it.

    Raises
    ------
    BadInput
        If a column is missing, a value can't be used, or a level was not in the fit.
    """
    model, labels = bound.model, dict(bound.layout.labels)
    declared = inputs_of(model)
    blocks = [how for how in declared.values() if isinstance(how, Columns)]
    wanted = [column for block in blocks for column in labels[block.dims]]
    wanted += [name for name, how in declared.items() if not isinstance(how, Columns | Terms)]
    wanted += [name for design in bound.designs.values() for name in design.variables]
    outcomes = [model.outcome] if isinstance(model.outcome, str) else [*model.outcome]
    data = as_data(table, "the new rows", *(wanted[:1] or outcomes[:1]))
    if not data.summed:
        check_at_hand(data, "predictions of each")
    rows = data.n if wanted else max(1, data.n)
    for name in wanted + outcomes * outcome:
        if name not in data.columns:
            raise BadInput(
                data.source,
                found=f"no column '{name}', only {', '.join(map(repr, data.columns)) or 'none'}",
                expected=f"the columns that {model.__name__} was fitted with",
                remedy=_remedy(name, [each for each in data.columns if each not in wanted]),
            )
    kept = {name: data.columns[name] for name in wanted + outcomes * outcome}
    if not outcome:
        support = at_start(bound.layout).likelihood(**bound.inputs).support
        # A count that was seen may be more than a new row allows; zero never is.
        seen = bound.outcome * (not getattr(support, "whole", False))
        known = seen.reshape(bound.n, -1).T
        kept |= {name: np.resize(known[k], rows) for k, name in enumerate(outcomes)}
    made = bind(model, replace(data, columns=kept, stream=None), bound.designs)
    inputs = dict(made.inputs)
    for name, how in declared.items():
        if isinstance(how, Levels):
            codes = _known(data, name, dict(made.layout.labels)[name], labels[name])
            inputs[name] = codes[made.inputs[name]]
    return replace(made, layout=bound.layout, inputs=inputs, fitted=bound.about)


def _remedy(name: str, others: list[str]) -> str:
    """What to do about a column that is not there, beside others that are not read."""
    for other in others:
        if nearest(other, [name]).endswith("?"):
            return f"write '{name}' for '{other}'"
    return f"give '{name}' as well"


def _known(data: Data, name: str, seen: tuple[str, ...], known: tuple[str, ...]) -> np.ndarray:
    """The place of each level of the new rows among those of the fit."""
    new = [level for level in seen if level not in known]
    if new:
        raise BadInput(
            f"{data.source}, column '{name}'",
            found=f"the level '{new[0]}'",
            expected="a level that the fit has seen",
            remedy=nearest(new[0], list(known)),
        )
    return np.array([known.index(level) for level in seen])
