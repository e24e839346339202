"""What a page shows of an output, held against what is printed: word by word, number by number."""

import re
from dataclasses import dataclass
from decimal import Decimal

NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
LEFT_OUT = re.compile(r"^\.\.\.$", re.MULTILINE)  # a line that stands for any others


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the one that is shown: by a share of it, or by so much.

    A fraction may also differ by one in its last digit. What is below 1e-8 is the rounding of
    another machine.
    """

    share: float = 1e-3
    much: float = 1e-8


TIGHT = Tolerance()


def missing(shown, printed, near=TIGHT):
    """What is shown and not printed, from the word at which they part; empty if nothing is."""
    words, at = printed.split(), 0
    parts = [part.split() for part in LEFT_OUT.split(shown)]
    for part in parts:
        end = len(words) - len(part)
        highest = 0 if part is parts[0] else end  # the first begins the output
        lowest = end if part is parts[-1] else at  # the last ends it
        for place in range(max(at, lowest), highest + 1):
            if _differ(part, words[place : place + len(part)], near) is None:
                at = place + len(part)
                break
        else:
            k = _differ(part, words[at:], near)
            k = len(part) if k is None else k
            return f"{' '.join(part[k : k + 12])}\nand not\n{' '.join(words[at + k :][:12])}"
    return ""


def blind(line):
    """The words of a line, whatever its numbers are."""
    return NUMBER.sub("#", line).split()


def _differ(shown, printed, near):
    """The place of the first word that differs, None if none does."""
    for k, (one, other) in enumerate(zip(shown, printed, strict=False)):
        if not _alike(one, other, near):
            return k
    return None if len(shown) <= len(printed) else len(printed)


def _alike(one, other, near):
    if one == other:
        return True
    if blind(one) != blind(other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(_close(_number(a), _number(b), near) for a, b in pairs)


def _number(text):
    return Decimal(text.replace(",", "").replace("−", "-"))


def _close(a, b, near):
    digit = max(a.as_tuple().exponent, b.as_tuple().exponent)
    unit = Decimal(10) ** digit if a.as_tuple().exponent else 0
    return abs(a - b) <= max(unit, Decimal(near.share) * abs(a), Decimal(near.much))
