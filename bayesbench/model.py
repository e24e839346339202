"""The declaration of a model: its parameters, its likelihood, and what is asked of it.

A model is a class whose fields are its parameters and whose `likelihood` returns the
distribution of the data. A fitted model is an instance of that class.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from bayesbench.distributions import Distribution
from bayesbench.energy import EnergyBased
from bayesbench.population import Latent
from bayesbench.supports import Support, real

if TYPE_CHECKING:
    from bayesbench.runs import DeclaredRun
    from bayesbench.views.view import View

Prior = Distribution | Callable[[Any], Distribution]
SCALES = ("own", "unconstrained")  # on which every model has a mode


@dataclass(frozen=True)
class Parameter:
    """What a model declares of one parameter; see `parameter`."""

    prior: Prior
    support: Support
    dims: tuple[str, ...] = ()
    name: str = ""
    sizes: tuple[int, ...] = ()  # further axes, of fixed length
    spread: float = 2.0  # random starts lie within ± this on the unconstrained scale
    scales: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    near: Any = 0.0  # where the line begins that searches and chains run along
    unit: Any = 1.0  # and what is 1 on it
    # Of coordinates that stand for other values: the logarithm of a unit's volume among these.
    log_volume: Callable[[Any], Any] | None = None

    @property
    def is_flat(self) -> bool:
        """Whether the prior is the improper one that favours no value."""
        return isinstance(self.prior, Distribution) and self.prior.is_flat

    def prior_at(self, instance: Any) -> Distribution:
        """The prior, given the other parameters where it reads them."""
        return self.prior if isinstance(self.prior, Distribution) else self.prior(instance)

    @cached_property
    def domain(self) -> Support:
        """Where the prior and the support both allow it: where MAP and posterior look.

        A prior that reads other parameters allows what its family allows.
        """
        if not isinstance(self.prior, Distribution):
            return self.support
        return self.support.intersection(self.prior.support)


def parameter(
    prior: Prior,
    *,
    support: Support | None = None,
    dims: str | tuple[str, ...] = (),
    scales: Mapping[str, Callable[[Any], Any]] | None = None,
    near: Any = 0.0,
    unit: Any = 1.0,
) -> Any:
    """Declare a parameter.

    Parameters
    ----------
    prior : Distribution, or a function of the instance that returns one
        What is believed before the data: used by MAP and posterior, never by the MLE.
        It is truncated to the support and renormalised. `Flat()` favours no value.
    support : Support, optional
        The values that it may take, whatever the prior; if not given, the prior's.
    dims : str or tuple of str
        The names of its dimensions; () for a single number.
    scales : dict of str to function, optional
        Further scales on which MAP looks for a mode, by name: elementwise monotone
        functions of the parameter's value, from `bayesbench.numpy`: {"sd": bn.sqrt}.
    near, unit : float, or array that fits the parameter's shape
        Where searches begin and what is one step for them, on the line: of a price in a table
        in euros, 300,000 and 100,000. On a half-line they begin at `unit` from its end. They
        change how soon an answer is found, and no answer.

    Raises
    ------
    TypeError
        If the prior is not a distribution, or a scale has no such name or function, or a unit
        is not above zero.
    """
    if not isinstance(prior, Distribution) and not callable(prior):
        raise TypeError(f"parameter(): a prior is a distribution like Normal(0, 1), not {prior!r}.")
    if support is None:
        support = prior.support if isinstance(prior, Distribution) else real
    for name, function in (scales or {}).items():
        if name in SCALES or not re.fullmatch("[a-z_0-9]+", name) or not callable(function):
            raise TypeError(
                f"parameter(): the scale {name!r}: {function!r} is none; write a small word that "
                f'is not {" or ".join(SCALES)}, and a function: scales={{"sd": bn.sqrt}}.'
            )
    if not np.all(np.asarray(unit) > 0) or not np.all(np.isfinite(near)):
        raise TypeError(f"parameter(): near={near!r} and unit={unit!r}: a unit is above zero.")
    named = (dims,) if isinstance(dims, str) else tuple(dims)
    return Parameter(prior, support, named, scales=dict(scales or {}), near=near, unit=unit)


@dataclass(frozen=True)
class Event:
    """A quantity that the model predicts, with the words for it; see `event`."""

    words: str
    function: Callable[[Any], Any]
    name: str = ""

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else self.function(instance)


def event(words: str) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare an event: a method that gives its probability when the parameters are known.

    For a point estimate it is plugged in; for a posterior it is averaged over the draws.
    On an instance it reads as a value: `coin.two_tails`.

    Raises
    ------
    TypeError
        If it is used without words.
    """

    if not isinstance(words, str):
        raise TypeError('@event needs words for what is predicted: @event("next is heads").')

    def declare(function: Callable[[Any], Any]) -> Event:
        return Event(words, function, function.__name__)

    return declare


@dataclass(frozen=True)
class Variant:
    """What a variant changes of its model; see `variant`."""

    priors: Mapping[str, Prior] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def variant(*, priors: Mapping[str, Prior] | None = None, **options: Any) -> Variant:
    """Declare a variant: other priors, or other values of the model's class attributes.

    Parameters
    ----------
    priors : mapping of Distribution, or of functions of the instance; optional
        By parameter, in place of the declared ones.
    **options
        By name, values of the class attributes: `starts=4`.

    `variant()` changes nothing: it gives the model as declared a name of its own.
    """
    return Variant(priors or {}, options)


@runtime_checkable
class Group(Protocol):
    """Several parameters that are declared in a line and read as one, as a network is."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What they are, by names that begin with the group's."""
        ...

    @property
    def prior_in_words(self) -> str:
        """What is believed of them, in a line."""
        ...

    def named(self, name: str) -> Group:
        """The same under a name of its own: that of the class attribute."""
        ...


class Model:
    """The base of every model. Subclass it, declare parameters and write `likelihood`.

    Class attributes
    ----------------
    outcome : str or tuple of str
        The column that is modelled; several columns make one vector outcome.
    views : tuple of View
        What its page shows beside what every page shows: see `bayesbench.views`.
    runs : tuple of run
        What optimisers its page compares: `run("adam", learning_rate=1e-3)`, as `fit_mle`
        would be asked.
    variants : dict of str to Variant
        By name, what else the model can be.
    starts : int or None
        From how many points the searches for MLE and MAP begin, where a problem may have
        several optima; None for one, or eight if the model has networks.
    sampler : mapping
        Settings of `fit_posterior` that suit the model, where the usual ones do not.
    shows_underflow : bool
        Whether its page should tell where the product of the rows' densities underflows.

    An instance is the model with values for all its parameters; between fits these are
    float64 arrays of NumPy, of the parameter's shape, behind any axes of draws. Latents may
    be given values too, where they are known.
    """

    outcome: ClassVar[str | tuple[str, ...]]
    variants: ClassVar[Mapping[str, Variant]] = {}
    starts: ClassVar[int | None] = None
    sampler: ClassVar[Mapping[str, Any]] = {}
    variant_name: ClassVar[str | None] = None
    outcome_given: ClassVar[str | None] = None  # where it is not the column that is declared
    shows_underflow: ClassVar[bool] = False
    standardized: ClassVar[bool] = False  # whether its priors were meant for columns of sd 1
    file: ClassVar[str] = ""  # the text of the file, of a model that a formula stands for
    derivatives_by: ClassVar[str | None] = None  # the library, where torch's optimisers get them
    parameters: ClassVar[Mapping[str, Parameter]] = {}
    groups: ClassVar[Mapping[str, Group]] = {}
    latents: ClassVar[Mapping[str, Latent]] = {}
    events: ClassVar[Mapping[str, Event]] = {}
    views: ClassVar[tuple[View, ...]] = ()
    runs: ClassVar[tuple[DeclaredRun, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Collect what the class declares, in the order in which it stands there."""
        super().__init_subclass__()
        declared = vars(cls)
        # An object may stand under several names; under each it has parameters of its own.
        named = {k: v.named(k) for k, v in declared.items() if isinstance(v, Group)}
        for name, group in named.items():
            setattr(cls, name, group)
        # What a subclass or a variant declares anew takes the place of what stood there.
        cls.groups = {
            name: group for name, group in cls.groups.items() if name not in declared
        } | named
        inherited = {
            name: value
            for name, value in cls.parameters.items()
            if name.partition(".")[0] not in declared or isinstance(declared.get(name), Parameter)
        }
        cls.parameters = inherited | {
            each.name: each for name, value in declared.items() for each in _parameters(name, value)
        }
        found = {k: replace(v, name=k) for k, v in declared.items() if isinstance(v, Latent)}
        kept = {name: each for name, each in cls.latents.items() if name not in declared}
        cls.latents = kept | found
        cls.events = dict(cls.events) | {
            name: value for name, value in declared.items() if isinstance(value, Event)
        }
        check_priors(cls)

    def __init__(self, **values: Any) -> None:
        if values.keys() - self.latents.keys() != self.parameters.keys():
            found, asked = ", ".join(values) or "nothing", ", ".join(self.parameters)
            raise TypeError(f"{type(self).__name__} takes {asked} by name, and got {found}.")
        vars(self).update({name: _as_array(value) for name, value in values.items()})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} can't be set: make a new instance.")

    def __repr__(self) -> str:
        """The values that a single instance has, or the shape that many have."""
        parts = (
            f"{name}={value:.6g}" if np.ndim(value) == 0 else f"{name}=<{np.shape(value)}>"
            for name, value in self.values.items()
        )
        return f"{type(self).__name__}({', '.join(parts)})"

    @property
    def values(self) -> dict[str, Any]:
        """The parameters' values by name."""
        return {name: vars(self)[name] for name in self.parameters}

    def likelihood(self, *inputs: Any) -> Distribution | EnergyBased:
        """The distribution of the outcome, a row a datum; to be written by each model.

        Parameters
        ----------
        *inputs : arrays, each of shape (n,)
            The columns of the table by the names of the arguments; of shape (n, k) where the
            argument's default is `columns(...)` or `design(...)`, whole numbers that index a
            dimension where it is `levels()`.

        Returns
        -------
        Distribution or EnergyBased
            With arguments that fit the shape (n,), or (n, k) of a vector outcome.

        Raises
        ------
        NotImplementedError
            If the model has not written it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no likelihood.")

    @classmethod
    def example(cls) -> Any:
        """The data that the model brings; to be written by models that bring any.

        Returns
        -------
        DataFrame, or dict of arrays of equal length

        Raises
        ------
        NotImplementedError
            If it brings none.
        """
        raise NotImplementedError(f"{cls.__name__} brings no example data.")

    @classmethod
    def held_out(cls) -> Any:
        """Further rows like the example's, for scoring predictions; None if it brings none."""
        return None

    @classmethod
    def exact(cls, data: Any) -> dict[str, Any]:
        """Answers that mathematics gives for `data` without fitting, in results.json's shape.

        The estimates are by parameter: a number, or an array of the parameter's shape.
        """
        return {}

    @classmethod
    def notes(cls, data: Any) -> list[str]:
        """Sentences about this model and these data that its page should carry."""
        return []

    @classmethod
    def story(cls) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]


def scales_of(model: type[Model]) -> tuple[str, ...]:
    """The scales on which the posterior's mode is looked for: the usual two, and the declared."""
    declared = (scale for each in model.parameters.values() for scale in each.scales)
    return (*SCALES, *dict.fromkeys(declared))


def _parameters(name: str, value: Any) -> list[Parameter]:
    """The parameters that an attribute of a class declares: one, those of a group, or none."""
    if isinstance(value, Parameter):
        return [replace(value, name=name)]
    return [*value.parameters.values()] if isinstance(value, Group) else []


def with_variant(model: type[Model], name: str) -> type[Model]:
    """The model's variant of that name, which must be one of `model.variants`."""
    chosen = model.variants[name]
    changed: dict[str, Any] = dict(chosen.options)
    for parameter_name, prior in chosen.priors.items():
        if parameter_name not in model.parameters:
            raise TypeError(f"variant '{name}' of {model.__name__}: no parameter {parameter_name}.")
        changed[parameter_name] = replace(model.parameters[parameter_name], prior=prior)
    body = changed | {"__doc__": model.__doc__, "__module__": model.__module__}
    return type(model.__name__, (model,), body | {"variant_name": name})


def with_outcome(model: type[Model], column: str) -> type[Model]:
    """The model of another column, or of others: commas stand between several."""
    single = isinstance(model.outcome, str)
    named = column if single else tuple(part.strip() for part in column.split(","))
    body = {"__doc__": model.__doc__, "__module__": model.__module__}
    return type(model.__name__, (model,), body | {"outcome": named, "outcome_given": column})


def as_declared(model: type[Model]) -> type[Model]:
    """The model of the column that it declares, whichever was given: its example has that one."""
    given = [each for each in model.__mro__ if vars(each).get("outcome_given") is not None]
    if not given:
        return model
    plain: type[Model] = given[-1].__bases__[0]
    name = model.variant_name
    return plain if name in (None, plain.variant_name) else with_variant(plain, name)


def check_priors(model: type[Model]) -> None:
    """Refuse, at the declaration, a prior that can't be truncated to its support."""
    for name, declared in model.parameters.items():
        if not isinstance(declared.prior, Distribution) or declared.prior.is_flat:
            continue
        place = f"{model.__name__}.{name}: the prior {declared.prior!r}"
        if declared.prior.support.whole:
            raise TypeError(f"{place} gives whole numbers only; parameters are continuous.")
        domain = declared.domain
        if not domain.lower < domain.upper:
            raise TypeError(f"{place} gives no value that is {declared.support}.")
        if not declared.support.covers(declared.prior.support) and (
            not declared.prior.family.has_cdf
        ):
            raise TypeError(
                f"{place} would have to be truncated to {declared.support}, and torch and NumPyro "
                "do not both know its distribution function; choose a prior on that support."
            )


def with_some(model: type[Model], values: Mapping[str, Any]) -> Any:
    """An instance that has some of its values only, for what reads no others."""
    instance = object.__new__(model)
    vars(instance).update(values)
    return instance


def _as_array(value: Any) -> Any:
    plain = isinstance(value, int | float | list | tuple | np.ndarray | np.generic)
    return np.asarray(value, dtype=np.float64) if plain else value
