"""The first run of a model of NumPyro: what its inputs are, and which site is observed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from bayesbench.errors import BadInput, nearest
from bayesbench.numpyro_models.given import Given
from bayesbench.numpyro_models.sites import traced


def first_run(function: Callable[..., Any], told: Given, name: str) -> tuple[Given, dict[str, Any]]:
    """A run of the model, where columns that it takes for an index are levels."""
    numbers = [k for k, how in told.inputs.items() if how is None]
    if told.is_example:
        numbers = [k for k in numbers if told.table[k].dtype.kind in "iu"]
    first: Exception | None = None
    # What is an index can't be told from its name: numbers are tried first.
    for size in range(len(numbers) + 1):
        for some in combinations(numbers, size):
            trial = told.with_levels(some)
            try:
                return trial, traced(function, trial.arguments)
            except Exception as error:
                first = first or error
    remedy = "check the data" if told.is_example else "give data=..., as MCMC.run would be given it"
    raise BadInput(
        f"from_numpyro({name})",
        found=f"{type(first).__name__}: {str(first).partition(chr(10))[0][:200]}",
        expected="a function that runs",
        remedy=remedy,
    ) from first


def observed_site(trace: Mapping[str, Any], observed: str, name: str) -> str:
    """The site of the outcome: the one of that name, or the only one that is observed."""
    seen_sites = [k for k, e in trace.items() if e["type"] == "sample" and e["is_observed"]]
    if observed in seen_sites or len(seen_sites) == 1:
        return observed if observed in seen_sites else seen_sites[0]
    raise BadInput(
        f"from_numpyro({name})",
        found=f"the observed sites {', '.join(seen_sites)}" if seen_sites else "no observed site",
        expected=f"the site '{observed}', observed",
        remedy=nearest(observed, seen_sites) if seen_sites else "write numpyro.sample(..., obs=y)",
    )
