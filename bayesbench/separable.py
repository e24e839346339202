"""Whether a latent can be integrated out a group at a time: seen from its declaration, and
by experiment on the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesbench.binding import inputs_of
from bayesbench.errors import BadInput, a
from bayesbench.layout import Layout, Levels
from bayesbench.libraries import Library
from bayesbench.marginal import grouped
from bayesbench.model import with_some


def check_separable(
    layout: Layout, values: Any, inputs: Any, outcome: Any, library: Library
) -> None:
    """Refuse latents that can't be integrated out.

    There must be one, with a Normal population, over the levels of an input or over none,
    and each row must read the effect of its own group only. That is tried at `values`, by
    changing the effects of half of the groups: those whose number has a certain binary
    digit. Any two groups differ in a digit, so each pair is told apart.

    Raises
    ------
    BadInput
        Naming the latent and what stands in the way.
    """
    latents = layout.model.latents
    if len(latents) != 1:
        raise _refusal(layout, f"{len(latents)} latents", "one")
    ((name, latent),) = latents.items()
    family = latent.distribution(with_some(layout.model, values)).family.name
    if family != "Normal":
        raise _refusal(layout, f"{a(family)} population", "a Normal one")
    of_levels = [each for each, how in inputs_of(layout.model).items() if isinstance(how, Levels)]
    if len(latent.dims) > 1 or not {*latent.dims} <= {*of_levels}:
        found = f"the dimensions ({', '.join(latent.dims)})"
        raise _refusal(layout, found, "that of one input declared by levels()")
    group = grouped(layout, values, inputs, outcome, library)
    generator = np.random.default_rng(0)
    first = generator.normal(size=group.size)
    second = first + generator.uniform(0.5, 1.5, group.size)
    codes = np.asarray(group.codes)
    before = np.asarray(group.rows(library.array(first)))
    for digit in range((group.size - 1).bit_length()):
        for value in (0, 1):
            changed = (np.arange(group.size) >> digit) % 2 == value
            after = np.asarray(group.rows(library.array(np.where(changed, second, first))))
            others = ~changed[codes] & ~np.isclose(after, before, rtol=1e-12, equal_nan=True)
            if others.any():
                row = int(np.argmax(others)) + 1
                raise _refusal(
                    layout,
                    f"row {row}, which reads the effects of other groups than its own",
                    f"rows that read self.{name}[{', '.join(latent.dims)}] only",
                )


def _refusal(layout: Layout, found: str, expected: str) -> BadInput:
    model = layout.model
    return BadInput(
        f"the effects {model.__name__}.{', '.join(model.latents)} as maximum likelihood, MAP and "
        "Laplace integrate them out",
        found=found,
        expected=expected,
        remedy="use fit_posterior, which samples them (with proper priors), or declare them as "
        "parameters",
    )
