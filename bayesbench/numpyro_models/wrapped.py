"""A model of NumPyro with what was seen of it: its distributions as functions of its sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import numpy as jnp

from bayesbench.distributions import Distribution, Family, Flat
from bayesbench.errors import BadInput, a
from bayesbench.layout import Levels
from bayesbench.numpyro_models.given import Given, unwrapped
from bayesbench.numpyro_models.joint_priors import Transform, is_joint, joint_prior
from bayesbench.numpyro_models.sites import Site, sites_in, traced
from bayesbench.numpyro_models.translation import AsGiven, arguments_of, family_of
from bayesbench.several import several

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class Wrapped:
    """The function, how it is called, and its sites.

    Attributes
    ----------
    function : function
        With its handlers.
    name : str
    given : Given
    observed : tuple of str
        The site of each outcome.
    names : mapping of str to str
        By the parameter's name, its site.
    shapes : mapping of str to tuple of int
        By site.
    stand_in : bool
        Whether something stands in for the outcome where the likelihood is asked for; else None.
    transforms : mapping
        By name, the way from coordinates on the line to the site's values, where these are bound.
    priors_read : str
        A parameter whose prior reads an input, so that the model goes with one table; or nothing.
    """

    function: Callable[..., Any]
    name: str
    given: Given
    observed: tuple[str, ...]
    names: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    stand_in: bool
    transforms: Mapping[str, Transform]
    priors_read: str

    def arguments(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What the function is called with at some inputs."""
        columns = {
            name: self.given.index(name, value)
            if isinstance(self.given.inputs[name], Levels)
            else jnp.asarray(value)
            for name, value in inputs.items()
        }
        rows = len(next(iter(inputs.values()), self.given.observed))
        outcomes = dict.fromkeys(self.given.outcomes)
        given = self.given.stand_ins(rows) if self.stand_in else outcomes
        return {**self.given.fixed, **columns, **given}

    def sites(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Site]:
        """The sites of a run at values of the parameters; those without one are no numbers."""
        return sites_in(self._trace(values, inputs))

    def unobserved(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the sites that are sampled or deterministic, by their own names."""
        return {
            name: each["value"]
            for name, each in self._trace(values, inputs).items()
            if each["type"] == "deterministic" or name in self.shapes
        }

    def _trace(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        with jax.enable_x64(True):
            held = {
                site: self._own(name, values[name])
                if name in values
                else jnp.full(self.shapes[site], jnp.nan)
                for name, site in self.names.items()
            }
            return traced(self.function, self.arguments(inputs), held)

    def _own(self, name: str, value: Any) -> Any:
        """A site's values, from those of the parameter: itself, or its coordinates."""
        array, transform = jnp.asarray(value), self.transforms.get(name)
        return array if transform is None else transform(array)

    def likelihood(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        """The outcome's distribution; of torch's tensors what knows its rows' log-density."""
        if _are_torch(values):
            from bayesbench.numpyro_models.by_torch import Rows

            return Rows(self, dict(values), dict(inputs))
        self._check(inputs)
        try:
            with jax.enable_x64(True):
                given = self._of_rows(values, inputs)
        except (BadInput, jax.errors.JAXTypeError):
            raise
        except Exception as error:
            raise ValueError(_own_line(self.function, error)) from error
        plain = not _is_traced(values, inputs)
        parts = [_distribution(each, family_of(each)) for each in given]
        parts = [_by_numpy(part) for part in parts] if plain else parts
        return parts[0] if len(parts) == 1 else several(parts, self.given.widths)

    def _of_rows(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Any]:
        """The outcomes' distributions as NumPyro has them, a row a datum.

        Where the model has something of each row, the rows are put at the places that their
        names have in its table, and the model runs on the whole of it.
        """
        if not self.given.rows:
            sites = self.sites(values, inputs)
            return [sites[name].distribution for name in self.observed]
        codes = jnp.asarray(inputs[self.given.rows])
        columns = {k: jnp.asarray(inputs[k]) for k in self.given.inputs}
        whole = {k: jnp.asarray(v) for k, v in self.given.coded.items()}

        full = {name: self._full(name, value) for name, value in values.items()}

        def at(places: Any, rows: Mapping[str, Any]) -> list[Any]:
            put = {k: v.at[places].set(rows[k]) for k, v in whole.items()}
            sites = self.sites(full, put)
            return [sites[name].distribution for name in self.observed]

        if len(codes) == self.given.n:
            return jax.tree.map(lambda leaf: _taken(leaf, codes, len(codes)), at(codes, columns))
        some = at(jnp.arange(self.given.n), whole)
        names = [tuple(getattr(each, "arg_constraints", None) or ()) for each in some]
        for each, known in zip(some, names, strict=True):
            if not known or not all(hasattr(each, name) for name in known):
                raise BadInput(
                    f"{len(codes)} rows for {self.name}",
                    found=f"{a(type(each).__name__)}, whose rows can't be taken apart",
                    expected=f"all {self.given.n} rows",
                    remedy="write its groups by an index column",
                )

        def of_one(place: Any, row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
            return [
                tuple(_taken(getattr(each, name), place, self.given.n) for name in known)
                for each, known in zip(at(place, row), names, strict=True)
            ]

        arguments = jax.vmap(of_one)(codes, columns)
        return [
            type(each)(**dict(zip(known, given, strict=True)))
            for each, known, given in zip(some, names, arguments, strict=True)
        ]

    def _full(self, name: str, value: Any) -> Any:
        """A site's value in its shape: a few rows that are looked at alone have fewer effects."""
        array, (length, *_) = jnp.asarray(value), (*self.shapes[self.names[name]], 0)
        if not array.ndim or len(array) == length:
            return array
        if len(array) > length:
            raise BadInput(
                f"{len(array)} names of rows for {self.name}",
                found="more than it was wrapped with",
                expected=f"at most {length}",
                remedy="wrap it with these data",
            )
        return jnp.concatenate([array, jnp.repeat(array[-1:], length - len(array), axis=0)])

    def prior(self, name: str, values: Mapping[str, Any]) -> Distribution:
        """The prior of a parameter, given those that it reads.

        Raises
        ------
        BadInput
            If torch is to compute one that only NumPyro has.
        """
        known = {k: v for k, v in values.items() if k in self.names and k != name}
        if not _are_torch(known):
            site = self.sites(known, self.given.coded)[self.names[name]]
            if is_joint(site.distribution):
                place = f"{self.name}, site '{site.name}'"
                return joint_prior(site.distribution, self.shapes[site.name], place)
            made = _distribution(site.distribution, family_of(site.distribution))
            return made if _is_traced(known, {}) else _by_numpy(made)
        from bayesbench.numpyro_models.by_torch import population, through_jax

        program, family = population(self, name, tuple(known))
        arguments = through_jax(program, tuple(known.values()))
        return Distribution(family, dict(zip(family.arguments, arguments, strict=True)))

    def _check(self, inputs: Mapping[str, Any]) -> None:
        """Refuse rows for which the model is another."""
        codes = inputs.get(self.given.rows)
        if isinstance(codes, np.ndarray) and len(codes) == self.given.n != len(np.unique(codes)):
            raise BadInput(
                f"the column '{self.given.rows}' of {self.name}",
                found="a name that stands in several of the rows",
                expected="each name once",
                remedy="predict fewer rows at a time",
            )
        for name, before in self.given.coded.items() if self.priors_read else ():
            now = inputs[name]
            if not isinstance(now, np.ndarray) or len(now) != len(before):
                continue
            if not np.array_equal(now, before):
                raise BadInput(
                    f"the input '{name}' of {self.name}",
                    found="other values than those that it was wrapped with",
                    expected=f"the same, for the prior of '{self.priors_read}' reads them",
                    remedy="wrap it with these data",
                )


def _distribution(made: Any, family: Family) -> Distribution:
    if family is Flat:
        return family()
    return AsGiven(family, arguments_of(made, family), made)


def _by_numpy(made: Distribution) -> Distribution:
    """The same with plain arguments, that they can be looked at."""
    plain = {name: _number(value) for name, value in made.arguments.items()}
    if not isinstance(made, AsGiven):
        return Distribution(made.family, plain)
    return AsGiven(made.family, plain, made.given)


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return array if array.ndim else array.item()


def _are_torch(values: Mapping[str, Any]) -> bool:
    return any(type(value).__module__.partition(".")[0] == "torch" for value in values.values())


def _is_traced(*several: Mapping[str, Any]) -> bool:
    return any(isinstance(v, jax.core.Tracer) for values in several for v in values.values())


def _taken(leaf: Any, places: Any, n: int) -> Any:
    """The part of an argument that belongs to a row, or to some, if it has a number for each."""
    array = jnp.asarray(leaf)
    if array.shape[:1] == (n,):
        return array[places]
    # NumPyro gives what all rows share an axis of length one.
    return array[0] if not jnp.ndim(places) and array.shape[:1] == (1,) else array


def _own_line(function: Any, error: Exception) -> str:
    """What went wrong, with the line of the function's own file."""
    said = f"{type(error).__name__}: {error}".split("\n")[0]
    code = getattr(unwrapped(function), "__code__", None)
    own = [f for f in extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}: {said}" if own else said
