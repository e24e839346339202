"""What a model of NumPyro says when it runs: its sample statements, with values held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import jax
from jax import numpy as jnp
from numpyro import handlers, validation_enabled
from numpyro.distributions import Unit
from numpyro.infer import init_to_uniform

from bayesbench.errors import BadInput, a
from bayesbench.numpyro_models.translation import bare, support_of
from bayesbench.supports import Support


@dataclass(frozen=True)
class Site:
    """A sample statement: its distribution without plates, and the shape of its value."""

    name: str
    distribution: Any
    shape: tuple[int, ...]
    observed: bool
    value: Any


def traced(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run the model, its sites at the given values; at some of their support where none is given.

    Values that are known, and not traced, may be no numbers: NumPyro's own checks are off then.
    """
    held = handlers.seed(function, rng_seed=0)
    if values is None:
        held = handlers.substitute(held, substitute_fn=init_to_uniform)
    else:
        with jax.enable_x64(True):  # a scan takes no arrays of NumPy
            known = {name: jnp.asarray(value) for name, value in values.items()}
        held = handlers.substitute(held, data=known)
    concrete = not any(isinstance(v, jax.core.Tracer) for v in (values or {}).values())
    with jax.enable_x64(True), validation_enabled(False) if concrete else nullcontext():
        return dict(handlers.trace(held).get_trace(**arguments))


def sites_in(trace: Mapping[str, Any]) -> dict[str, Site]:
    """The sample statements of a run."""
    return {
        name: Site(
            name,
            bare(each["fn"]),
            tuple(each["fn"].shape()),
            bool(each["is_observed"]),
            each["value"],
        )
        for name, each in trace.items()
        if each["type"] == "sample"
    }


def domain_of(site: Site, model: str) -> Support:
    """Where a site's value lies."""
    return support_of(site.distribution.support, f"{model}, site '{site.name}'")


def check_plates(trace: Mapping[str, Any], model: str) -> None:
    """Refuse plates that take some of their rows.

    Raises
    ------
    BadInput
        Naming the plate.
    """
    for name, each in trace.items():
        if each["type"] == "plate" and each["args"][0] != (each["args"][1] or each["args"][0]):
            raise BadInput(
                f"{model}, site '{name}'",
                found="a plate that takes some of its rows",
                expected="all of them",
                remedy="leave out subsample_size",
            )


def check_sites(trace: Mapping[str, Any], observed: Mapping[str, int | None], model: str) -> None:
    """Refuse what has no place in a likelihood of rows and priors.

    Parameters
    ----------
    trace : mapping
        Of a run.
    observed : mapping
        The sites of the outcomes, and of how many columns each is: None of a single.
    model : str
        Its name, for a sentence.

    Raises
    ------
    BadInput
        Naming the site.
    """
    for name, each in trace.items():
        kind, place = each["type"], f"{model}, site '{name}'"
        if kind == "param":
            raise BadInput(
                place,
                found="numpyro.param, a number without a prior",
                expected="sample statements",
                remedy="write numpyro.sample with a prior; the MLE uses none",
            )
        if kind != "sample":
            continue
        if isinstance(each["fn"], Unit):
            raise BadInput(
                place,
                found="numpyro.factor, which adds a number and has no rows",
                expected="a distribution of the outcome, a row a datum",
                remedy="write it as numpyro.sample(..., obs=y)",
            )
        if each["scale"] is not None or type(each["fn"]).__name__ == "MaskedDistribution":
            raise BadInput(
                place,
                found="rows that are scaled or masked",
                expected="rows that count once each",
                remedy="leave the rows out of the table instead",
            )
        made, kind_of_site = bare(each["fn"]), type(bare(each["fn"])).__name__
        if name in observed and made.event_dim > (0 if observed[name] is None else 1):
            raise BadInput(
                place,
                found=f"{a(kind_of_site)}, one density of all rows together",
                expected="a density of each row",
                remedy="sample what joins the rows as a site of its own, as f from a "
                "MultivariateNormal, and observe the rows given it, as Normal(f, noise)",
            )
        if name not in observed and made.support.is_discrete:
            raise BadInput(
                place,
                found=f"a discrete {kind_of_site} that is not observed",
                expected="continuous parameters",
                remedy="sum it out, as numpyro.distributions.MixtureSameFamily does, or give its "
                "data if it is an outcome",
            )
