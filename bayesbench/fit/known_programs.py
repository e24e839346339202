"""What programs of a density depend on: by this they are found on disk.

The hashes of likelihood and prior, and the text of the modules that make a density of them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from bayesbench import density as densities
from bayesbench import energy as energies
from bayesbench import row_blocks
from bayesbench.fit.identity import density_hashes, prior_hash
from bayesbench.fit.programs import source
from bayesbench.layout import Layout
from bayesbench.row_blocks import a_block


def known(layout: Layout, *given: Any) -> str | None:
    """What a program depends on that is given rows, behind all else; None where nothing tells."""
    *_, summed = given
    static = [each for each in given if isinstance(each, str | int)]
    if any(_is_measured(layout, each) for each in static if isinstance(each, str)):
        return None
    return f"{static} {density_hashes(layout, *a_block(*summed))} {sources()}"


def _is_measured(layout: Layout, scale: str) -> bool:
    """Whether functions of the model's own belong to the density on a scale, which no hash has."""
    declared = layout.model.parameters.values()
    return scale != "unconstrained" and any(
        scale in each.scales or each.log_volume is not None for each in declared
    )


def known_by_the_prior(layout: Layout, *_: Any) -> str:
    """What a program depends on that is given no rows."""
    return f"{prior_hash(layout)} {sources()}"


def known_for_rows(
    layout: Layout, values: Any, inputs: Any, outcome: Any, about: Any
) -> str | None:
    """What a program depends on that sees the rows one by one.

    The hash of a likelihood in which latents are integrated out does not say what a row's is.
    """
    if layout.model.latents:
        return None
    return f"{density_hashes(layout, inputs, outcome)} {sources()}"


@cache
def sources(*others: str) -> str:
    """The hash of the text of the modules that make a density, and of other files beside them."""
    here = Path(__file__)
    own = (str(here.with_name(name)) for name in ("jax_objective.py", "at_draws.py"))
    return source(*others, *own, densities.__file__, energies.__file__, row_blocks.__file__)
