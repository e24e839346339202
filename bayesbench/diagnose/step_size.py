"""What a sweep shows of step size and batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.diagnose.finding import Finding
from bayesbench.fit.sweep import CLOSE, Cell, Sweep
from bayesbench.fit.sweep_tables import UNSTABLE

if TYPE_CHECKING:
    import pandas as pd

FAR = 6  # Monte Carlo errors between a measured floor and theory that are no chance
MORE = 1.05  # times: reshuffling makes a difference worth a sentence
HOW = {"reshuffled": "reshuffled", "independent": "drawn independently"}


def look(swept: Sweep) -> list[Finding]:
    """The sentences under the table of a sweep, in the order of a reader's questions."""
    found = [_theory(swept), _limit(swept), _at_limit(swept), _too_small(swept)]
    return [each for each in [*found, _floor(swept), _reshuffled(swept), _rows(swept)] if each]


def _theory(swept: Sweep) -> Finding | None:
    """Why there is no theory, where there is none."""
    if swept.has_theory:
        return None
    name = swept.recipe.words.partition(" at ")[0]
    if swept.parabola is None:
        message = (
            "No maximum with a curvature in all directions is known: there is no theory of the "
            "limit and of the noise floor, and gaps are measured from "
            f"{_short(swept.maximum)}, the highest log-likelihood that is known."
        )
    else:
        message = (
            "The limit 2/λ_max and the noise floor are theory for plain gradient ascent, and "
            f"were not computed for {name}."
        )
    return Finding("theory", "info", message, {"maximum": swept.maximum})


def _limit(swept: Sweep) -> Finding | None:
    """The fastest stable rate beside the limit; where theory is silent, beside the rates."""
    rates = sorted({cell.learning_rate for cell in swept.cells})
    stable = [rate for rate in rates if _all_stable(swept, rate)]
    tried = f"Of the {len(rates)} learning rates" if len(rates) > 1 else "Of one learning rate"
    seen = (
        f"{tried} {_short(max(stable))} is the largest that was stable with every batch size"
        if stable
        else f"{tried} none was stable with every batch size"
    )
    evidence = {"fastest_stable": max(stable, default=None), "rates": rates}
    remedy = "" if stable else f"Take learning rates below {_short(rates[0])}."
    if not (swept.has_theory and swept.parabola):
        return Finding("stable rate", "info" if stable else "warning", seen + ".", evidence, remedy)
    steepest, limit = swept.parabola.steepest, swept.limit
    evidence |= {"steepest": steepest, "limit": limit}
    above = [rate for rate in stable if rate > limit]
    remedy = f"Take learning rates below {_short(limit)}." if not stable else ""
    message = (
        f"At its maximum the {swept.recipe.objective} log-likelihood bends by at most "
        f"λ = {_short(steepest)}, so gradient ascent converges below the rate 2/λ = "
        f"{_short(limit)}. {seen}."
    )
    if above:
        message += " It is above the limit, which holds near the maximum: the run ended elsewhere."
    return Finding("stable rate", "info" if stable else "warning", message, evidence, remedy)


def _all_stable(swept: Sweep, rate: float) -> bool:
    cells = zip(swept.cells, swept.outcomes, strict=True)
    return all(outcome not in UNSTABLE for cell, outcome in cells if cell.learning_rate == rate)


def _at_limit(swept: Sweep) -> Finding | None:
    """What becomes of a rate that is the limit itself."""
    there = _with(swept, "at the limit")
    if not there:
        return None
    ends = {cell.batch_size: float(swept.gap(cell)[-1]) for cell in there}
    message = (
        f"The rate {_short(there[0].learning_rate)} is the limit itself. There, in the steepest "
        "direction, a step leads as far past the maximum as it was before: with all rows "
        "the run jumps from side to side for ever and neither converges nor diverges"
    )
    noisy = [cell for cell in there if cell.batching != "all rows"]
    if noisy:
        far = max(noisy, key=lambda cell: swept.gap(cell)[-1])
        message += (
            "; with batches nothing damps their noise, and it adds up: with "
            f"{_batches(far)} the run ended {_short(swept.gap(far)[-1])} below the maximum"
        )
    remedy = "A quarter to a half of the limit is fast and safe."
    return Finding("rate at the limit", "info", message + ".", {"gaps": ends}, remedy)


def _too_small(swept: Sweep) -> Finding | None:
    """How long the slowest runs would still take."""
    cells = [cell for cell in _with(swept, "climbing") if cell.learning_rate < swept.limit]
    if not cells or swept.parabola is None:
        return None
    slowest = min(cells, key=lambda cell: (cell.learning_rate, -cell.batch_size))
    gap, memory = swept.gap(slowest), swept.parabola.memory(slowest.learning_rate)
    steps = len(gap) - 1
    # The pace of the last quarter: the steep directions are behind, if they have been climbed.
    known = np.flatnonzero(np.isfinite(gap))
    then = known[np.searchsorted(known, 0.75 * known[-1])]
    shrinks = np.log(gap[then] / gap[known[-1]]) / max(1, known[-1] - then)
    if not shrinks > 0:
        return None
    more = np.log(max(1.0, gap[known[-1]] / CLOSE)) / shrinks
    message = (
        f"The rate {_short(slowest.learning_rate)} is small for {steps:,} steps: with "
        f"{_batches(slowest)} the run is still {_short(gap[-1])} below the maximum: at the pace of "
        f"its last quarter, to come within {CLOSE:g} takes about {more:,.0f} more. In the slowest "
        f"direction a distance shrinks to 1/e in {memory:,.0f} steps."
    )
    evidence = {"gap": float(gap[-1]), "memory": memory, "more_steps": float(more)}
    return Finding("slow rate", "info", message, evidence)


def _floor(swept: Sweep) -> Finding | None:
    """The noise floor against the batch size, beside its theory."""
    floors = swept.floors().dropna(subset="floor")
    how = next(
        (how for how in ("independent", "reshuffled") if (floors["batching"] == how).any()), ""
    )
    part = floors[floors["batching"] == how].sort_values("batch_size")
    if part.empty:
        return None
    rate = part["learning_rate"].iloc[0]
    listed = "; ".join(
        f"{_level(row)} with batches of {row['batch_size']:,}" for _, row in _ends(part).iterrows()
    )
    message = (
        f"At the constant rate {_short(rate)}, batches {HOW[how]} keep the run below the maximum, "
        f"at a mean gap of {listed}."
    )
    evidence = {"learning_rate": rate, "floors": part.drop(columns="learning_rate").to_dict("list")}
    if swept.has_theory:
        errors = (part["floor"] - part["floor_theory"]) / part["floor_error"]
        worst = float(errors.abs().max())
        evidence["errors"] = errors.tolist()
        message += (
            f" Theory and measurement are at most {worst:.1f} Monte Carlo errors apart"
            if worst <= FAR
            else f" Theory and measurement are {worst:.1f} Monte Carlo errors apart: so far "
            "from its maximum the log-likelihood is no parabola"
        )
        if how == "independent":
            message += ": the floor is proportional to (1/k)(1 - k/n)" if worst <= FAR else ""
        message += "."
    remedy = "A larger batch, a smaller rate, or one that falls (schedule= of fit_mle) lowers it."
    return Finding("noise floor", "info", message, evidence, remedy)


def _reshuffled(swept: Sweep) -> Finding | None:
    """What it makes of the floor that a pass sees every row once."""
    if not swept.has_theory or swept.parabola is None:
        return None
    floors = swept.floors()
    rate, n = float(floors["learning_rate"].iloc[0]) if len(floors) else np.nan, swept.bound.n
    sizes = sorted(set(floors["batch_size"][floors["batching"] == "reshuffled"]))
    each = {
        size: [swept.parabola.floor(rate, size, how) for how in ("independent", "reshuffled")]
        for size in sizes
    }
    ratios = {int(size): one / other for size, (one, other) in each.items() if other > 0}
    if not ratios:
        return None
    best, worst = (pick(ratios, key=ratios.__getitem__) for pick in (max, min))
    message = (
        "Reshuffled batches see every row once a pass, and their noises cancel over a pass: at "
        f"the rate {_short(rate)} "
    )
    parts, remedy, smallest = list[str](), "", min(ratios)
    if ratios[best] > MORE:
        parts.append(
            f"the expected floor is {ratios[best]:.2g} times lower with batches of {best:,}"
        )
    if 1 <= ratios[smallest] <= MORE:
        parts.append(
            f"with batches of {smallest:,} it is nearly the same, as a pass is "
            f"{-(-n // smallest):,} steps and a distance shrinks to 1/e in "
            f"{swept.parabola.memory(rate):.2g}"
        )
    if ratios[worst] < 1 / MORE:
        why, remedy = _why_higher(n % worst, swept.parabola.steepest)
        parts.append(f"with batches of {worst:,} it is {1 / ratios[worst]:.2g} times higher, {why}")
    message += "; ".join(parts or ["that hardly changes the expected floor"]) + "."
    return Finding("reshuffling", "info", message, {"rate": rate, "ratios": ratios}, remedy)


def _why_higher(left: int, steepest: float) -> tuple[str, str]:
    """Why reshuffling does harm, and what to do: `left` rows make the last batch of a pass."""
    if left:
        words = f"as the last batch of a pass has {left:,} row{'s' * (left > 1)} and as long a step"
        return words, "Choose a batch size that divides the rows."
    words = "as steps lead past the maximum, where noise of the opposite sign adds up"
    return words, f"Take a rate below 1/λ = {_short(1 / steepest)}."


def _rows(swept: Sweep) -> Finding | None:
    """What a batch costs: which runs were quick in steps, and which in rows."""
    arrived = swept.table().dropna(subset="steps_to_reach")
    if arrived["batch_size"].nunique() < 2 or not arrived["steps_to_reach"].all():
        return None  # nothing to compare, or the start is there already
    by_steps = arrived.sort_values(["steps_to_reach", "rows_to_reach"]).iloc[0]
    by_rows = arrived.sort_values(["rows_to_reach", "steps_to_reach"]).iloc[0]
    message = (
        f"To come within {CLOSE:g} of the maximum and stay there, the fewest steps were "
        f"{_cost(by_steps)}"
    )
    same = by_steps.name == by_rows.name
    message += ", and no run saw fewer rows." if same else f"; the fewest rows {_cost(by_rows)}."
    evidence = {"steps": by_steps.to_dict(), "rows": by_rows.to_dict()}
    return Finding("rows seen", "info", message, evidence)


def _cost(row: pd.Series) -> str:
    batches = f"batches of {row['batch_size']:,}" if row["batching"] != "all rows" else "all rows"
    return (
        f"{row['steps_to_reach']:,.0f} with {row['rows_to_reach']:,.0f} rows ({batches} at the "
        f"rate {_short(row['learning_rate'])})"
    )


def _level(row: pd.Series) -> str:
    expected = row["floor_theory"]
    theory = f" (theory: {_short(expected)})" if np.isfinite(expected) else ""
    return f"{_short(row['floor'])} ± {_short(row['floor_error'], 2)}{theory}"


def _ends(part: pd.DataFrame) -> pd.DataFrame:
    """The first row, one in the middle, and the last."""
    return part.iloc[sorted({0, len(part) // 2, len(part) - 1})]


def _batches(cell: Cell) -> str:
    if cell.batching == "all rows":
        return "all rows"
    return f"batches of {cell.batch_size:,} ({HOW[cell.batching]})"


def _with(swept: Sweep, outcome: str) -> list[Cell]:
    cells = zip(swept.cells, swept.outcomes, strict=True)
    return [cell for cell, each in cells if each == outcome]


def _short(number: float, digits: int = 4) -> str:
    whole = 10**digits <= abs(number) < 1e5
    return f"{number:,.0f}" if whole else f"{number:.{digits}g}"
