"""Which arguments of a model of NumPyro hold the outcome: those that its sites observe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpyro.distributions import Unit

from bayesbench.errors import BadInput, nearest
from bayesbench.numpyro_models.sites import check_plates, traced


def observed_sites(trace: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What each site observes, `numpyro.factor` left aside."""
    return {
        name: np.asarray(each["value"])
        for name, each in trace.items()
        if each["type"] == "sample" and each["is_observed"] and not isinstance(each["fn"], Unit)
    }


def outcomes_of(
    function: Callable[..., Any],
    known: Mapping[str, np.ndarray],
    fixed: Mapping[str, Any],
    observed: str | None,
    name: str,
) -> tuple[str, ...]:
    """The arguments that the model's sites observe, seen by a run with the data as they are.

    Parameters
    ----------
    function : function
    known : mapping of arrays
        The arguments that the data have.
    fixed : mapping
        Further arguments.
    observed : str, optional
        The site that is meant, where it is one of several.
    name : str
        Of the model, for a sentence.

    Raises
    ------
    BadInput
        If the model does not run, observes nothing, or observes what is no argument.
    """
    from jax import numpy as jnp

    # Texts are names of groups, and no model takes them before they are coded.
    given = {
        k: np.unique(v, return_inverse=True)[1] if v.dtype.kind in "OUS" else v
        for k, v in known.items()
    }
    try:
        run = {k: jnp.asarray(v) if v.ndim else v.item() for k, v in given.items()}
        trace = traced(function, {**run, **fixed})
    except Exception as error:
        raise does_not_run(name, error, "check the data") from error
    check_plates(trace, name)
    seen = observed_sites(trace)
    wanted = [observed] if observed in seen else [*seen]
    if observed is not None and observed not in seen and len(seen) != 1:
        raise no_site(name, [*seen], observed)
    if not seen:
        raise no_site(name, [], observed)
    return tuple(argument_of(site, seen[site], given, name) for site in wanted)


def argument_of(site: str, value: np.ndarray, known: Mapping[str, np.ndarray], name: str) -> str:
    """The argument that a site observes: of its values, and best of its name.

    Raises
    ------
    BadInput
        If none has them.
    """
    same = [k for k, each in known.items() if each.ndim and _equal(each, value)]
    if not same:
        raise BadInput(
            f"from_numpyro({name}), site '{site}'",
            found=f"an observation of shape {value.shape} that is none of the arguments "
            f"{', '.join(known)}",
            expected="obs= an argument as it is, a row a datum",
            remedy="give what is observed as an argument of its own, and what it follows from (an "
            "earlier value, say) as another: data={'y': y[1:], 'before': y[:-1]}",
        )
    return site if site in same else same[0]


def no_site(name: str, seen: list[str], observed: str | None) -> BadInput:
    """Why there is no outcome."""
    return BadInput(
        f"from_numpyro({name})",
        found=f"the observed sites {', '.join(seen)}" if seen else "no observed site",
        expected=f"the site '{observed}', observed" if observed else "numpyro.sample(..., obs=y)",
        remedy=nearest(str(observed), seen) if seen else "write numpyro.sample(..., obs=y)",
    )


def does_not_run(name: str, error: Exception | None, remedy: str) -> BadInput:
    """What to raise where the function fails with the data that it was given."""
    return BadInput(
        f"from_numpyro({name})",
        found=f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}",
        expected="a function that runs",
        remedy=remedy,
    )


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    return bool(np.allclose(one, other, rtol=1e-6, atol=0, equal_nan=True))
