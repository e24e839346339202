"""The variants of a model that differ from it by their priors alone."""

from __future__ import annotations

from bayesbench.model import Model, with_variant

DEFAULT = "default"  # the priors as the class declares them, where no variant has that name


def priors_of(model: type[Model]) -> dict[str, type[Model]]:
    """By name, the model under each of its priors, itself among them; empty if it has but one."""
    names = [name for name, variant in model.variants.items() if not variant.options]
    if not names or model.variant_name not in (None, *names):
        return {}
    plain = next(each for each in model.__mro__ if vars(each).get("variant_name") is None)
    found = {} if _as_declared(model, names) else {DEFAULT: plain}
    return found | {name: with_variant(plain, name) for name in names}


def prior_name(model: type[Model]) -> str:
    """The name under which `priors_of` has the model itself."""
    names = [name for name, variant in model.variants.items() if not variant.options]
    return model.variant_name or _as_declared(model, names) or DEFAULT


def _as_declared(model: type[Model], names: list[str]) -> str | None:
    """The variant that changes nothing, if one has a name."""
    return next((name for name in names if not model.variants[name].priors), None)
