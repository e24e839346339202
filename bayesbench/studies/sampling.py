"""How the chains of a study are run: what may be asked for, and what is usual."""

from __future__ import annotations

from math import ceil, isfinite

from bayesbench.batched.posterior import Sampling
from bayesbench.errors import BadInput
from bayesbench.fit.start import check_count
from bayesbench.studies.calibration import DRAWS

WORTH = 200.0  # twice the draws that are ranked among: they hardly hang together
ROOM = 2  # draws for each that they are to be worth: what is kept of them is thinned until then
LEAST_WARMUP = 20  # transitions: with fewer a step is not tuned


def sampling_of(
    chains: int | None = None,
    draws: int | None = None,
    warmup: int | None = None,
    ess: float | None = None,
) -> Sampling:
    """What the posteriors of a study are drawn by; what is not given is chosen to suit.

    Parameters
    ----------
    chains : int, optional
        Of each posterior; usually 2.
    draws : int, optional
        Kept of each chain; usually 500, and more if `ess` asks for it.
    warmup : int, optional
        Transitions of each chain before its draws; usually 100.
    ess : float, optional
        What the draws have to be worth, in bulk and tails, of each parameter; usually 200, and
        less if `draws` are too few for it.

    Raises
    ------
    BadInput
        If a number is out of range, or the draws can't be worth so much.
    """
    usual = Sampling()
    many = usual.chains if chains is None else chains
    steps = usual.warmup if warmup is None else warmup
    check_count("chains", many, 1)
    check_count("warmup", steps, LEAST_WARMUP)
    worth = _worth(ess)
    if draws is None:
        kept = max(usual.draws, _even(ROOM * worth / many))
    else:
        check_count("draws", draws, 4)
        kept = _even(draws)
    most = many * kept / ROOM
    if most < DRAWS + 1:
        raise BadInput(
            "draws",
            found=f"{kept} of each of {many} chain{'s' * (many != 1)}",
            expected=f"{ROOM * (DRAWS + 1)} of all chains, for the truth is ranked among {DRAWS}",
            remedy=f"try draws={_even(ROOM * (DRAWS + 1) / many)}",
        )
    if ess is not None and worth > most:
        raise BadInput(
            "ess",
            found=f"{ess:g}",
            expected=f"at most {most:g}, half of the draws",
            remedy=f"try draws={_even(ROOM * worth / many)}, or leave draws out",
        )
    return Sampling(chains=int(many), warmup=int(steps), draws=kept, ess=min(worth, most))


def _worth(ess: float | None) -> float:
    """What draws have to be worth.

    Raises
    ------
    BadInput
        If that is no number above zero.
    """
    if ess is None:
        return WORTH
    try:
        number = float(ess)
    except (TypeError, ValueError):
        number = float("nan")
    if not (isfinite(number) and number > 0):
        raise BadInput(
            "ess",
            found=repr(ess),
            expected="a number above zero",
            remedy=f"leave it out for {WORTH:g}",
        )
    return number


def _even(number: float) -> int:
    """The next even number: chains are judged by their halves."""
    return 2 * ceil(number / 2)
