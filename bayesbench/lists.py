"""Lists on the command line: numbers, names, and names with values, with commas between them."""

from __future__ import annotations

import ast
import re
from typing import Any

from bayesbench.errors import BadInput

# A text in quotes, or a name in any letters up to its sign.
TEXT_OR_NAME = r"""'[^']*'|"[^"]*"|((?:^|,)\s*)(?:`([^`]+)`|([^=,`'"]+?))\s*=(?!=)"""


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


def pairs(option: str, text: str) -> dict[str, str]:
    """`y=price,x=area` as a dict of texts.

    Raises
    ------
    BadInput
        If a part is something else, or a name stands there twice.
    """
    found: dict[str, str] = {}
    for part in words(text):
        name, sign, value = (each.strip() for each in part.partition("="))
        if not (name and sign and value) or name in found:
            raise BadInput(
                option,
                found=f"'{name}' twice" if name in found else f"'{part}'",
                expected="pairs of names with commas between them",
                remedy=f"write {option} y=price,x=area",
            )
        found[name] = value
    if not found:
        remedy = f"write {option} y=price,x=area"
        raise BadInput(option, found="nothing", expected="pairs of names", remedy=remedy)
    return found


def values(option: str, text: str, names: bool = False) -> dict[str, Any]:
    """`a=0.7, b=[1, 2]` as a dict of numbers and lists; with `names` a bare word is itself.

    With `names` they may be those of any columns: Temp (°C)=50, or within backticks.

    Raises
    ------
    BadInput
        If it is something else.
    """
    try:
        return _read(text, names)
    except (SyntaxError, ValueError):
        pass
    told, meant = _with_words(text) if names else (text, {})
    try:
        return {meant.get(name, name): value for name, value in _read(told, names).items()}
    except (SyntaxError, ValueError):
        example = 'x=[1, 2], school="New York", `a b`=3' if names else "a=0.7, b=[1, 2]"
        raise BadInput(
            option,
            found=repr(text),
            expected="names and values",
            remedy=f"write {option} '{example}'",
        ) from None


def _with_words(text: str) -> tuple[str, dict[str, str]]:
    """The same with a word in place of each name, and by word the name."""
    meant: dict[str, str] = {}

    def word(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        said = f"_{len(meant)}"
        meant[said] = found[2] or found[3]
        return f"{found[1]}{said}="

    return re.sub(TEXT_OR_NAME, word, text), meant


def _read(text: str, names: bool) -> dict[str, Any]:
    call = ast.parse(f"f({text})", mode="eval").body
    named = {each.arg: each.value for each in getattr(call, "keywords", [])}
    if not isinstance(call, ast.Call) or call.args or None in named:
        raise ValueError("no names")
    if names:
        named = {name: _Quoted().visit(value) for name, value in named.items()}
    return {str(name): ast.literal_eval(value) for name, value in named.items()}


class _Quoted(ast.NodeTransformer):
    """Bare words as text."""

    def visit_Name(self, node: ast.Name) -> ast.Constant:
        return ast.Constant(node.id)
