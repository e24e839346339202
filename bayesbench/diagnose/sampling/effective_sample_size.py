"""Effective sample sizes: how many independent draws those of a chain are worth."""

from __future__ import annotations

import math

from bayesbench.diagnose.finding import Finding, short
from bayesbench.diagnose.sampling.sampled import Sampled
from bayesbench.fit.chains import ESS

SIZES = {"ess_bulk": "bulk", "ess_tail": "tail"}
DISAGREE = 1.1  # R-hats from which on draws are not those of one distribution
STEP = 100  # draws are asked for in hundreds


def look(sampled: Sampled) -> list[Finding]:
    """The smallest of all, in bulk and tail; of chains that stand apart none means anything."""
    found = sampled.convergence
    if any(each["r_hat"] >= DISAGREE for each in found.values()):
        return []
    asked = sampled.fit.settings.get("ess") or ESS
    sizes = {(name, which): found[name][which] for name in found for which in SIZES}
    (name, which), size = min(sizes.items(), key=lambda item: item[1])
    total = sampled.chains * sampled.draws
    evidence = {"quantity": name, "of": SIZES[which], "ess": size, "draws": total}
    if size >= asked:
        text = (
            f"The {total:,} draws are worth at least {size:,.0f} independent ones (the "
            f"{SIZES[which]} ESS of {name}; {asked:g} are asked for)."
        )
        return [Finding("effective_sample_size", "ok", text, evidence)]
    # At the same rate, and a tenth more because the rate is an estimate too.
    wanted = STEP * math.ceil(1.1 * sampled.draws * asked / size / STEP)
    noisy = (
        f"its mean is known to ± {short(found[name]['mcse_mean'])} only"
        if which == "ess_bulk"
        else "the ends of its intervals are noisy"
    )
    text = (
        f"Of {name} the {total:,} draws are worth only {size:,.0f} independent ones "
        f"({SIZES[which]} ESS; {asked:g} are asked for), for each draw is like the one before: "
        f"{noisy}."
    )
    more = "allow more minutes" if sampled.longer == "minutes" else f"{sampled.longer}={wanted}"
    remedy = f"At this rate {wanted:,} draws a chain would do: {more}."
    return [
        Finding(
            "effective_sample_size", "warning", text, evidence | {"draws_wanted": wanted}, remedy
        )
    ]
