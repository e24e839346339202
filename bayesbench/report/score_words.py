"""What the figures of scores show, in words: the alternative text and the caption of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesbench.methods import label

if TYPE_CHECKING:
    import xarray as xr


def calibration_words(rowwise: xr.Dataset) -> tuple[str, str]:
    """Of reliability for an outcome that is 0 or 1, of the PIT for any other."""
    names = "; ".join(map(str, rowwise["heading"].to_numpy()))
    if rowwise.attrs["kind"] == "binary":
        return (
            f"How often the outcome was 1 against the probability that it was given: {names}.",
            "Where predictions are calibrated, outcomes that are given the probability p come true "
            "in a share p of the rows: on the diagonal. The frequencies are those of isotonic "
            "regression; the band holds 95% of them, point by point, if all is as predicted.",
        )
    less = (
        " Whole numbers jump, and their PIT is spread over the jump: it strays less than the band."
        if rowwise.attrs["kind"] == "whole"
        else ""
    )
    return (
        f"The distribution function of the PIT less the uniform one, a line a fit: {names}.",
        "Where in its predictive distribution each outcome lay: the distribution function of these "
        "places, less the uniform one. Calibrated predictions stay within the band, which holds "
        "95% of such lines. Above zero on the left and below it on the right, intervals are too "
        f"narrow; the other way round they are too wide.{less}",
    )


def differences_words(found: dict[str, Any]) -> tuple[str, str]:
    """Of the rows' differences from the fit that the others are held against."""
    other = label(found["against"])
    means = "; ".join(
        f"{label(fit)} {each['log_score']:.3g}"
        for fit, each in found["differences"].items()
        if each["log_score"] is not None
    )
    return (
        f"Each row's log score less that of {other}, a panel a fit; means: {means}.",
        f"Each row’s log score less that of {other}: above zero the fit predicted that row better. "
        "Dashed: the mean over the rows.",
    )


def no_log_score(row: dict[str, Any]) -> str:
    """What stands in place of a mean log score that is no number: its infinity, or a dash."""
    signs = (("−∞", row["impossible"]), ("∞", row.get("infinite", 0)))
    found = [sign for sign, rows in signs if rows]
    return found[0] if len(found) == 1 else "–"
