"""How centred the sampler's coordinates are, where a prior has a loc and a scale of its own.

The coordinates of a population may be its members' values (centred) or their distances from
its loc in its scales (non-centred). Where the data say little of each member, its value's
prior is a funnel as the scale varies, in which a sampler gets stuck; where they say much, the
distance is what is tied to the scale. What the data tell of a member, against what its
population tells, decides (Papaspiliopoulos, Roberts and Sköld 2007; Betancourt and Girolami
2015). Between both, LocScaleReparam's coordinates depend on the units of the values: only the
two ends are chosen, and the others can be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro.infer import NUTS

from bayesbench.density import (
    columns_in,
    constrain,
    location_and_scale,
    log_prior_parts,
    total_log_likelihood,
)
from bayesbench.distributions import Distribution
from bayesbench.errors import BadInput, nearest
from bayesbench.fit import threefry
from bayesbench.fit.chain_starts import Starts, beginning
from bayesbench.fit.identity import density_hashes
from bayesbench.fit.jax_objective import log_density, log_posterior
from bayesbench.fit.known_programs import sources
from bayesbench.fit.programs import call
from bayesbench.fit.threefry import as_key
from bayesbench.layout import Bound, Layout
from bayesbench.libraries import jax_library
from bayesbench.model import Model, Parameter, with_some
from bayesbench.supports import real

CHAINS, STEPS, KEPT = 2, 300, 30  # of the trial; of a chain's last half so many are looked at
DEPTH = 6  # a trajectory of the trial has at most 2 to this power steps
HALF, ALMOST_ALL = 0.5, 0.95  # so much must the data tell, in so many of the draws


@dataclass(frozen=True)
class Parameterisation:
    """The coordinates in which a posterior is sampled, and the ground for them.

    Attributes
    ----------
    bound : Bound
        The joint model, laid out in these coordinates.
    centred : mapping of float
        By parameter whose prior has a loc and a scale that depend on others, how centred
        its coordinate is: 1 for its value, 0 for its distance from the loc in scales.
    told : mapping of (float, float)
        By the parameters that a trial has decided on, the share of what is known of an entry
        that comes from the data, and not from its prior: the median over the trial's draws,
        and what is exceeded in 95% of them.
    """

    bound: Bound
    centred: Mapping[str, float] = field(default_factory=dict)
    told: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def resolved(self) -> dict[str, Any]:
        """What a checkpoint keeps of it; `parameterisation_again` takes it."""
        told = {name: [*shares] for name, shares in self.told.items()}
        return {"centred": dict(self.centred), "told": told}

    @property
    def words(self) -> str:
        """A sentence a parameter; empty where there was nothing to choose."""
        return " ".join(self._sentence(name) for name in self.centred)

    def _sentence(self, name: str) -> str:
        c = self.centred[name]
        how = {0.0: "non-centred", 1.0: "centred"}.get(c, f"with the centredness {c:g}")
        if name not in self.told:
            return f"{name} is sampled {how}, as asked."
        usual, least = self.told[name]
        return (
            f"{name} is sampled {how}: along {CHAINS} trial chains of {STEPS} steps the data, and "
            f"not its prior, gave {usual:.0%} of what is known of an entry (the median; "
            f"{least:.0%} or more in {ALMOST_ALL:.0%} of the draws, and centred pays above "
            f"{HALF:.0%})."
        )


def choose_parameterisation(
    bound: Bound,
    *,
    asked: Mapping[str, float] | None = None,
    start: Starts = None,
    seed: int = 0,
) -> Parameterisation:
    """Choose how centred the sampler's coordinates are, by what a short trial sees.

    In the trial all is non-centred. It looks at how much the data tell of each parameter that
    has a loc and a scale of its own, against its prior (`told_by_the_rest`): with r times
    as much the share r / (1 + r), averaged over the entries, is theirs. Centred is what has
    more than half of it in 95% of the draws: near a single narrow scale, where the prior
    tells more, a centred sampler would diverge.

    Parameters
    ----------
    bound : Bound
        The model and its data; of latents the joint model is taken.
    asked : mapping of float, optional
        By name, how centred a coordinate shall be, from 0 to 1; without a trial if that
        leaves nothing to choose.
    start : Model, mapping, or several of them, optional
        Where the trial's chains begin; see `fit_posterior`.
    seed : int

    Raises
    ------
    BadInput
        If something is asked for that is no such parameter, or no number from 0 to 1; or if
        the log-posterior is not finite where the trial begins.
    """
    bound = bound.joint
    able = location_scale(bound.layout)
    given = _checked(bound, able, asked or {})
    told = {}
    if given.keys() != {*able}:
        shares = _shares(_laid_out(bound, dict.fromkeys(able, 0.0)), start, seed)
        told = {name: shares[name] for name in able if name not in given}
    chosen = {n: given[n] if n in given else float(told[n][1] > HALF) for n in able}
    return Parameterisation(_laid_out(bound, chosen), chosen, told)


def parameterisation_again(bound: Bound, resolved: Mapping[str, Any]) -> Parameterisation:
    """The coordinates that were chosen before, from what `Parameterisation.resolved` gave."""
    bound, centred = bound.joint, dict(resolved["centred"])
    told = {name: (usual, least) for name, (usual, least) in resolved["told"].items()}
    return Parameterisation(_laid_out(bound, centred), centred, told)


def _laid_out(bound: Bound, centred: Mapping[str, float]) -> Bound:
    """The bound model with these coordinates; what is wholly centred is as usual."""
    moved = tuple((name, float(c)) for name, c in centred.items() if c < 1)
    layout = replace(bound.layout, centred=moved)
    return bound if layout == bound.layout else replace(bound, layout=layout)


def _checked(bound: Bound, able: tuple[str, ...], asked: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(asked, Mapping):
        raise BadInput(
            "centred",
            found=repr(asked),
            expected="by name, how centred a coordinate shall be",
            remedy="give {'effect': 0}, for instance, or leave it out for a trial",
        )
    for name, c in asked.items():
        if name not in able:
            remedy = nearest(str(name), list(able))
            raise BadInput(
                "centred",
                found=repr(name),
                expected=f"a parameter or latent of {bound.model.__name__} on the whole line "
                "whose prior has a loc and a scale that read others",
                remedy="leave it out" if not able else remedy,
            )
        if isinstance(c, bool) or not isinstance(c, int | float) or not 0 <= c <= 1:
            raise BadInput(
                f"centred, for {name}",
                found=repr(c),
                expected="a number from 0 to 1",
                remedy="0 is non-centred, 1 centred",
            )
    return {name: float(c) for name, c in asked.items()}


def _shares(bound: Bound, start: Starts, seed: int) -> dict[str, tuple[float, float]]:
    """By parameter, the data's share of the information on an entry: see `Parameterisation`."""
    target = log_posterior(bound, "unconstrained")
    z = beginning(bound, target, start, seed, CHAINS).z
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, jax_library())
        keys = jax.random.split(jax.random.PRNGKey(seed), CHAINS)
        told = call(_trial, _known, (bound.layout,), keys, z, inputs, outcome)
        found = [np.asarray(each) for each in told]
    made = {}
    for (name, _), ratio in zip(bound.layout.centred, found, strict=True):
        # What bends upwards tells nothing; nor does a draw where nothing could be computed.
        told = np.nan_to_num(np.maximum(ratio, 0.0), nan=0.0, posinf=1e300)
        share = (told / (1 + told)).mean(axis=-1)
        made[name] = float(np.median(share)), float(np.quantile(share, 1 - ALMOST_ALL))
    return made


def location_scale(layout: Layout) -> tuple[str, ...]:
    """The parameters on the whole line whose prior has a loc and a scale that read others.

    They are told by the arguments of the family. One that reads another of them which is
    declared later is left out: it has to be known first.
    """
    model, known = layout.model, dict(layout.start)
    with np.errstate(all="ignore"):  # a prior may be none at the start: the fits see that
        able = {name: p for name, p in model.parameters.items() if _has_both(p, model, known)}
    known |= {name: np.full_like(known[name], np.nan) for name in able}
    found: list[str] = []
    for name, declared in able.items():
        if _is_known(declared, model, known):
            found.append(name)
            known[name] = layout.start[name]
    return tuple(found)


def _has_both(declared: Parameter, model: type[Model], known: Mapping[str, Any]) -> bool:
    if isinstance(declared.prior, Distribution) or declared.support != real:
        return False
    with np.errstate(all="ignore"):  # where the values are no numbers, the names still are names
        family = declared.prior_at(with_some(model, known)).family
    return family.support == real and {"loc", "scale"} <= {*family.arguments}


def _is_known(declared: Parameter, model: type[Model], known: Mapping[str, Any]) -> bool:
    """Whether loc and scale read nothing that is NaN, that is to say not known yet."""
    try:
        with np.errstate(all="ignore"):
            given = declared.prior_at(with_some(model, known)).arguments
    except ValueError:  # a scale that is not above zero
        return False
    return bool(np.isfinite(given["loc"]).all() and np.isfinite(given["scale"]).all())


def told_by_the_rest(layout: Layout, z: Any, probe: Any, inputs: Any, outcome: Any) -> Any:
    """Of each parameter in `layout.centred`, what all but its own prior tell of its entries.

    It is the curvature of the log-density without that prior, counted in the prior's own,
    scale^-2. Of a population that the data tell nothing of it is 0. Off the diagonal there
    is none where each row reads one entry; where there is some, the random signs of `probe`
    make the estimate of the diagonal unbiased (Bekas, Kokiopoulou and Saad 2007).

    Returns
    -------
    list of arrays, each of the parameter's entries
    """
    library, model = jax_library(), layout.model
    values, _ = constrain(layout, z, library, priors=True)
    signs = layout.split(probe)
    found = []
    for name, _ in layout.centred:

        def rest(value: Any, name: str = name) -> Any:
            at = values | {name: value}
            priors = log_prior_parts(model, at, library)
            others = sum(part.sum() for each, part in priors.items() if each != name)
            return total_log_likelihood(layout, at, inputs, outcome, library) + others

        _, bent = jax.jvp(jax.grad(rest), (values[name],), (signs[name],))
        _, scale = location_and_scale(layout, name, values, library)
        found.append(jax.numpy.ravel(-signs[name] * bent) * scale**2)
    return found


def _known(layout: Layout, keys: Any, z: Any, inputs: Any, outcome: Any) -> str:
    """What the trial's program depends on: a part of the prior is told by its parameter's name."""
    names, own = ([*layout.model.parameters], layout.centred), (__file__, threefry.__file__)
    return f"{names} {density_hashes(layout, inputs, outcome)} {sources(*own)}"


@partial(jax.jit, static_argnums=0)
def _trial(layout: Layout, keys: Any, z: Any, inputs: Any, outcome: Any) -> Any:
    """What the rest tells along short chains, by parameter: (chain, kept, entries)."""

    def potential(at: Any) -> Any:
        return -log_density(layout, "unconstrained", at, inputs, outcome)

    kernel = NUTS(potential_fn=potential, max_tree_depth=DEPTH)

    def step(state: Any, _: None) -> tuple[Any, Any]:
        state = kernel.sample(state, (), {})
        return state, state.z

    def chain(part: Any) -> Any:
        numbers, start = part
        key = as_key(numbers)
        at = kernel.init(key, STEPS // 2, start, (), {})
        drawn = jax.lax.scan(step, at, length=STEPS)[1][-1 : STEPS // 2 : -(STEPS // 2 // KEPT)]
        signs = jax.random.rademacher(key, drawn.shape, dtype=drawn.dtype)

        def told(both: Any) -> Any:
            at, probe = both
            return told_by_the_rest(layout, at, probe, inputs, outcome)

        return jax.lax.map(told, (drawn, signs))

    return jax.lax.map(chain, (keys, z))
