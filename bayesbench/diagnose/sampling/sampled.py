"""The draws of a sampler, with what several rules ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula
from bayesbench.fit.chains import convergence

if TYPE_CHECKING:
    from bayesbench.fit.judged import Judged
    from bayesbench.fit.record import Fit
    from bayesbench.layout import Layout


@dataclass(frozen=True)
class Sampled:
    """A posterior fit with draws.

    Attributes
    ----------
    fit : Fit
    """

    fit: Fit

    @property
    def layout(self) -> Layout:
        """Of all that is sampled, latents among it."""
        return self.fit.bound.layout.joint

    @cached_property
    def flat(self) -> np.ndarray:
        """The draws, (chain, draw, entry)."""
        if self.fit.draws is None:
            raise TypeError("the fit has no draws.")
        return self.layout.join(self.fit.draws.values)

    @cached_property
    def judged(self) -> Judged:
        """What their agreement is judged by."""
        from bayesbench.fit.judged import judged_by  # JAX, which no other fit's findings need

        return judged_by(self.fit.bound.joint, self.layout.split(self.flat))

    @cached_property
    def quantities(self) -> dict[str, np.ndarray]:
        """Each number that is judged, (chain, draw), by the name that a sentence has for it."""
        found: dict[str, np.ndarray] = {}
        entries = iter(self.layout.named)
        for name, values in self.judged.quantities.items():
            own = name in self.layout.model.parameters
            each = np.moveaxis(values.reshape(*values.shape[:2], -1), -1, 0)
            names = [
                name_in_formula(next(entries)) if own else f"{name}[{k}]"
                for k in range(1, len(each) + 1)
            ]
            found |= dict(zip(names, each, strict=True))
        return found

    @cached_property
    def convergence(self) -> dict[str, dict[str, float]]:
        """R-hat, effective sample sizes and Monte Carlo errors of each."""
        names = list(self.quantities)
        found = convergence({"all": np.stack(list(self.quantities.values()), axis=-1)})["all"]
        return {n: {what: float(v[k]) for what, v in found.items()} for k, n in enumerate(names)}

    @cached_property
    def entries(self) -> dict[str, np.ndarray]:
        """The entries that mean something one by one, (chain, draw), without sign or label.

        Of those symmetries of the likelihood that were found, whatever the prior.
        """
        from bayesbench.fit.judged import without

        left = without(self.layout, self.flat, self.judged.symmetries)
        return {
            name_in_formula(name): left[..., self.layout.entries.index(name)]
            for name in self.layout.named
        }

    @cached_property
    def placed(self) -> dict[str, np.ndarray]:
        """Those of them that no symmetry moves, or all: what has a place to speak of."""
        moved = {k for each in self.judged.symmetries for k in each.change.moved}
        still = [n for n in self.layout.named if self.layout.entries.index(n) not in moved]
        kept = {name_in_formula(name) for name in still}
        return {name: v for name, v in self.entries.items() if name in kept} or self.entries

    @cached_property
    def log_density(self) -> np.ndarray:
        """Of each draw, on the scale on which the sampler moves, (chain, draw)."""
        return -np.asarray(self.fit.statistics["potential_energy"])

    @property
    def longer(self) -> str:
        """The setting that lets the chains run longer: the one that ended them."""
        if str(self.fit.diagnostics.get("stopped")).endswith(" minutes"):
            return "minutes"
        return "max_draws" if self.fit.settings.get("draws") is None else "draws"

    @property
    def chains(self) -> int:
        """How many there are."""
        return int(self.flat.shape[0])

    @property
    def draws(self) -> int:
        """How many of each chain."""
        return int(self.flat.shape[1])


def chains_in_words(chains: list[int]) -> str:
    """Chain 3; or chains 1 and 4. They are counted from one, as in the figures."""
    *first, last = (str(chain + 1) for chain in chains)
    return f"chains {', '.join(first)} and {last}" if first else f"chain {last}"
