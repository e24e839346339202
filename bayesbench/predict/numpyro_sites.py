"""The sites of a model of NumPyro as its author calls them, deterministic ones among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library
from bayesbench.predict.predicting import instances

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.numpyro_models.wrapped import Wrapped

TAILS = (0.025, 0.975)


def numpyro_sites(fit: Fit) -> pd.DataFrame:
    """What a fit says of each site: of sampled ones, of deterministic ones, on their own scale.

    A simplex or a correlation matrix is fitted by coordinates on the line; here it stands as
    what it is. The rows are those of the fit.

    Parameters
    ----------
    fit : Fit
        Of a model that `from_numpyro` made.

    Returns
    -------
    DataFrame
        A row an entry: of an estimate its value; of draws mean, sd and the quantiles 2.5% and
        97.5%, `low` and `high`.

    Raises
    ------
    BadInput
        If the model is none of NumPyro, or the fit has no estimate and no draws.
    """
    import pandas as pd

    wrapped = getattr(fit.bound.model, "_numpyro", None)
    if wrapped is None:
        raise BadInput(
            f"numpyro_sites of {fit.bound.model.__name__}",
            found="a class of bayesbench",
            expected="a model that from_numpyro made",
            remedy="fit.table() has its parameters",
        )
    inputs = wrapped.given.coded if wrapped.given.rows else fit.bound.inputs
    with jax.enable_x64(True):
        columns = {name: jax_library().column(values) for name, values in inputs.items()}
        found = _sites(fit.bound.layout.joint, wrapped, instances(fit), columns)
        values = {entry: each for k, v in found.items() for entry, each in _entries(k, v)}
    if fit.draws is None:
        return pd.DataFrame({"value": {k: float(v[0]) for k, v in values.items()}})
    rows = {k: (v.mean(), v.std(ddof=1), *np.quantile(v, TAILS)) for k, v in values.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "sd", "low", "high"])


@partial(jax.jit, static_argnums=(0, 1))
def _sites(layout: Layout, wrapped: Wrapped, values: Any, inputs: Any) -> dict[str, Any]:
    del layout  # a program for each

    def one(at: Mapping[str, Any]) -> dict[str, Any]:
        return wrapped.unobserved(at, inputs)

    return jax.vmap(one)(values)


def _entries(name: str, values: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Its entries by name, each with all its instances."""
    array = np.moveaxis(np.asarray(values), 0, -1)
    for place in product(*(range(size) for size in array.shape[:-1])):
        tag = ", ".join(str(k + 1) for k in place)
        yield f"{name}[{tag}]" if tag else name, np.asarray(array[place])
