"""One model on the first rows of a table, more and more of them: MLE, MAP and posterior.

The searches are torch's for all three, on the rows themselves, so that nothing is compiled
for a number of rows. The posterior is integrated by importance sampling from its mode where
the weights can be used, and sampled by NUTS elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from bayesbench.binding import bind
from bayesbench.density import Pins
from bayesbench.errors import BadInput
from bayesbench.fit.growth import IMPORTANCE, NUTS, TAILS, AtSize, Growth, Marginals, Point
from bayesbench.fit.information import own_values
from bayesbench.fit.objective import Objective
from bayesbench.fit.progress import working
from bayesbench.fit.record import Status
from bayesbench.fit.search import Search, optima_of, search
from bayesbench.fit.start import check_seed, start_points
from bayesbench.fit.starts import climb_all
from bayesbench.fit.t_proposal import importance_sample, weighted_quantile
from bayesbench.layout import Bound
from bayesbench.model import Model

FAR = 30.0  # on the unconstrained scale: beyond it a search is on an edge


def growth(
    model: type[Model],
    data: Any = None,
    sizes: Sequence[int] | None = None,
    *,
    seed: int = 0,
    shuffle: int | None = None,
    starts: int | None = None,
    progress: bool | None = False,
) -> Growth:
    """Fit a model to the first 1, 2, 5, 10, ... rows of a table, and to all of them.

    Under regularity the three answers run together as the data grow (Bernstein and von Mises;
    van der Vaart 1998, section 10.2). At small n an MLE may not exist; that is said, and not
    mended. Rows are taken in the table's order unless `shuffle` is given: of rows that are
    sorted, the first are no sample.

    Parameters
    ----------
    model : Model class
        Without latents, whose groups would be cut, and without networks, whose weights mean
        nothing one by one.
    data : DataFrame, dict of arrays, or Data; optional
        The example that the model brings, if none are given.
    sizes : sequence of int, optional
        The numbers of rows; 1, 2, 5, 10, 20, 50, ... and all if not given.
    seed : int
        Of importance sampling, of NUTS, and of random starts.
    shuffle : int, optional
        A seed by which the rows are put in another order first.
    starts : int, optional
        From how many points each search begins; the model's own number if not given.
    progress : bool, optional
        Whether to say on standard error what is being done; None where a terminal looks on.

    Returns
    -------
    Growth

    Raises
    ------
    BadInput
        If the model can't be bound, is one of those above, or an argument is out of range.
    """
    check_seed(seed)
    began = perf_counter()
    bound = bind(model, data)
    refusal = why_not(bound)
    if refusal is not None:
        raise BadInput(
            f"growth of {model.__name__}",
            found=refusal,
            expected="rows that stand alone, and parameters that mean something one by one",
            remedy="fit tables of your own with contrast()",
        )
    wanted = _checked(sizes, bound.n)
    if shuffle is not None:
        check_seed(shuffle)
        bound = bound.only(np.random.default_rng(shuffle).permutation(bound.n))
    found: list[_Searched] = []
    for rows in reversed(wanted):  # a search with fewer rows begins where that with more ended
        with working(f"the first {rows:,} of {bound.n:,} rows ...", progress):
            found.append(_at(bound, rows, seed, starts, found[-1] if found else None))
    with working("NUTS where importance sampling does not do ...", progress):
        done = _sampled(bound, [each.at for each in reversed(found)], seed)
    return Growth(bound, seed, shuffle, done, perf_counter() - began)


def why_not(bound: Bound) -> str | None:
    """Why a model's growth is not looked at; None if it is."""
    if bound.passes is not None:
        return f"{bound.nobs:,} rows that are read in blocks"
    if bound.model.latents:
        return f"groups of rows that share {', '.join(bound.model.latents)} and would be cut"
    if bound.model.groups:
        return "networks, whose weights can be permuted"
    return None


def usual_sizes(n: int) -> tuple[int, ...]:
    """1, 2, 5, 10, 20, 50, ... below n, and n."""
    steps = [digit * 10**power for power in range(len(str(n))) for digit in (1, 2, 5)]
    return (*(step for step in steps if step < n), n)


def _checked(sizes: Sequence[int] | None, n: int) -> tuple[int, ...]:
    if sizes is None:
        return usual_sizes(n)
    bad = [s for s in sizes if not (isinstance(s, int | np.integer) and 1 <= s <= n)]
    if bad or not len(sizes):
        raise BadInput(
            "sizes",
            found=repr(bad[0]) if bad else "none",
            expected=f"whole numbers from 1 to {n}, the rows of the table",
            remedy="leave it out for 1, 2, 5, 10, ...",
        )
    return tuple(sorted({int(size) for size in sizes}))


@dataclass(frozen=True)
class _Searched:
    """What one number of rows gave, and where the search with fewer rows may begin."""

    at: AtSize
    mle: Model | None
    map: Model | None


def _at(
    bound: Bound, rows: int, seed: int, starts: int | None, more: _Searched | None
) -> _Searched:
    from bayesbench.fit.mle import climber, one_thread
    from bayesbench.fit.torch_objective import log_likelihood, log_posterior

    part = bound.only(slice(rows))

    def sought(target: Objective, start: Model | None) -> Search:
        z = start_points(target, _inside(target, start), starts, seed)
        done = search(target, climber(target, part.n), z)
        if done.found.status.name == "interrupted":
            raise KeyboardInterrupt
        return done

    with one_thread():
        likelihood, own = log_likelihood(part), log_posterior(part, "own")
        mle = _point(likelihood, sought(likelihood, more.mle if more else None))
        mode = _point(own, sought(own, more.map if more else None))
        target = log_posterior(part, "unconstrained")
        if any(each.is_flat for each in part.model.parameters.values()):
            found = _unless_improper(sought(target, None).found.status)
        else:
            found = None
        begin = start_points(target, _inside(target, _model(part, mode)), starts, seed)
        made = AtSize(rows, mle, mode, found or _integrated(target, begin, seed))
        return _Searched(made, _model(part, mle), _model(part, mode))


def _model(bound: Bound, point: Point) -> Model | None:
    if point.values is None:
        return None
    return bound.model(**bound.layout.split(point.values))


def _inside(target: Objective, start: Model | None) -> Model | None:
    """A start that a search can begin at: none that lies on an edge, or is impossible."""
    if start is None:
        return None
    with np.errstate(all="ignore"):
        z = target.unconstrain(start.values)
    near = np.isfinite(z).all() and np.abs(z).max() < FAR
    return start if near and np.isfinite(target.value(z, Pins.none(len(z)))) else None


def _point(target: Objective, done: Search) -> Point:
    found = done.found
    if not found.status.converged:
        return Point(found.status)
    values = own_values(target, found.z, found.pins)
    values[list(found.edges)] = list(found.edges.values())
    return Point(found.status, values)


def _unless_improper(status: Status) -> Marginals | None:
    """Under a flat prior there is no posterior where nothing informs a direction."""
    if status.name not in ("not identified", "unbounded"):
        return None
    why = status.sentence.removeprefix(f"{status.name}: ")
    words = f"{status.name}: there is no posterior (flat prior); {why}"
    return Marginals(Status(status.name, words), "nothing")


def _integrated(target: Objective, starts: np.ndarray, seed: int) -> Marginals:
    """The posterior by importance sampling from its mode; where that can't be, NUTS is named."""
    assert target.derivatives is not None
    waiting = Marginals(Status("not converged", "not converged: nothing was drawn."), NUTS)
    with np.errstate(all="ignore"):
        ends, heights, arrived = climb_all(target.derivatives, starts)
    if not arrived.any():
        return waiting
    optima = optima_of(target, ends[arrived], heights[arrived], len(ends))
    mode = ends[arrived][int(np.argmax(heights[arrived]))]
    curvature = -target.hessian(mode, Pins.none(len(mode)))
    if len(optima) > 1 or not np.isfinite(curvature).all():
        return waiting
    curved = np.linalg.eigvalsh(curvature)
    if not curved.min() > 1e-10 * curved.max():
        return waiting
    drawn = importance_sample(_heights(target), mode, np.linalg.inv(curvature), seed)
    if not drawn.good:
        return waiting
    values = _values(target, drawn.z)
    low, high = (weighted_quantile(values, drawn.weights, tail) for tail in TAILS)
    words = f"converged: Pareto-k {drawn.pareto_k:.2f}, {drawn.ess:.0f} effective draws."
    numbers = {"pareto_k": drawn.pareto_k, "ess": drawn.ess}
    mean = drawn.weights @ values
    return Marginals(Status("converged", words), IMPORTANCE, numbers, mean, low, high)


def _heights(target: Objective) -> Any:
    """The log-density of many z at once, by torch."""
    import torch

    from bayesbench.libraries import torch_library

    assert target.tensor is not None
    tensor, none = target.tensor, Pins.none(target.layout.size)
    many = torch.func.vmap(lambda z: tensor(z, none), chunk_size=256)

    def heights(z: np.ndarray) -> np.ndarray:
        with torch.no_grad(), np.errstate(all="ignore"):
            found: np.ndarray = many(torch_library().array(z)).numpy()
        return found

    return heights


def _values(target: Objective, z: np.ndarray) -> np.ndarray:
    """Many z on the parameters' own scale, entry by entry."""
    import torch

    from bayesbench.density import reader
    from bayesbench.libraries import torch_library

    library = torch_library()
    read = reader(target.layout, library, priors=True)
    with torch.no_grad():
        found = torch.func.vmap(read)(library.array(z))
    return target.layout.join({name: v.numpy() for name, v in found.items()})


def _sampled(bound: Bound, at: list[AtSize], seed: int) -> tuple[AtSize, ...]:
    """The same, with NUTS where a posterior waits for it: all of these by one program."""
    waiting = [each.rows for each in at if each.posterior.made_by == NUTS]
    if not waiting:
        return tuple(at)
    from bayesbench.fit.prefixes import sample_prefixes

    found = dict(zip(waiting, sample_prefixes(bound, waiting, seed), strict=True))
    return tuple(replace(a, posterior=found[a.rows]) if a.rows in found else a for a in at)
