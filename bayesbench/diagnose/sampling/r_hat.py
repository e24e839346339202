"""R-hat: whether the chains tell the same story."""

from __future__ import annotations

from bayesbench.diagnose.finding import Finding
from bayesbench.diagnose.sampling.relabelling import told_apart
from bayesbench.diagnose.sampling.sampled import Sampled
from bayesbench.fit.chains import R_HAT, spelt


def look(sampled: Sampled) -> list[Finding]:
    """The quantity with the largest R-hat (Vehtari et al. 2021, sections 3 and 4)."""
    if sampled.chains == 1:
        text = (
            "There is one chain only: its R-hat is that of its halves, and no other chain tells "
            "whether it has seen the whole posterior."
        )
        return [Finding("r_hat", "warning", text, {"chains": 1}, "Run four: chains=4.")]
    every = {name: found["r_hat"] for name, found in sampled.convergence.items()}
    moved = {name: value for name, value in every.items() if value == value}
    if not moved:
        return []  # nothing moved: `stuck_chain` says so
    above = [each for each, value in moved.items() if value >= R_HAT]
    # A parameter that is above says more than a row's prediction that is so by more.
    named = [each for each in above if each in sampled.entries]
    name = max(named or moved, key=lambda each: moved[each])
    evidence = {"quantity": name, "r_hat": moved[name], "above": len(above), "of": len(every)}
    if not above and len(moved) < len(every):
        still = next(each for each in every if each not in moved)
        text = f"{still} never moved in any chain, so there is no R-hat by which to judge it."
        remedy = "Check its scale and its start; a prior or a likelihood may hold it where it is."
        return [Finding("r_hat", "warning", text, evidence | {"quantity": still}, remedy)]
    if not above:
        text = (
            f"The chains agree: the largest R-hat is {spelt(moved[name])}, of {name} "
            f"(below {R_HAT} is asked for)."
        )
        return [Finding("r_hat", "ok", text, evidence)]
    others = len(above) - 1
    more = "one other quantity is" if others == 1 else f"{others} other quantities are"
    also = f" ({more} above that, too)" if others else ""
    text = (
        f"The chains do not tell the same story of {name}: its R-hat is {spelt(moved[name])}, "
        f"where 1 is agreement and below {R_HAT} is asked for{also}. R-hat compares the spread of "
        "all draws with that within single chains; means and intervals are not yet those of the "
        "posterior."
    )
    if told_apart(sampled):
        return [Finding("r_hat", "warning", text, evidence)]  # `relabelling` tells what to do
    remedy = (
        f"Run longer ({sampled.longer}=, warmup=). If it stays, see whether a chain stands apart, "
        "or give the parameters scales and a form in which they do not depend on each other so "
        "strongly."
    )
    return [Finding("r_hat", "warning", text, evidence, remedy)]
