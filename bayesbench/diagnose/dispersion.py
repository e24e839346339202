"""Outcomes that vary more, or less, than a family allows whose variance follows from its mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding

if TYPE_CHECKING:
    from bayesbench.contrasting import Contrast
    from bayesbench.fit.record import Fit
    from bayesbench.layout import Bound

NEEDS = ()
FAMILIES = ("Poisson", "Binomial", "Geometric", "Exponential")  # no scale of their own
RARE = 0.01  # share of simulated data sets that are as far off as the data


def look(contrast: Contrast) -> list[Finding]:
    """Pearson's sum of the data beside that of data which the fit simulates.

    The ratio φ of the two is the dispersion; standard errors are too small by √φ (McCullagh and
    Nelder 1989, Sections 4.5 and 6.2). The posterior's draws are each held against data
    simulated from themselves (Gelman, Meng and Stern 1996); else the MAP, or the MLE.
    """
    rows = contrast.bound.joint
    fit = next((f for f in map(contrast.fits.get, ("posterior", "map", "mle")) if _known(f)), None)
    family = _family(rows)
    if fit is None or family not in FAMILIES:
        return []
    from bayesbench.predict.discrepancy import discrepancies, draws_within
    from bayesbench.predict.mixture import thinned
    from bayesbench.predict.predicting import instances

    some = thinned(instances(fit), draws_within(rows.n))
    seen, made = discrepancies(rows, some, contrast.seed)
    ratio, share = float(seen.mean() / made.mean()), float((made >= seen).mean())
    if not np.isfinite(ratio) or RARE <= share <= 1 - RARE:
        return []
    more = share < RARE
    of = len(made)
    as_far = int((made >= seen).sum()) if more else int((made <= seen).sum())
    text = (
        f"The outcomes vary {'more' if more else 'less'} than {family} allows: their squared "
        f"distances from the {fit.method}'s means, in units of the variances, sum to "
        f"{seen.mean():,.0f}, where those of data that it draws sum to {made.mean():,.0f} "
        f"({as_far or 'none'} of {of:,} as far off). "
        f"Standard errors and intervals of every fit are too {'narrow' if more else 'wide'}, by a "
        f"factor of about {np.sqrt(ratio if more else 1 / ratio):.2g}."
    )
    remedy = (
        "Something that is not in the model varies: a column that is missing, or each row by "
        "itself. Take a random effect for each row, or a family with a variance of its own (as "
        "NumPyro's NegativeBinomial2, by bb.from_numpyro), and compare the two by their scores."
    )
    evidence = {"fit": fit.method, "dispersion": ratio, "share": share, "draws": of}
    return [Finding("dispersion", "warning" if more else "info", text, evidence, remedy * more)]


def _known(fit: Fit | None) -> bool:
    return fit is not None and (fit.draws is not None or fit.estimate is not None)


def _family(rows: Bound) -> str:
    """The name of the likelihood's family; none of an energy."""
    from bayesbench.binding import at_start

    plain = getattr(at_start(rows.layout).likelihood(**rows.inputs), "plain", None)
    return plain.family.name if plain is not None else ""
