"""The evidence of a contrast, and its Bayes factors against the model's other priors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bayesbench.binding import bind
from bayesbench.evidence.bayes_factor import BayesFactor, compared, ratio
from bayesbench.evidence.priors import prior_name, priors_of
from bayesbench.evidence.quadrature import DIMENSIONS
from bayesbench.evidence.record import Evidences
from bayesbench.evidence.ways import every_way
from bayesbench.model import Model

if TYPE_CHECKING:
    from bayesbench.compare import Contrast


@dataclass(frozen=True)
class Comparison:
    """A model under its own prior against the same model under another.

    Attributes
    ----------
    other : str
        The name of the other prior.
    factor : BayesFactor or None
        By numbers alone where both have an evidence that is no closed form.
    exact : BayesFactor or None
        By the closed forms of both.
    why : str
        Why there is no factor.
    """

    other: str
    factor: BayesFactor | None = None
    exact: BayesFactor | None = None
    why: str = ""

    @property
    def numbers(self) -> dict[str, Any]:
        """The same as results.json has it."""
        if self.factor is None:
            return {"why": self.why}
        return {
            "log": self.factor.log,
            "error": self.factor.error,
            "methods": list(self.factor.methods),
            "exact": self.exact and self.exact.log,
            "sentence": self.factor.sentence,
        }


def evidence_of(contrast: Contrast) -> Evidences:
    """Every way that applies to a contrast's model, from the fits that it has."""
    return every_way(
        contrast.bound, contrast.exact, contrast.fits, contrast.integral, contrast.seed
    )


def against_other_priors(contrast: Contrast) -> tuple[Comparison, ...]:
    """The Bayes factors of a contrast's model against itself under its other priors.

    Those are integrated or known in closed form; nothing is sampled for them.
    """
    model, own = contrast.bound.model, contrast.evidence
    if own.best is None:
        return ()
    first = prior_name(model)
    others = {name: each for name, each in priors_of(model).items() if name != first}
    return tuple(_comparison(contrast, first, own, name, each) for name, each in others.items())


def _comparison(
    contrast: Contrast, first: str, own: Evidences, name: str, model: type[Model]
) -> Comparison:
    bound = bind(model, contrast.bound.table)
    return comparison(first, own, name, every_way(bound, model.exact(bound.columns), {}))


def comparison(first: str, own: Evidences, name: str, other: Evidences) -> Comparison:
    """Two evidences of the same data compared, as far as they can be."""
    known = (own.ways.get("closed_form"), other.ways.get("closed_form"))
    exact = ratio(first, name, known[0], known[1]) if known[0] and known[1] else None
    one, two = own.numerical or own.best, other.numerical or other.best
    if one is not None and two is not None:
        return Comparison(name, ratio(first, name, one, two), exact)
    why = " ".join((own if one is None else other).missing)
    return Comparison(name, why=why or f"The evidence under {name} takes a sampler of its own.")


def marginal_likelihood(
    model: type[Model], data: Any, *, seed: int = 0, **sampler: Any
) -> Evidences:
    """The evidence of a model: its likelihood averaged over its prior, by every way that applies.

    In closed form where the model knows one, by quadrature with one or two parameters, by
    bridge sampling from a posterior that is sampled for it with more; and Laplace's value.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data
    seed : int
        Of everything that is drawn.
    **sampler
        `starts`, `progress` and the options of `fit_posterior`, as in `contrast`.

    Raises
    ------
    BadInput
        If the model can't be bound to the data, or an argument is out of range.
    """
    from bayesbench.compare import contrast

    bound = bind(model, data)
    if any(p.is_flat for p in model.parameters.values()) or model.groups:
        return every_way(bound, {}, {})
    few = bound.layout.size <= DIMENSIONS
    methods = ("map", "laplace") if few else ("map", "laplace", "posterior")
    made = contrast(model, bound.table, seed=seed, methods=methods, **sampler)
    if few and made.evidence.best is None:  # the integral was none
        made = contrast(model, bound.table, seed=seed, methods=(*methods, "posterior"), **sampler)
    return made.evidence


def bayes_factor(first: Any, second: Any, **options: Any) -> BayesFactor:
    """Compare two models of the same data: how many times as probable one makes them.

    Parameters
    ----------
    first, second : Contrast, Evidences, or a pair (Model class, data)
        A pair is computed by `marginal_likelihood`.
    **options
        Those of `marginal_likelihood`.

    Returns
    -------
    BayesFactor
        Of the first against the second: `value`, `log` with its `error`, and `sentence`.

    Raises
    ------
    BadInput
        If the data differ, or a model has no evidence.
    """
    one, other = (_evidences(each, options) for each in (first, second))
    names = _names(one.bound.model, other.bound.model)
    return compared(*names, one, other)


def _evidences(given: Any, options: Mapping[str, Any]) -> Evidences:
    if isinstance(given, Evidences):
        return given
    if isinstance(given, tuple):
        return marginal_likelihood(*given, **options)
    found: Evidences = given.evidence
    return found


def _names(one: type[Model], other: type[Model]) -> tuple[str, str]:
    """What a sentence calls two models: by their priors if nothing else is different."""
    if one.__name__ != other.__name__:
        return one.__name__, other.__name__
    first, second = prior_name(one), prior_name(other)
    if first == second:
        return f"the first {one.__name__}", f"the second {one.__name__}"
    return first, second
