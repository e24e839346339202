"""A look at a model and its data before anyone waits for a fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any

from bayesbench.binding import at_start, bind
from bayesbench.checks import finite, libraries, matters, priors, recovered
from bayesbench.checks.places import Places, places_of
from bayesbench.checks.points import points_of
from bayesbench.checks.record import SEVERITIES, Checked, Declared, Finding
from bayesbench.describe import spelt
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput
from bayesbench.example import example_of
from bayesbench.fit.start import check_seed
from bayesbench.joint import joint
from bayesbench.layout import Bound
from bayesbench.model import Model


def check(model: type[Model], data: Any = None, *, seed: int = 0, recover: bool = True) -> Checked:
    """Look for what would go wrong, or be misread, in seconds and without a full fit.

    The parameters are laid out; the likelihood is computed at the start and at draws of the
    prior; torch is held against JAX, row by row and slope by slope; rows, inputs and
    parameters that do not matter are named, and supports that a prior does not cover; and
    parameters that are known are looked for in a few simulated data sets.

    Parameters
    ----------
    model : Model class
    data : DataFrame, dict of arrays, or Data, optional
        The model's example if not given.
    seed : int
        Of what is drawn and simulated.
    recover : bool
        Whether to simulate and fit data sets, which takes longest.

    Returns
    -------
    Checked
        False if there is an error. A model that can't be bound to the data is one, too.

    Raises
    ------
    BadInput
        If there are no data, or the seed is none.
    """
    check_seed(seed)
    began, places = perf_counter(), places_of(model)
    remedy = "give them: --data FILE, or check(model, data)"
    table = example_of(model, remedy) if data is None else data
    try:
        bound = bind(model, table)
    except BadInput as error:
        found = [_refused(error, places)]
        return Checked(model, 0, (), tuple(found), perf_counter() - began)
    findings = [_placed(each, places) for each in _findings(bound, places, seed, recover)]
    ordered = sorted(findings, key=lambda each: SEVERITIES.index(each.severity))
    declared = tuple(_declared(bound, places))
    return Checked(model, bound.n, declared, tuple(ordered), perf_counter() - began)


def _findings(bound: Bound, places: Places, seed: int, recover: bool) -> Iterator[Finding]:
    points = points_of(bound, seed)
    compared = libraries.compare(points, places)
    yield from priors.look(bound, points)
    yield from compared.findings
    if any(each.severity == "error" for each in compared.findings) and compared.jax is None:
        return
    yield from finite.look(points)
    yield from matters.look(points, compared)
    if recover and not any(each.severity == "error" for each in compared.findings):
        yield from recovered.look(bound, points, seed)


def _placed(finding: Finding, places: Places) -> Finding:
    if finding.place or finding.severity == "ok":
        return finding
    return replace(finding, place=places.of(finding.about) if finding.about else "")


def _refused(error: BadInput, places: Places) -> Finding:
    """Why the table could not be bound, at the line of what it names."""
    inner = error.__cause__
    place = places.of_error(inner) if inner is not None else ""
    named = re.search(r"\.(\w+)", error.place)
    if not place and named is not None and named.group(1) in places.lines:
        place = places.of(named.group(1))
    return Finding("the model and its data", "error", str(error), place=place)


def _declared(bound: Bound, places: Places) -> Iterator[Declared]:
    instance = at_start(bound.layout)
    for name, each in joint(bound.model).parameters.items():
        prior = each.prior_at(instance)
        reads = not isinstance(each.prior, Distribution)
        words = f"{prior.family.name}, given others" if reads else spelt(prior)
        shape = bound.layout.shape(name)
        yield Declared(name, shape, each.support.brackets, words, places.of(name))
