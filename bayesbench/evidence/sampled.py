"""The evidence from what approximates the posterior: bridge sampling, and Laplace's value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np

from bayesbench.density import unconstrain
from bayesbench.errors import BadInput
from bayesbench.evidence.bridge import ITERATIONS, bridge
from bayesbench.evidence.mirror import apart_images, sign_alone
from bayesbench.evidence.parts import in_parts
from bayesbench.evidence.record import Evidence, rounding
from bayesbench.fit.jax_objective import log_posterior
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library

WORK = 100_000_000  # rows times draws: of long chains every second draw is taken, or every third
TOO_ROUGH = 0.5  # an error of the log with which an estimate is none


def by_bridge(bound: Bound, posterior: Fit, seed: int = 0) -> Evidence | str:
    """Bridge sampling from the draws of `fit_posterior`, on the unconstrained scale.

    Latents that can be integrated out are: the draws of the parameters alone are draws of
    their marginal posterior, which has fewer dimensions and is closer to a Normal. Others
    stay in. Where the posterior is even in an entry and lies apart on both sides, the draws
    are folded onto one of them, and the density doubled; of other images that lie apart,
    such as those of components that can change places, chains may have missed some.

    Returns
    -------
    Evidence, or a sentence that says why there is none
    """
    if posterior.draws is None or not posterior.converged:
        return f"No bridge sampling: of the sampler it is said that it {_ended(posterior)}."
    over, drawn = _over(bound), posterior.draws.values
    images = _images(posterior, over.layout.entries)
    if isinstance(images, str):
        return f"No bridge sampling: {images}, and chains need not visit every image alike."
    values = {name: drawn[name] for name in over.model.parameters}
    flat = over.layout.join(values)
    flat = flat[:, :: max(1, bound.few.n * flat.shape[0] * flat.shape[1] // WORK)]
    halves = flat.shape[0] * (flat.shape[1] // 2)
    if halves <= 2 * over.layout.size:
        return (
            f"No bridge sampling: the first halves of the chains have {halves} draws, and a Normal "
            f"in {over.layout.size} dimensions takes more than {2 * over.layout.size}."
        )
    folded = [k for k, name in enumerate(over.layout.entries) if name in images]
    flat[..., folded] = np.abs(flat[..., folded])
    with jax.enable_x64(True):
        z = np.asarray(_unconstrained(over.layout, over.layout.split(flat)))
    if not np.isfinite(z).all():
        return "No bridge sampling: some draws lie on the edge of a support, as float64 rounds."

    def log_density(points: np.ndarray) -> np.ndarray:
        inside = (points[:, folded] > 0).all(axis=1)
        return np.where(inside, in_parts(over, points) + len(folded) * np.log(2), -np.inf)

    found = bridge(log_density, z, seed)
    if np.isnan(found.log):
        return f"No bridge sampling: its iteration did not settle in {ITERATIONS:,} rounds."
    error = float(np.hypot(found.error, rounding(found.log)))
    if not error < TOO_ROUGH:
        return f"No bridge sampling: the error of the log evidence would be {error:.2g}."
    words = f"{found.draws:,} draws, worth {found.ess:,.0f}" + _of_images(images)
    return Evidence("bridge_sampling", found.log, error, words)


def by_laplace(bound: Bound, laplace: Fit) -> Evidence | str | None:
    """Laplace's value, once for each side on which the mode lies.

    Returns
    -------
    Evidence, a sentence that says why there is none, or None if the fit has no value
    """
    log = laplace.diagnostics.get("log_evidence")
    if log is None or laplace.draws is None:
        return None
    images = _images(laplace, bound.layout.entries)
    if isinstance(images, str):
        return f"No value of Laplace's: {images}, and the mode is that of one image."
    log = float(log) + len(images) * float(np.log(2))
    return Evidence("laplace", log, float("nan"), _of_images(images).removeprefix(", "))


def _images(fit: Fit, entries: Collection[str]) -> tuple[str, ...] | str:
    """The entries with two sides that can be folded, or what else the posterior's images are."""
    assert fit.draws is not None
    found = apart_images(fit.bound, fit.draws.values, entries)
    others = [each.words for each in found if not sign_alone(each)]
    if others:
        return f"the posterior stays as it is under {'; and under '.join(others)}"
    return tuple(each.entries[0] for each in found)


def _of_images(images: tuple[str, ...]) -> str:
    if not images:
        return ""
    return f", and {2 ** len(images)} mirror images ({', '.join(images)} of either sign)"


def _ended(posterior: Fit) -> str:
    if posterior.draws is None:
        return "has no draws"
    return f"is {posterior.status.name}"


def _over(bound: Bound) -> Bound:
    """The model with its latents integrated out, or with them where they can't be."""
    if not bound.model.latents:
        return bound
    try:
        log_posterior(bound, "unconstrained")
    except BadInput:
        return bound.joint
    return bound


@partial(jax.jit, static_argnums=0)
def _unconstrained(layout: Layout, values: Mapping[str, Any]) -> Any:
    back = partial(unconstrain, layout, library=jax_library(), priors=True)
    return jax.vmap(jax.vmap(back))(values)
