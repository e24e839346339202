"""A model that was written for NumPyro, as a class that all fits take."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput, nearest
from bayesbench.layout import Columns, Levels
from bayesbench.model import Model, Parameter
from bayesbench.numpyro_models import seen
from bayesbench.numpyro_models.first_run import first_run, sites_of_outcomes
from bayesbench.numpyro_models.given import Given, given, unwrapped
from bayesbench.numpyro_models.joint_priors import Transform, coordinates_of, is_joint, log_volume
from bayesbench.numpyro_models.sites import Site, check_sites, domain_of, sites_in, traced
from bayesbench.numpyro_models.translation import KNOWN
from bayesbench.numpyro_models.wrapped import Wrapped
from bayesbench.population import Latent
from bayesbench.starting import class_name
from bayesbench.supports import real

MIXED = 8  # starts of a mixture


def from_numpyro(
    function: Callable[..., Any],
    observed: str | None = None,
    *,
    data: Any = None,
    latents: Iterable[str] | None = None,
    rows: str | None = None,
    **fixed: Any,
) -> type[Model]:
    """Make a model of a function that was written for NumPyro.

    Its sample statements are the parameters, with their priors; the observed one is the
    likelihood, a row a datum. MAP, Laplace, Pathfinder and posterior compute it by JAX, as
    NumPyro does. The MLE is torch's, over the derivatives of JAX, and its record says so
    (`settings["gradient"]`); it leaves the priors out, and looks where they have mass.

    Parameters
    ----------
    function : function
        As `numpyro.infer.MCMC` takes it, handlers of reparameterisation included.
    observed : str, optional
        The argument that holds the outcome, or the site that observes it. If not given, what the
        model's sites observe: several outcomes are one vector, independent given the parameters.
    data : dict or DataFrame, optional
        The function's arguments as `MCMC.run` would be given them. What is as long as the
        outcome is a column of the table, which becomes the model's example; the rest is held.
        It is needed where shapes depend on the data.
    latents : names of sites, optional
        The effects of a population, which MLE, MAP and Laplace integrate out. If not given, the
        one site whose distribution is a Normal that reads others, or that a reparam handler
        has made of such a one, or a standard Normal that another site scales; where there are
        more they are parameters as others.
    rows : str, optional
        The column of `data` that names the rows, where the model has an effect of each of them,
        as eight schools have. If not given, they are numbered, and called as the plate is.
    **fixed
        Arguments of the function that are no columns: `groups=8`.

    Returns
    -------
    Model class

    Raises
    ------
    BadInput
        If the function can't be run so, or has what no likelihood of rows has: discrete sites
        that are not observed, `numpyro.factor`, subsampled plates, one density of all rows,
        distributions that read the outcome or their own value.
    """
    plain = unwrapped(function)
    name = class_name(re.sub(r"\W", "_", plain.__name__).strip("_") or "model")
    module = sys._getframe(1).f_globals.get("__name__", plain.__module__)
    with jax.enable_x64(True):
        body = _made(function, name, observed, data, latents, rows, fixed)
    return type(name, (Model,), body | {"__module__": module})


def _made(
    function: Callable[..., Any],
    name: str,
    observed: str | None,
    data: Any,
    latents: Iterable[str] | None,
    rows: str | None,
    fixed: Mapping[str, Any],
) -> dict[str, Any]:
    """The class's attributes, by looking at the function."""
    told = given(function, observed, data, fixed, name)
    told, trace = first_run(function, told, name)
    observed_by = sites_of_outcomes(trace, told, observed, name)
    check_sites(trace, dict(zip(observed_by, told.widths, strict=True)), name)
    found = sites_in(trace)
    values = {k: np.asarray(each.value) for k, each in found.items() if k not in observed_by}
    if not values:
        raise BadInput(
            name, found="no parameter", expected="sample statements", remedy="write some"
        )
    run = seen.Run(function, told.arguments, observed_by)
    _check_order(run, told, values, name)
    reads = seen.readers(run, values)
    grown, priors_read = _tied(run, told, values, name)
    if grown:
        told = told.with_rows(*_rows(trace, told, grown, rows, data, values))
        run = seen.Run(function, told.arguments, observed_by)
    joint = {k: found[k].distribution for k in values if is_joint(found[k].distribution)}
    ways = {k: coordinates_of(made, f"{name}, site '{k}'") for k, made in joint.items()}
    names = {_attribute(k, ways.get(k) is not None): k for k in values}
    wrapped = Wrapped(
        function,
        name,
        told,
        observed_by,
        names,
        {k: found[k].shape for k in values},
        _needs_a_stand_in(function, told, values, observed_by),
        {name: ways[k] for name, k in names.items() if ways.get(k) is not None},
        priors_read,
    )
    chosen = _latents(wrapped, run, trace, reads, values, latents)
    body = _body(wrapped, found, reads, chosen, grown)
    # The components of a mixture may change places, and its likelihood has a saddle between.
    mixed = any("Mixture" in type(found[site].distribution).__name__ for site in observed_by)
    return body | ({"starts": MIXED} if mixed else {})


def _tied(
    run: seen.Run,
    told: Given,
    values: Mapping[str, np.ndarray],
    name: str,
) -> tuple[frozenset[str], str]:
    """What ties the model to a table: the sites that grow with it, and a prior that reads it."""
    inputs = {k: run.arguments[k] for k in told.inputs}
    longer = {k: np.concatenate([v, v[-1:]]) for k, v in told.table.items()}
    more = {k: np.concatenate([v, v[-1:]]) for k, v in inputs.items()}
    more |= {k: longer[k] for k in told.outcomes}
    try:
        sites = run.others(more).sites({})
        grown = frozenset(k for k, v in values.items() if sites[k].shape != v.shape)
    except Exception:  # its length is said by a number beside the table
        grown = frozenset(k for k, v in values.items() if v.shape[:1] == (told.n,))
    by_inputs = seen.readers_of_inputs(run, values, inputs)
    why = f"the prior of '{by_inputs[0]}', which reads the inputs" if by_inputs else ""
    if grown:
        why = f"the site '{min(grown)}', which is as long as the table"
    if why and not told.is_example:
        raise BadInput(
            f"from_numpyro({name})",
            found=why,
            expected="the table that it goes with",
            remedy="give data=..., as MCMC.run would be given it",
        )
    return grown, by_inputs[0] if by_inputs else ""


def _rows(
    trace: Mapping[str, Any],
    told: Given,
    grown: frozenset[str],
    asked: str | None,
    data: Any,
    values: Mapping[str, np.ndarray],
) -> tuple[str, np.ndarray]:
    """The column that names the rows: the one that is asked for, or the plate and numbers."""
    if asked is not None:
        if asked not in data or len(data[asked]) != told.n:
            raise BadInput(
                "rows",
                found=f"'{asked}', which is no column of the data",
                expected="a column that names the rows",
                remedy=nearest(asked, list(data)),
            )
        return asked, np.asarray(data[asked])
    plates = [f.name for k in grown for f in trace[k]["cond_indep_stack"] if f.size == told.n]
    taken = {*told.inputs, *told.outcomes, *values}
    free = [name for name in plates if name.isidentifier() and name not in taken]
    return (free or ["row"])[0], np.arange(1, told.n + 1)


def _needs_a_stand_in(
    function: Callable[..., Any],
    told: Given,
    values: Mapping[str, np.ndarray],
    sites: tuple[str, ...],
) -> bool:
    """Whether the model does not run without an outcome, or is another without it."""
    arguments = told.arguments
    with_it = sites_in(traced(function, arguments, values))
    try:
        without = sites_in(traced(function, arguments | dict.fromkeys(told.outcomes), values))
    except Exception:
        return True
    return any(
        site not in without
        or without[site].distribution.batch_shape != with_it[site].distribution.batch_shape
        for site in sites
    )


def _check_order(run: seen.Run, told: Given, values: Mapping[str, np.ndarray], name: str) -> None:
    """Refuse distributions that read what comes after them: an outcome, or their own value."""
    by_outcome = seen.readers_of_outcomes(run, values, told.outcomes)
    if by_outcome:
        raise BadInput(
            f"{name}, site '{by_outcome[0]}'",
            found=f"a distribution that reads the outcome, {' or '.join(told.outcomes)}",
            expected="one that is known before the outcome is",
            remedy="give what it reads (an earlier value, a mean) as an argument of its own",
        )
    by_own = seen.reads_itself(run, values)
    if by_own:
        raise BadInput(
            f"{name}, site '{by_own[0]}'",
            found="a distribution that reads the site's own value, as in a scan",
            expected="one that reads other sites only",
            remedy="sample the steps, as Normal(0, 1) for each, and add them up by jnp.cumsum; or "
            "sample dist.GaussianRandomWalk",
        )


def _latents(
    wrapped: Wrapped,
    run: seen.Run,
    trace: Mapping[str, Any],
    reads: frozenset[str],
    values: Mapping[str, np.ndarray],
    asked: Iterable[str] | None,
) -> dict[str, seen.Codes | None]:
    """The sites that are effects of a population, and which of them each row reads."""
    table = wrapped.given.table
    outcomes = [np.asarray(table[k]) for k in wrapped.given.outcomes]
    inputs = {k: np.asarray(run.arguments[k]) for k in wrapped.given.inputs}

    def codes(site: str) -> seen.Codes | None:
        return seen.codes_of(seen.reading(run, values, site, outcomes), inputs, wrapped.given.rows)

    if asked is not None:
        names = [asked] if isinstance(asked, str) else list(asked)
        for name in names:
            if name not in values:
                raise BadInput(
                    f"latents of {wrapped.name}",
                    found=f"no site '{name}'",
                    expected=f"some of {', '.join(values)}",
                    remedy=nearest(name, list(values)),
                )
        return {name: codes(name) for name in names}
    if not wrapped.given.is_example:
        return {}
    found = [k for k in values if k in reads | seen.made_by_reparam(trace)]
    found = found or [k for k in values if seen.is_distance(run, values, k, outcomes)]
    sites = run.sites(values)
    normal = [k for k in found if type(sites[k].distribution).__name__ == "Normal"]
    if len(found) != 1 or normal != found:
        return {}
    of_rows = codes(found[0])
    return {} if of_rows is None else {found[0]: of_rows}


def _body(
    wrapped: Wrapped,
    found: Mapping[str, Site],
    reads: frozenset[str],
    latents: Mapping[str, seen.Codes | None],
    grown: frozenset[str],
) -> dict[str, Any]:
    """The class's attributes: parameters and latents by their names, and the likelihood."""
    made: dict[str, Any] = {
        "__doc__": inspect.getdoc(unwrapped(wrapped.function))
        or f"A model that was written for NumPyro: {wrapped.name}.",
        "outcome": wrapped.given.outcome,
        "likelihood": _likelihood(wrapped),
        "derivatives_by": "JAX",
        "_numpyro": wrapped,
    }
    start = {
        name: np.asarray(_line(found[site].value, wrapped.transforms.get(name)))
        for name, site in wrapped.names.items()
    }
    for name, site in wrapped.names.items():
        prior = wrapped.prior(name, start)
        transform = wrapped.transforms.get(name)
        support = real if transform else domain_of(found[site], wrapped.name)
        reader = _reader(wrapped, name)
        shape, dims = _shape(found[site], transform), tuple[str, ...]()
        if site in grown:
            shape, dims = shape[1:], (wrapped.given.rows,)
        if site in latents:
            made[name] = Latent(reader, support, dims, sizes=shape, codes=latents[site])
            continue
        static = site not in reads
        plain = Distribution(prior.family, prior.arguments)
        kept = plain if prior.family.name in KNOWN or prior.is_flat else prior
        volume = log_volume(transform) if transform else None
        given = kept if static else reader
        made[name] = Parameter(given, support, dims, sizes=shape, log_volume=volume)
    if wrapped.given.is_example:
        columns = {k: v.copy() for k, v in wrapped.given.columns.items()}
        made["example"] = classmethod(lambda cls: dict(columns))
    return made


def _line(value: Any, transform: Transform | None) -> Any:
    """A site's value as the parameter's: itself, or its coordinates."""
    return value if transform is None else transform.inv(value)


def _shape(site: Site, transform: Transform | None) -> tuple[int, ...]:
    return site.shape if transform is None else tuple(transform.inverse_shape(site.shape))


def _reader(wrapped: Wrapped, name: str) -> Callable[[Any], Distribution]:
    return lambda instance: wrapped.prior(name, vars(instance))


def _likelihood(wrapped: Wrapped) -> Callable[..., Any]:
    """The method, which asks for the inputs by their names."""

    def likelihood(self: Any, **inputs: Any) -> Any:
        return wrapped.likelihood(
            {name: vars(self)[name] for name in wrapped.names if name in vars(self)}, inputs
        )

    asked = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for name, how in wrapped.given.asked.items():
        default = how if isinstance(how, Columns | Levels) else inspect.Parameter.empty
        asked.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default))
    method: Any = likelihood
    method.__signature__ = inspect.Signature(asked)
    method.__wrapped__ = unwrapped(wrapped.function)  # whose text the page shows
    return likelihood


def _attribute(site: str, by_coordinates: bool) -> str:
    """A site's name as an attribute: without strokes, and other than those of `Model`."""
    name = re.sub(r"\W", "_", site) + ("_unconstrained" if by_coordinates else "")
    return f"{name}_" if hasattr(Model, name) else name
