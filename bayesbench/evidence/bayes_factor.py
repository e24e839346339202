"""Two models of the same data, compared by the ratio of their evidences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, hypot, log
from typing import Any

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.evidence.marginal_likelihood import marginal_likelihood
from bayesbench.evidence.priors import prior_name
from bayesbench.evidence.record import Evidence, Evidences
from bayesbench.layout import Bound
from bayesbench.model import Model

WORDS = (  # Kass and Raftery 1995, section 3.2
    (3.0, "not worth more than a bare mention"),
    (20.0, "positive evidence"),
    (150.0, "strong evidence"),
    (float("inf"), "very strong evidence"),
)
LARGE = 1e5  # a factor beyond it is written by its logarithm


@dataclass(frozen=True)
class BayesFactor:
    """How many times as probable one model makes the data as another.

    Attributes
    ----------
    first, second : str
        The names of the two.
    log : float
        The log evidence of the first minus that of the second.
    error : float
        Of `log`: the two errors, which are independent, carried over.
    methods : pair of str
        How the two were computed.
    """

    first: str
    second: str
    log: float
    error: float
    methods: tuple[str, str]

    @property
    def value(self) -> float:
        """The Bayes factor itself; infinite where float64 has no such number."""
        return exp(self.log) if self.log < 700 else float("inf")

    @property
    def words(self) -> str:
        """What Kass and Raftery (1995) call a factor of that size, whichever model it favours."""
        return next(words for limit, words in WORDS if abs(self.log) < log(limit))

    @property
    def sentence(self) -> str:
        """Which model the data favour, by what odds, and how well that is known."""
        better, worse, size = self.first, self.second, abs(self.log)
        if self.log < 0:
            better, worse = worse, better
        by = "by closed forms" if self.error < 1e-6 and {*self.methods} == {"closed_form"} else ""
        known = by or f"log {size:.4f} ± {self.error:.1g}"
        factor = f"{exp(size):.4f}" if size < log(LARGE) else f"e^{size:.1f}"
        if size <= 2 * self.error:
            return (
                f"Of {self.first} and {self.second} the data favour neither: the log Bayes factor "
                f"is {self.log:.2g} with an error of {self.error:.1g}."
            )
        return (
            f"The data are {factor} times as probable under {better} as under {worse} ({known}): "
            f"{self.words} (Kass and Raftery 1995). If both were equally probable before, {better} "
            f"has the probability {1 / (1 + exp(-size)):.4g} now."
        )

    def __str__(self) -> str:
        """The same as `sentence`."""
        return self.sentence


def ratio(first: str, second: str, one: Evidence, other: Evidence) -> BayesFactor:
    """The Bayes factor of two evidences."""
    error = hypot(one.error, other.error)
    return BayesFactor(first, second, one.log - other.log, error, (one.method, other.method))


def bayes_factor(first: Any, second: Any, **options: Any) -> BayesFactor:
    """Compare two models of the same data: how many times as probable one makes them.

    The ratio of their evidences (Jeffreys 1961; Kass and Raftery 1995).

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


def compared(first: str, second: str, one: Evidences, other: Evidences) -> BayesFactor:
    """The Bayes factor by the most accurate way to each evidence.

    Raises
    ------
    BadInput
        If the two are not of the same data, or one of them has no evidence with an error.
    """
    check_same_data(one.bound, other.bound)
    for name, each in ((first, one), (second, other)):
        if each.best is None:
            raise BadInput(
                f"the evidence of {name}",
                found=" ".join(each.missing).rstrip(".") or "Laplace's value alone",
                expected="an evidence with an error",
                remedy="give it priors that integrate to one, or sample its posterior",
            )
    assert one.best is not None
    assert other.best is not None
    return ratio(first, second, one.best, other.best)


def check_same_data(
    one: Bound,
    other: Bound,
    place: str = "the Bayes factor",
    remedy: str = "a Bayes factor compares models, not data",
) -> None:
    """Refuse models of different data: their evidences have no ratio, their scores no difference.

    The outcome must be the same, row by row, and the inputs that both read.

    Raises
    ------
    BadInput
        Naming the column that differs.
    """
    left, right = one.columns, other.columns
    outcomes = [_outcomes(each) for each in (one, other)]
    expected = "two models of the same data"
    if outcomes[0] != outcomes[1]:
        found = " and ".join(f"the outcome {', '.join(names)}" for names in outcomes)
        raise BadInput(place, found=found, expected=expected, remedy=remedy)
    matrices = one.designs.keys() | other.designs.keys()  # of formulas that may differ
    for name in (left.keys() & right.keys()) - matrices:
        if not np.array_equal(left[name], right[name]):
            found = f"columns '{name}' that differ ({one.sha256[:8]} and {other.sha256[:8]})"
            raise BadInput(place, found=found, expected=expected, remedy=remedy)


def _outcomes(bound: Bound) -> tuple[str, ...]:
    outcome = bound.model.outcome
    return (outcome,) if isinstance(outcome, str) else tuple(outcome)


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
