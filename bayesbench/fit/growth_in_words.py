"""How the estimates run together as the data grow, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayesbench.describe import name_in_formula
from bayesbench.fit.growth import IMPORTANCE, NUTS

FITS = {"mle": "MLE", "map": "MAP", "posterior": "posterior"}
NONE = ("not identified", "unbounded")  # of these there is none; others were only not reached

Found = Mapping[str, Any]  # what `Growth.results` gives


def sentences(found: Found) -> list[str]:
    """How far apart they are at the first and the last size, and what was not found, and why."""
    counts = [f"{each['rows']:,}" for each in found["at"]]
    listed = " and ".join([", ".join(counts[:-1]), counts[-1]] if len(counts) > 1 else counts)
    order = f"Rows are taken in {found['order']}: the first {listed} of {found['n']:,}."
    return [order, *_gap(found), *_made(found), *_missing(found)]


def _made(found: Found) -> list[str]:
    """How the posterior's numbers were made, and what vouches for them."""
    said = []
    for how, what in ((IMPORTANCE, "pareto_k"), (NUTS, "r_hat")):
        made = [each for each in found["at"] if each["posterior"]["made_by"] == how]
        good = [each for each in made if each["posterior"]["mean"] is not None]
        if not good:
            continue
        worst = max(each["posterior"]["numbers"][what] for each in good)
        rows = ", ".join(f"{each['rows']:,}" for each in good)
        name = "Pareto-k" if what == "pareto_k" else "R-hat"
        said.append(
            f"The posterior was made by {how} with {rows} row{'s' * (rows != '1')}: "
            f"{name} at most {worst:.3g}."
        )
    return said


def _gap(found: Found) -> list[str]:
    """From the MLE to the posterior mean, in half-widths of its interval: the widest entry's."""
    seen = [
        each
        for each in found["at"]
        if each["mle"]["values"] is not None and each["posterior"]["mean"] is not None
    ]
    if len(seen) < 2:
        return []

    def width(each: Found, k: int) -> float:
        made = each["posterior"]
        return float(made["high"][k] - made["low"][k]) / 2

    def apart(each: Found, k: int) -> float:
        away = each["mle"]["values"][k] - each["posterior"]["mean"][k]
        return float(abs(away)) / width(each, k)

    first, last = seen[0], seen[-1]
    k = max(range(len(found["entries"])), key=lambda k: apart(first, k))
    few, many = f"{first['rows']:,} row{'s' * (first['rows'] != 1)}", f"{last['rows']:,} rows"
    return [
        f"With {few} the MLE of {name_in_formula(found['entries'][k])} is {apart(first, k):.2g} "
        "half-widths of the posterior’s 95% interval away from its mean, with "
        f"{many} {apart(last, k):.2g}; the half-width goes from {width(first, k):.3g} to "
        f"{width(last, k):.3g}."
    ]


def _missing(found: Found) -> list[str]:
    """By fit and by how it ended: at which sizes an answer is lacking, and the reason at one."""
    grouped: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for each in found["at"]:
        for fit in FITS:
            made, status = each[fit], each[fit]["status"]
            if made.get("values", made.get("mean")) is None:
                grouped.setdefault((fit, status["name"]), []).append(
                    (each["rows"], status["sentence"])
                )
    said = []
    for (fit, name), cases in grouped.items():
        rows = ", ".join(f"{count:,}" for count, _ in cases)
        unit = "row" if rows == "1" else "rows"
        lacks = f"there is no {FITS[fit]}" if name in NONE else f"the {FITS[fit]} was not reached"
        said.append(f"With {rows} {unit} {lacks}; {cases[-1][1]}")
    return said
