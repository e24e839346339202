"""What profile likelihoods say, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.describe import name_in_formula

if TYPE_CHECKING:
    from bayesbench.fit.profile import End, Profile, Profiles

LEVEL = 1e-3  # of the log-likelihood: hills that differ by less are as high


def sentences(found: Profiles) -> list[str]:
    """A higher point, loudly; then each entry in a sentence."""
    said = [local(found)] if found.higher is not None else []
    return said + [_sentence(each) for each in found]


def local(found: Profiles) -> str:
    """That the profile met a higher point, and where."""
    higher = found.higher
    if higher is None:
        return ""
    where = ", ".join(f"{name_in_formula(k)} = {v:.4g}" for k, v in higher.values.items())
    return (
        "The estimate is a local maximum only: a look along its profiles met a point that is "
        f"{higher.gain:.4g} higher, with a log-likelihood of {higher.height:.6g} at {where}. So "
        "there are no intervals; search from more starts."
    )


def in_words(each: Profile) -> str:
    """What is special about the ends, and how they stand to Wald's, in a few words."""
    if each.lower.kind == "none":
        return "no interval: the estimate is a local maximum only"
    ends = (_end(each, each.lower, "below"), _end(each, each.upper, "above"))
    return "; ".join(word for word in (*ends, _hills(each), _beside_wald(each)) if word)


def _sentence(each: Profile) -> str:
    name = name_in_formula(each.entry)
    if each.lower.kind == "none":
        return f"{name}: {each.words}."
    interval = f"{each.prob:.0%} from {number(each.low)} to {number(each.high)}"
    if np.isfinite(each.se):
        interval += f", Wald’s from {number(each.wald[0])} to {number(each.wald[1])}"
    return f"{name}: {interval}; {each.words}."


def _end(each: Profile, end: End, side: str) -> str:
    if end.kind == "edge":
        return f"reaches the edge of the support, {end.at:g}"
    from_where = f" {number(each.estimate)}" if np.isfinite(each.estimate) else ""
    if end.kind == "never":
        way = f"{side}{from_where}" if from_where else f"towards {number(end.at)}"
        return f"the profile never falls by {each.level:.2f} {way} (followed to {end.seen:.2g})"
    if end.kind == "lost":
        return f"the profile can’t be followed {side} {number(end.seen)}, so that end is not known"
    return ""


def _hills(each: Profile) -> str:
    if each.one_interval:
        return ""
    known = [
        f"{number(value)}, {'as high' if fall < LEVEL else f'{fall:.2g} lower'}"
        for value, fall in each.elsewhere
    ]
    if not known:
        return "the likelihood interval is not one interval: the profile rises again"
    what = "another hill at" if len(known) == 1 else "other hills at"
    return f"the likelihood interval is not one interval: {what} {'; '.join(known)}"


def _beside_wald(each: Profile) -> str:
    if np.isnan(each.se):
        return "there is no standard error, and no Wald interval"
    if each.wald_leaves:
        return f"Wald’s leaves the support, {each.support.brackets}"
    if not np.isfinite(each.apart):
        return ""
    if each.apart < 0.01:
        return "Wald’s is the same"
    verb = "agrees with" if each.agrees else "differs from"
    how = "to within" if each.agrees else "by up to"
    return f"{verb} Wald’s {how} {each.apart:.2g} standard errors"


def number(value: float) -> str:
    """To four digits; ∞ for what is infinite, a dash for what is not known."""
    if np.isnan(value):
        return "–"
    return f"{value:.4g}" if np.isfinite(value) else f"{value}".replace("inf", "∞")
