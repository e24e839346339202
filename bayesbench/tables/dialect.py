"""How a table is written as text: what stands between its values, and its decimal mark."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SPACES = r"\s+"
SEPARATORS = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'", SPACES: "spaces"}
LINES = 50  # that are looked at
COMMA_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")  # 1,5; 1,500; 1.500,25
COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")  # 1,500 and 1,500,000
POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+")
POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


@dataclass(frozen=True)
class Dialect:
    """What stands between the values of a line, and between a number's units and tenths."""

    separator: str = ","
    decimal: str = "."

    @property
    def in_words(self) -> str:
        """What is not as everyone expects it; nothing of commas and decimal points."""
        if self == Dialect():
            return ""
        mark = "comma" if self.decimal == "," else "point"
        return f"Read with {_name(self.separator)} between the values and a decimal {mark}."


def dialect_of(lines: Iterable[str], separator: str | None, decimal: str | None) -> Dialect:
    """The dialect of a table by its first lines; what is given is not guessed.

    The separator is the first of comma, semicolon, tab, bar and spaces that gives each line
    as many values as there are names, and more than one; else the one that makes the most
    names, spaces apart. A comma is the decimal mark if numbers are written with one and none
    with a point; in files with semicolons also where it could stand between thousands, for
    programs write semicolons where the comma is taken.
    """
    some = [line for _, line in zip(range(LINES), filter(str.strip, lines), strict=False)]
    separator = separator or _separator(some, [s for s in SEPARATORS if s != decimal])
    return Dialect(separator, decimal or _decimal(some, separator))


def values(lines: Iterable[str], separator: str) -> list[str]:
    """The values of the first of these lines; of several, where one is within quotes."""
    if separator == SPACES:
        stripped = (line.strip() for line in lines)
        return next(csv.reader(stripped, delimiter=" ", skipinitialspace=True), [])
    return next(csv.reader(lines, delimiter=separator, skipinitialspace=True), [])


def _separator(lines: Sequence[str], signs: Sequence[str]) -> str:
    counts = {each: [len(values([line], each)) for line in lines] for each in signs}
    for each, seen in counts.items():
        if len(seen) > 1 and seen[0] > 1 and len(set(seen)) == 1:
            return each
    return max((k for k in counts if k != SPACES), key=lambda each: counts[each][:1])


def _decimal(lines: Sequence[str], separator: str) -> str:
    if separator == ",":
        return "."
    seen = [value.strip() for line in lines[1:] for value in values([line], separator)]
    commas = [value for value in seen if COMMA_NUMBER.fullmatch(value)]
    points = [v for v in seen if POINT_NUMBER.fullmatch(v) and not POINT_GROUPS.fullmatch(v)]
    if not commas or points:
        return "."
    grouped = all(COMMA_GROUPS.fullmatch(value) for value in commas)
    return "." if grouped and separator != ";" else ","


def _name(separator: str) -> str:
    return SEPARATORS.get(separator, f"'{separator}'")
