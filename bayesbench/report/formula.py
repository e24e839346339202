"""A line of a model's formula as MathML."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

TOKEN = re.compile(r"(?P<number>\d+\.?\d*(?:e[-+]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\S)")
CLOSING = (")", "]")


LONG = 40  # characters: a longer line may have to be broken, which browsers do not do within <math>


def mathml(line: str) -> Markup:
    """The line in MathML: single letters as variables, words upright, signs as signs.

    A long one is several formulas in a row, between which a narrow page may break it.
    """
    parts: list[str] = []
    pieces: list[list[str]] = []
    before: re.Match[str] | None = None
    for token in TOKEN.finditer(line):
        if len(line) > LONG and before is not None and _may_break(before, token):
            pieces.append(parts)
            parts = []
        if before is not None and _apart(before, token):
            parts.append("<mspace width='0.35em'/>")
        raised = before is not None and before.group() == "^" and token.lastgroup != "sign"
        if raised and len(parts) > 1:
            base, _ = parts.pop(-2), parts.pop()
            parts.append(f"<msup>{base}{_element(token, before)}</msup>")
        else:
            parts.append(_element(token, before))
        before = token
    whole = (f"<mrow>{''.join(each)}</mrow>" for each in [*pieces, parts])
    return Markup("<wbr>".join(f"<math displaystyle='true'>{each}</math>" for each in whole))


def _may_break(before: re.Match[str], token: re.Match[str]) -> bool:
    """Whether a line may go on below from here: after ~ and a comma, and before a sum's sign."""
    if before.group() in ("~", ","):
        return True
    return token.group() in ("+", "-", "−") and not _opens(before)


def _apart(before: re.Match[str], token: re.Match[str]) -> bool:
    """Whether a space stands between two tokens: no sign does."""
    after_value = before.lastgroup != "sign" or before.group() in CLOSING
    if token.lastgroup == "sign":
        return token.group() == "[" and _is_word(before)
    return after_value


def _is_word(token: re.Match[str]) -> bool:
    return token.lastgroup == "name" and len(token.group()) > 1


def _element(token: re.Match[str], before: re.Match[str] | None) -> str:
    """A token as an element, told whether a sign stands before its only operand."""
    text = escape(token.group())
    if token.lastgroup == "number":
        return f"<mn>{text}</mn>"
    if token.lastgroup == "name":
        return f"<mtext>{text}</mtext>" if _is_word(token) else f"<mi>{text}</mi>"
    if token.group() == "~":
        return "<mspace width='0.3em'/><mo>~</mo><mspace width='0.3em'/>"
    if token.group() == ",":
        return "<mo separator='true'>,</mo><mspace width='0.35em'/>"
    if token.group() in ("-", "−") and _opens(before):
        return "<mo form='prefix' rspace='0'>−</mo>"
    if token.group() in ("+", "-", "−"):
        return f"<mo form='infix'>{text}</mo>"  # also where it begins a line
    return f"<mo>{text}</mo>"


def _opens(before: re.Match[str] | None) -> bool:
    return before is None or (before.lastgroup == "sign" and before.group() not in CLOSING)
