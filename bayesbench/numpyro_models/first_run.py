"""The first run of a model of NumPyro: what its inputs are, and which sites are observed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from bayesbench.errors import BadInput
from bayesbench.numpyro_models.given import Given
from bayesbench.numpyro_models.outcomes import argument_of, does_not_run, no_site, observed_sites
from bayesbench.numpyro_models.sites import check_plates, traced


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
    raise does_not_run(name, first, remedy) from first


def sites_of_outcomes(
    trace: Mapping[str, Any], told: Given, observed: str | None, name: str
) -> tuple[str, ...]:
    """The site of each outcome: the one of its name, or the one that observes its values.

    Raises
    ------
    BadInput
        If there is none, or a site observes something else.
    """
    check_plates(trace, name)
    seen = observed_sites(trace)
    if not seen:
        raise no_site(name, [], observed)
    if len(told.outcomes) == 1 and (observed in seen or told.outcomes[0] in seen):
        site = observed if observed in seen else told.outcomes[0]
        of_site = {told.outcomes[0]: str(site)}
    else:
        known = {k: told.table[k] for k in told.outcomes}
        of_site = {argument_of(k, value, known, name): k for k, value in seen.items()}
    site, value = next((k, seen[k]) for k in of_site.values())
    if told.is_example and value.shape[:1] != (told.n,):
        argument_of(site, value, {told.outcomes[0]: told.table[told.outcomes[0]]}, name)
    other = [k for k in seen if k not in of_site.values()]
    if other:
        raise BadInput(
            f"{name}, site '{other[0]}'",
            found=f"a second observed site beside '{site}'",
            expected="the sites of the outcomes that were asked for",
            remedy=f"leave observed= out, which models them all, or give '{other[0]}' no data",
        )
    return tuple(of_site[each] for each in told.outcomes)
