"""The runs of optimisers that a model's page compares, and their names beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit
    from bayesbench.layout import Bound
    from bayesbench.model import Model


@dataclass(frozen=True)
class DeclaredRun:
    """Declare a run: what `fit_mle` is to be asked for, on the data that the page is about.

    Parameters
    ----------
    optimizer, learning_rate, batch_size, batching, steps, epochs, schedule, options, objective
        As in `fit_mle`. A batch that is larger than the data is all of them.
    start : mapping, optional
        The values of some parameters, on their own scale; the others begin in the middle of
        their supports, and so do all where the data are impossible at these values.
    starts : int
        From how many points.
    variant : str, optional
        The variant of the model that is run; the page's own if not given.
    label : str, optional
        What the run is called; the recipe in words if not given.
    """

    optimizer: str
    learning_rate: float | None = None
    batch_size: int | None = None
    batching: str | None = None
    steps: int | None = None
    epochs: int | None = None
    schedule: str | Callable[[int], float] | None = None
    options: Mapping[str, Any] | None = None
    objective: str = "mean"
    start: Mapping[str, Any] | None = None
    starts: int = 1
    variant: str | None = None
    label: str | None = None

    def check(self, bound: Bound) -> None:
        """Refuse what the model that is bound can't be asked for, before anyone waits for a fit.

        Raises
        ------
        BadInput
            As `fit_mle` does, or if the model has no such variant.
        """
        from bayesbench.binding import bind
        from bayesbench.fit.recipe import recipe
        from bayesbench.views.variant_fits import check_variants

        check_variants("runs", bound.model, (self.variant,))
        own = bind(self._model(bound), bound.table)
        recipe(own.n, self.optimizer, **self._recipe(own))
        self._begin(own)

    def fit(self, bound: Bound, seed: int) -> Fit:
        """The maximum likelihood fit by this run to what is bound; the seed is that of its batches.

        Raises
        ------
        BadInput
            As `fit_mle` does.
        """
        from bayesbench.binding import bind
        from bayesbench.fit.mle import fit_mle

        own = bind(self._model(bound), bound.table)
        begin = {"start": self._begin(own), "starts": self.starts}
        asked = self._recipe(own) | begin
        return fit_mle(own.model, own.table, optimizer=self.optimizer, seed=seed, **asked)

    def repeats(self, bound: Bound) -> bool:
        """Whether what is bound is the variant that this run would be compared with."""
        return self.variant is not None and self.variant == bound.model.variant_name

    def _model(self, bound: Bound) -> type[Model]:
        from bayesbench.views.variant_fits import variant_of

        return bound.model if self.variant is None else variant_of(bound.model, self.variant)

    def _recipe(self, bound: Bound) -> dict[str, Any]:
        names = ("learning_rate", "batching", "steps", "epochs", "schedule", "options", "objective")
        fits = self.batch_size is not None and self.batch_size <= bound.n
        asked: dict[str, Any] = {name: getattr(self, name) for name in names}
        return asked | {"batch_size": self.batch_size if fits else None}

    def _begin(self, bound: Bound) -> dict[str, Any] | None:
        from bayesbench.fit.start import checked_start, first_value
        from bayesbench.fit.torch_objective import log_likelihood

        if self.start is None:
            return None
        target = log_likelihood(bound)
        values = checked_start(target, bound.layout.start | dict(self.start))
        return values if isfinite(first_value(target, target.unconstrain(values))) else None


run = DeclaredRun  # as a model's file calls it


def compared(contrast: Contrast) -> dict[str, Fit]:
    """By label, the recorded runs of a contrast: the MLE's own, and those that the model declares.

    Raises
    ------
    KeyboardInterrupt
        If one of them was interrupted.
    """
    bound, mle = contrast.bound, contrast.fits.get("mle")
    fits: list[Fit] = [mle] if mle is not None and mle.run is not None else []
    given: list[str | None] = [None] * len(fits)
    for each in bound.model.runs:
        if each.repeats(bound):
            continue
        fits.append(each.fit(bound, contrast.seed))
        given.append(each.label)
        if fits[-1].status.name == "interrupted":
            raise KeyboardInterrupt
    return labelled(fits, given)


def labelled(fits: Iterable[Fit], given: Iterable[str | None] = ()) -> dict[str, Fit]:
    """Each fit by its recipe in words, and by what else tells it from the others.

    Raises
    ------
    BadInput
        If one of them has no recorded run.
    """
    from bayesbench.fit.run_places import recorded

    fits = [recorded(fit) for fit in fits]
    given = [*given] or [None] * len(fits)
    variants = len({fit.bound.model.variant_name for fit in fits}) > 1
    named: dict[str, Fit] = {}
    for fit, label in zip(fits, given, strict=True):
        words = label or _words(fit, variants)
        count = sum(name.partition(" #")[0] == words for name in named)
        named[f"{words} #{count + 1}" if count else words] = fit
    return named


def _words(fit: Fit, variants: bool) -> str:
    variant = fit.bound.model.variant_name if variants else None
    words = "" if fit.run is None else fit.run.recipe.words
    ended = "diverged" if fit.status.name == "diverged" else None
    return ", ".join(filter(None, (words, variant, ended)))
