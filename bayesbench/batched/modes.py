"""The maximum of the likelihood, or of the posterior, in each of many data sets.

All climb side by side by Newton's method in a trust region, on the unconstrained scale, and
entries that are highest on an edge of their support are held there. What ends at a plain
maximum is judged side by side too; what does not is handed to the search of a single fit, with
its experiments, one data set after the other: no data set is dropped, and each has a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from bayesbench.batched.batch import Batch
from bayesbench.batched.blocks import block_size, by_block
from bayesbench.batched.edges import Held, at_higher_edges, tolerance
from bayesbench.batched.endless import endless_of
from bayesbench.batched.heights import LIKELIHOOD, Heights
from bayesbench.batched.sufficient import with_few_rows
from bayesbench.density import entry_supports
from bayesbench.errors import BadInput
from bayesbench.fit.experiments import NO_FALL
from bayesbench.fit.information import CLOSE, CURVED
from bayesbench.fit.record import Status
from bayesbench.fit.starts import climb_all, newton

AT_ONCE, WORK = 1024, 2_000_000  # data sets, and rows, for which a program is made
OUT = 20.0  # of a logarithm or a logit: what is further out is looked at more closely
POLISH = 5  # Newton steps at the end, for as long as each comes nearer
STATUSES = (
    *("converged", "boundary", "not identified", "unbounded", "stopped early"),
    *("diverged", "interrupted", "not converged"),
)
ONE_BY_ONE = Lock()  # torch's number of threads, which a search sets, is that of the process
CONVERGED = (0, 1)  # the codes of those that have an estimate


@dataclass(frozen=True)
class Modes:
    """Point estimates of many data sets; a row each, NaN where there is none.

    Attributes
    ----------
    scale : str
        `likelihood` for the MLE, else that on which the posterior's mode was looked for.
    z : array, shape (datasets, size)
        Where each search ended, in coordinates: also where that is no estimate.
    values, standard_errors : array, shape (datasets, size)
        On the parameters' own scale, entry by entry; no standard error on an edge.
    height : array, shape (datasets,)
        The total log-likelihood or log-posterior at the end.
    distance : array, shape (datasets,)
        How far the maximum is, in standard errors: the Newton decrement.
    covariance : array, shape (datasets, size, size)
        Of z, the inverse of the observed information; zero for what lies on an edge.
    status : array of int, shape (datasets,)
        Places in `STATUSES`, which are the names of a single fit's.
    sentences : mapping of int to str
        What the search of a single fit said, by data set, of those that it judged.
    library : str
        Which computed the others.
    """

    scale: str
    z: np.ndarray
    values: np.ndarray
    standard_errors: np.ndarray
    height: np.ndarray
    distance: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    sentences: Mapping[int, str] = field(default_factory=dict)
    library: str = "jax"

    @property
    def converged(self) -> np.ndarray:
        """Which have an estimate."""
        return np.isin(self.status, CONVERGED)


def find_modes(batch: Batch, scale: str = LIKELIHOOD) -> Modes:
    """The MLE of each data set, or on the scale `own` or `unconstrained` its MAP.

    Parameters
    ----------
    batch : Batch
    scale : str
        `likelihood`, or a scale of the posterior.
    """
    few, count = with_few_rows(batch), batch.datasets
    size = block_size(few, AT_ONCE, WORK // batch.layout.size)
    parts = by_block(lambda which, _: _of_block(few.only(which), scale), count, size)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])[:count]

    found = Modes(
        scale,
        joined("z"),
        joined("values"),
        joined("standard_errors"),
        joined("height"),
        joined("distance"),
        joined("covariance"),
        joined("status"),
        {
            first + k: words
            for first, part in zip(range(0, count, size), parts, strict=True)
            for k, words in part.sentences.items()
            if first + k < count
        },
    )
    return _with_the_rest(batch, found)


def _of_block(block: Batch, scale: str) -> Modes:
    """Those that end at a plain maximum, or without end; the status of the others is -1."""
    heights, shape = Heights(block, scale), (block.datasets, block.layout.size)
    held, z = Held.none(shape), np.zeros(shape)
    with np.errstate(all="ignore"):
        for _ in range(shape[1] + 1):
            z = _climbed(heights, z, held)
            before, held = held, at_higher_edges(heights, z, held)
            if (held.held == before.held).all():
                break
        found = _judged(heights, z, held)
        return _without_end(block, heights, held, found) if (found.status < 0).any() else found


def _climbed(heights: Heights, z: np.ndarray, held: Held) -> np.ndarray:
    """From z to the next top, and Newton steps there for as long as each comes nearer."""
    z, _, _ = climb_all(held.objective(heights), z)
    _, slope, curved = heights(z, held.held, held.at)
    step = newton(slope, curved)
    for _ in range(POLISH):
        trial = z + np.einsum("kij,kj->ki", step.ways, step.scores)
        _, slope, curved = heights(trial, held.held, held.at)
        after = newton(np.nan_to_num(slope), np.nan_to_num(curved))
        finite = np.isfinite(slope).all(axis=1) & np.isfinite(curved).all(axis=(1, 2))
        nearer = finite & (after.gain < step.gain) & (after.eigenvalues[:, -1] <= 0)
        if not nearer.any():
            break
        z = np.where(nearer[:, None], trial, z)
        _, slope, curved = heights(z, held.held, held.at)
        step = newton(slope, curved)
    return z


def _without_end(block: Batch, heights: Heights, held: Held, found: Modes) -> Modes:
    """The same, where those of which the climb never ends are told."""
    from bayesbench.fit.maximum import no_maximum
    from bayesbench.fit.torch_objective import WORDS

    what = WORDS[heights.scale if heights.priors else None]
    size = np.abs(block.outcome).reshape(block.datasets, -1).max(axis=1)
    away = endless_of(heights, found.z, held, found.status < 0, size)
    which = np.array([*away], dtype=int)
    for values in (found.values, found.standard_errors, found.covariance):
        values[which] = np.nan
    found.status[which] = STATUSES.index("unbounded")
    words = {k: f"unbounded: {no_maximum(heights.layout, what, each)}" for k, each in away.items()}
    return replace(found, sentences=words)


@dataclass(frozen=True)
class _Curvature:
    """The information of each data set in units of its own diagonal; see `Information`.

    What is held has the eigenvalue one, and a direction of its own.
    """

    eigenvalues: np.ndarray
    directions: np.ndarray  # (datasets, size, size), one a row, in z

    def distance(self, slope: np.ndarray) -> np.ndarray:
        scores = np.einsum("dki,di->dk", self.directions, slope)
        return np.sqrt((scores**2 / np.abs(self.eigenvalues)).sum(axis=1))

    @property
    def covariance(self) -> np.ndarray:
        return np.einsum("dki,dk,dkj->dij", self.directions, 1 / self.eigenvalues, self.directions)


def _curvature(curved: np.ndarray, held: np.ndarray) -> _Curvature:
    negative = np.nan_to_num(-curved)
    own = np.eye(curved.shape[1], dtype=bool)
    negative = np.where(own & held[:, :, None], 1.0, negative)
    diagonal = np.abs(np.diagonal(negative, axis1=1, axis2=2))
    unit = 1 / np.sqrt(np.where(diagonal > 1e-290, diagonal, 1.0))
    scaled = negative * unit[:, :, None] * unit[:, None, :]
    eigenvalues, vectors = np.linalg.eigh(scaled)
    return _Curvature(eigenvalues, np.swapaxes(vectors * unit[:, :, None], 1, 2))


def _judged(heights: Heights, z: np.ndarray, held: Held) -> Modes:
    value, slope, curved = heights(z, held.held, held.at)
    found, size = _curvature(curved, held.held), z.shape[1]
    distance = found.distance(np.nan_to_num(slope, nan=np.inf))
    own, stretch = heights.own(z)
    own = np.where(held.held, held.edges, own)
    plain = np.isfinite(value) & (distance <= CLOSE) & np.isfinite(curved).all(axis=(1, 2))
    plain &= (found.eigenvalues > CURVED * size).all(axis=1)
    plain &= ~(~held.held & (np.abs(z) > OUT))[:, _bounded(heights)].any(axis=1)
    plain &= _falls_around(heights, z, held, value, found)
    plain &= _falls_far_out(heights, z, held, value, plain)
    covariance = np.where(held.held[:, :, None] | held.held[:, None, :], 0.0, found.covariance)
    errors = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)) * stretch
    errors = np.where(held.held, np.nan, errors)
    on_edge = held.held.any(axis=1)
    code = np.where(plain, np.where(on_edge, 1, 0), -1)
    return Modes(heights.scale, z, own, errors, value, distance, covariance, code)


def _bounded(heights: Heights) -> np.ndarray:
    supports = entry_supports(heights.layout, heights.priors)
    return np.array([np.isfinite([s.lower, s.upper]).any() for s in supports])


def _falls_around(
    heights: Heights, z: np.ndarray, held: Held, here: np.ndarray, found: _Curvature
) -> np.ndarray:
    """Where the function has fallen one standard error away, on either side of every direction.

    A standard error of 30 in a logarithm or a logit is none.
    """
    falls, bounded = np.ones(len(z), dtype=bool), _bounded(heights)
    for k in range(z.shape[1]):
        error = found.directions[:, k] / np.sqrt(np.abs(found.eigenvalues[:, k]))[:, None]
        free = (np.abs(error) * ~held.held).max(axis=1) > 0
        lost = (np.abs(error) > 30)[:, bounded].any(axis=1)
        for step in (error, -error):
            there = heights(z + np.where(held.held, 0.0, step), held.held, held.at)[0]
            falls &= ~free | (~lost & (here - there >= NO_FALL))
    return falls


def _falls_far_out(
    heights: Heights, z: np.ndarray, held: Held, here: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """Where what came far from its start falls again beyond, the others maximised anew.

    The first of the steps by which `experiments.endless` follows an entry outwards.
    """
    falls, bounded = np.ones(len(z), dtype=bool), _bounded(heights)
    far = asked[:, None] & ~held.held & (np.abs(z) > 5)
    for entry in np.flatnonzero(far.any(axis=0)):
        axis, which = np.arange(z.shape[1]) == entry, far[:, entry]
        length = 4.0 if bounded[entry] else np.maximum(1.0, np.abs(z[:, entry]))[:, None]
        ways = [np.sign(z[:, [entry]]) * axis * length]
        if not bounded[entry]:  # two that go out together
            ways.append(np.where(bounded, 0.0, z) / np.abs(z[:, [entry]]) * length)
        for way in ways:
            at = z + np.where(which[:, None] & ~held.held, way, 0.0)
            pinned = held.holding(which, int(entry), heights.own(at)[0][:, entry])
            _, top, _ = climb_all(pinned.objective(heights), at)
            falls &= ~which | (top - here < -tolerance(here))
    return falls


def _with_the_rest(batch: Batch, found: Modes) -> Modes:
    """The same, with those that are no plain maxima judged as single fits are."""
    rest = np.flatnonzero(found.status < 0)
    if not len(rest):
        return found
    from bayesbench.fit.information import own_values, standard_errors
    from bayesbench.fit.mle import climber, one_thread
    from bayesbench.fit.search import search
    from bayesbench.fit.start import start_points
    from bayesbench.fit.torch_objective import log_likelihood, log_posterior

    sentences = dict(found.sentences)
    with ONE_BY_ONE, one_thread(), np.errstate(all="ignore"):
        for k in map(int, rest):
            bound = batch.bound(k)
            likelihood = found.scale == LIKELIHOOD
            target = log_likelihood(bound) if likelihood else log_posterior(bound, found.scale)
            try:
                done = search(target, climber(target, bound.n), start_points(target, None, 1, 0))
            except BadInput as error:
                status = Status("stopped early", f"stopped early: {error}")
            else:
                top, status = done.found, done.found.status
                found.z[k], found.height[k] = top.z, top.value
                found.distance[k], found.covariance[k] = top.distance, top.covariance
                found.values[k] = own_values(target, top.z, top.pins)
                found.standard_errors[k] = standard_errors(target, top.z, top.covariance)
                for entry, edge in top.edges.items():
                    found.values[k, entry], found.standard_errors[k, entry] = edge, np.nan
            if status.name == "interrupted":
                raise KeyboardInterrupt
            found.status[k] = STATUSES.index(status.name)
            sentences[k] = status.sentence
            if not status.converged:
                found.values[k] = found.standard_errors[k] = found.covariance[k] = np.nan
    return Modes(**{**vars(found), "sentences": sentences})
