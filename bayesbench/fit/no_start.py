"""Why chains can't begin: which parameter's prior, or which row's likelihood, is not finite."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from bayesbench.density import columns_in, constrain, log_prior_parts, row_log_likelihood
from bayesbench.errors import BadInput
from bayesbench.layout import Bound
from bayesbench.libraries import jax_library

LOOKED_AT = 10  # of the points


def no_start(bound: Bound, refused: np.ndarray) -> BadInput:
    """What to raise when the log-posterior is not finite where chains could begin.

    Parameters
    ----------
    bound : Bound
    refused : array, shape (points, size)
        Points on the unconstrained scale where it, or its slope, is not finite.
    """
    priors, rows = _parts(bound, refused[:LOOKED_AT])
    where = f"at {len(refused)} points around the middle of the supports"
    for parameter, finite in priors.items():
        if not finite.any():
            return BadInput(
                f"the prior of {bound.model.__name__}.{parameter}",
                found=f"a density that is not finite {where}",
                expected="a finite density where chains can begin",
                remedy="check its arguments, or give start= values that it allows",
            )
    bad = np.flatnonzero(~np.isfinite(rows).any(axis=0))
    if len(bad):
        more = f" (as of {len(bad) - 1} more rows)" if len(bad) > 1 else ""
        return BadInput(
            bound.table.place(int(bad[0]), _outcome(bound)),
            found=f"a log-likelihood of {rows[0, bad[0]]}{more} {where}",
            expected="a finite one where chains can begin",
            remedy="check the likelihood for the log or the division of zero, and the data's scale",
        )
    return BadInput(
        f"{bound.model.__name__} at the start of the chains",
        found=f"a log-posterior that is not finite, or has no finite slope, {where}",
        expected="a finite log-posterior there",
        remedy="check the likelihood for log or division of zero, and the scales of the data",
    )


def _outcome(bound: Bound) -> str:
    named = bound.model.outcome
    return named if isinstance(named, str) else named[0]


def _parts(bound: Bound, tried: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """At each point: whether each prior is finite, and the log-likelihood of each row."""
    library, layout = jax_library(), bound.layout
    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, library)

        @jax.jit  # untraced, the distributions refuse arguments that are no numbers
        def at(z: Any) -> tuple[dict[str, Any], Any]:
            values, _ = constrain(layout, z, library, priors=True)
            priors = log_prior_parts(layout.model, values, library)
            rows = row_log_likelihood(layout.model, values, inputs, outcome, library)
            return {name: jax.numpy.isfinite(p).all() for name, p in priors.items()}, rows

        priors, rows = jax.vmap(at)(tried)
        return {name: np.asarray(each) for name, each in priors.items()}, np.asarray(rows)
