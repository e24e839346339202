"""The findings that a page tells as such: not those that its verdict or a table says already."""

from __future__ import annotations

from typing import Any

from bayesbench.diagnose.finding import Finding


def said_once(found: dict[str, Any]) -> list[Finding]:
    """The findings without what stands elsewhere; all of them are in results.json."""
    sentences = (found.get("verdict") or {}).get("sentences") or []
    rules = {each["rule"] for each in sentences}
    judged = set()  # the fits of whose end the verdict speaks
    if "existence" in rules:
        judged.add("mle")
    if any("status" in each["evidence"] for each in sentences if each["rule"] == "which"):
        judged.add("posterior")
    scaled = bool(found["influence"] and found["influence"]["power_scaling"])
    made = (Finding(**each) for each in found["findings"])
    return [each for each in made if not _elsewhere(each, judged, scaled)]


def _elsewhere(each: Finding, judged: set[str], scaled: bool) -> bool:
    if each.rule == "status":  # the table of how each fit ended has the sentence
        return each.severity == "info" or {*each.evidence["fit"].split(", ")} <= judged
    return each.rule == "power_scaling" and scaled  # a table of its own
