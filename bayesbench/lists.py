"""Lists on the command line: numbers and names with commas between them."""

from __future__ import annotations

from typing import Any

from bayesbench.errors import BadInput


def words(text: str) -> list[str]:
    """What stands between the commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def numbers(
    option: str, text: str, whole: bool = False, everything: str | None = None
) -> list[Any]:
    """The numbers between the commas; the word `everything` is None.

    Raises
    ------
    BadInput
        Naming what is no number, or if there are none.
    """
    kind = "whole numbers" if whole else "numbers"
    remedy = "write them as 1,10,100" if whole else "write them as 1e-4,1e-3"
    found: list[Any] = []
    for part in words(text):
        try:
            found.append(None if part == everything else int(part) if whole else float(part))
        except ValueError:
            expected = f"{kind} with commas between them"
            raise BadInput(option, found=f"'{part}'", expected=expected, remedy=remedy) from None
    if not found:
        raise BadInput(option, found="nothing", expected=f"one or several {kind}", remedy=remedy)
    return found


def values(option: str, text: str) -> dict[str, Any]:
    """The parameters' values in `a=0.7,b=0.02`; vectors have colons, as in `mu=1:2`.

    Raises
    ------
    BadInput
        If a part is not so written.
    """
    found: dict[str, Any] = {}
    for part in words(text):
        name, equals, given = part.partition("=")
        try:
            entries = [float(entry) for entry in given.split(":")]
        except ValueError:
            entries = []
        if not equals or not entries:
            raise BadInput(
                option,
                found=f"'{part}'",
                expected="a parameter and its value",
                remedy="write them as a=0.7,b=0.02, and vectors as mu=1:2",
            )
        found[name.strip()] = entries[0] if len(entries) == 1 else entries
    return found
