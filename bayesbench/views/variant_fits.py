"""The variants of a model beside each other, each fitted to its own example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.binding import bind
from bayesbench.errors import BadInput, nearest
from bayesbench.fit.record import Fit
from bayesbench.model import Model, as_declared, with_variant

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast


def check_variants(view: str, model: type[Model], names: tuple[str | None, ...]) -> None:
    """Refuse names that no variant has; None is the model as declared.

    Raises
    ------
    BadInput
        With the nearest name.
    """
    for name in names:
        if name is not None and name not in model.variants:
            raise BadInput(
                f"the view {view} of {model.__name__}",
                found=f"no variant '{name}'",
                expected=f"one of {', '.join(model.variants) or 'no variants'}",
                remedy=nearest(name, list(model.variants)),
            )


def variant_of(model: type[Model], name: str | None) -> type[Model]:
    """A variant of a model that may be a variant itself; None is the model as declared."""
    declared = model if model.variant_name is None else model.__bases__[0]
    return declared if name is None else with_variant(declared, name)


def mle_of_variant(contrast: Contrast, name: str | None) -> Fit:
    """The MLE of a variant on its own example: the contrast's own where that is the same."""
    from bayesbench.fit.mle import fit_mle

    model = variant_of(as_declared(contrast.bound.model), name)
    bound = bind(model, model.example())
    same = contrast.bound.model.variant_name == name and contrast.bound.sha256 == bound.sha256
    return contrast.fits["mle"] if same else fit_mle(model, bound.table)
