"""A model of NumPyro with what was seen of it: its distributions as functions of its sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import numpy as jnp

from bayesbench.distributions import Distribution, Family, Flat
from bayesbench.errors import BadInput, a
from bayesbench.layout import Levels
from bayesbench.libraries import Library
from bayesbench.numpyro_models.given import Given, unwrapped
from bayesbench.numpyro_models.sites import Site, sites_in, traced
from bayesbench.numpyro_models.translation import KNOWN, AsGiven, arguments_of, family_of

if TYPE_CHECKING:
    from bayesbench.numpyro_models.through_jax import Program


@dataclass(frozen=True, eq=False)
class Wrapped:
    """The function, how it is called, and its sites.

    Attributes
    ----------
    function : function
        With its handlers.
    name : str
    given : Given
    observed : str
        The site of the outcome.
    names : mapping of str to str
        By the parameter's name, its site.
    shapes : mapping of str to tuple of int
        By site.
    stand_in : bool
        Whether something stands in for the outcome where the likelihood is asked for; else None.
    priors_read : str
        A parameter whose prior reads an input, so that the model goes with one table; or nothing.
    """

    function: Callable[..., Any]
    name: str
    given: Given
    observed: str
    names: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    stand_in: bool
    priors_read: str

    def arguments(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What the function is called with at some inputs."""
        columns = {
            name: self.given.index(name, value)
            if isinstance(self.given.inputs[name], Levels)
            else jnp.asarray(value)
            for name, value in inputs.items()
        }
        first = next(iter(inputs.values()), self.given.table[self.given.outcome])
        outcome = jnp.zeros(len(first)) if self.stand_in else None
        return {**self.given.fixed, **columns, self.given.outcome: outcome}

    def sites(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Site]:
        """The sites of a run at values of the parameters; those without one are no numbers."""
        with jax.enable_x64(True):
            held = {
                site: jnp.asarray(values[name])
                if name in values
                else jnp.full(self.shapes[site], jnp.nan)
                for name, site in self.names.items()
            }
            return sites_in(traced(self.function, self.arguments(inputs), held))

    def likelihood(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        """The outcome's distribution; of torch's tensors what knows its rows' log-density."""
        if _are_torch(values):
            return Rows(self, dict(values), dict(inputs))
        self._check(inputs)
        try:
            with jax.enable_x64(True):
                given = self._of_rows(values, inputs)
        except (BadInput, jax.errors.JAXTypeError):
            raise
        except Exception as error:
            raise ValueError(_own_line(self.function, error)) from error
        made = _distribution(given, family_of(given))
        return made if _is_traced(values, inputs) else _by_numpy(made)

    def _of_rows(self, values: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
        """The outcome's distribution as NumPyro has it, a row a datum.

        Where the model has something of each row, the rows are put at the places that their
        names have in its table, and the model runs on the whole of it.
        """
        if not self.given.rows:
            return self.sites(values, inputs)[self.observed].distribution
        codes = jnp.asarray(inputs[self.given.rows])
        columns = {k: jnp.asarray(inputs[k]) for k in self.given.inputs}
        whole = {k: jnp.asarray(v) for k, v in self.given.coded.items()}

        full = {name: self._full(name, value) for name, value in values.items()}

        def at(places: Any, rows: Mapping[str, Any]) -> Any:
            put = {k: v.at[places].set(rows[k]) for k, v in whole.items()}
            return self.sites(full, put)[self.observed].distribution

        if len(codes) == self.given.n:
            return jax.tree.map(lambda leaf: _taken(leaf, codes, len(codes)), at(codes, columns))
        some = at(jnp.arange(self.given.n), whole)
        names = tuple(getattr(some, "arg_constraints", None) or ())
        if not names or not all(hasattr(some, name) for name in names):
            raise BadInput(
                f"{len(codes)} rows for {self.name}",
                found=f"{a(type(some).__name__)}, whose rows can't be taken apart",
                expected=f"all {self.given.n} rows",
                remedy="write its groups by an index column",
            )

        def of_one(place: Any, row: Mapping[str, Any]) -> tuple[Any, ...]:
            made = at(place, row)
            return tuple(_taken(getattr(made, name), place, self.given.n) for name in names)

        arguments = jax.vmap(of_one)(codes, columns)
        return type(some)(**dict(zip(names, arguments, strict=True)))

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
            made = _distribution(site.distribution, family_of(site.distribution))
            return made if _is_traced(known, {}) else _by_numpy(made)
        from bayesbench.numpyro_models.through_jax import through_jax

        program, family = _population(self, name, tuple(known))
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


@dataclass(frozen=True)
class Rows:
    """A likelihood at torch's tensors: JAX computes it, and its derivatives."""

    wrapped: Wrapped
    values: Mapping[str, Any]
    inputs: Mapping[str, Any]

    def log_prob_of_rows(self, outcome: Any, library: Library) -> Any:
        """The log-density of each row, shape (n,)."""
        from bayesbench.numpyro_models.through_jax import through_jax

        program = _rows(self.wrapped, tuple(self.values), tuple(self.inputs))
        data = (outcome, *self.inputs.values())
        (rows,) = through_jax(program, tuple(self.values.values()), data)
        return rows


@cache
def _rows(wrapped: Wrapped, names: tuple[str, ...], columns: tuple[str, ...]) -> Program:
    """The rows' log-density as a program of the values of these parameters, and of the data."""
    from bayesbench.libraries import jax_library
    from bayesbench.numpyro_models.through_jax import Program

    def function(arrays: tuple[Any, ...], data: tuple[Any, ...]) -> tuple[Any, ...]:
        outcome, inputs = data[0], dict(zip(columns, data[1:], strict=True))
        made = wrapped.likelihood(dict(zip(names, arrays, strict=True)), inputs)
        return (made.log_prob_of_rows(outcome, jax_library()),)

    return Program(function)


@cache
def _population(wrapped: Wrapped, name: str, names: tuple[str, ...]) -> tuple[Program, Family]:
    """A prior's arguments as a program of the values of these parameters, and its family."""
    from bayesbench.numpyro_models.through_jax import Program

    start = {k: np.zeros(wrapped.shapes[wrapped.names[k]]) + 0.5 for k in names}
    family = wrapped.prior(name, start).family
    if family.name not in KNOWN:
        raise BadInput(
            f"the prior of {wrapped.name}.{name}",
            found=f"{a(family.name)}, which only NumPyro has",
            expected="a distribution that torch has, too",
            remedy="fit_map, fit_laplace and fit_posterior take it",
        )

    def function(arrays: tuple[Any, ...], data: tuple[Any, ...]) -> tuple[Any, ...]:
        made = wrapped.prior(name, dict(zip(names, arrays, strict=True)))
        return tuple(jnp.asarray(each, dtype=jnp.float64) for each in made.arguments.values())

    return Program(function), family


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
    """The part of an argument that belongs to some rows, if it has a number for each."""
    array = jnp.asarray(leaf)
    return array[places] if array.ndim and array.shape[0] == n else array


def _own_line(function: Any, error: Exception) -> str:
    """What went wrong, with the line of the function's own file."""
    said = f"{type(error).__name__}: {error}".split("\n")[0]
    code = getattr(unwrapped(function), "__code__", None)
    own = [f for f in extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}: {said}" if own else said
