"""What is written on the command line as `name=value, name=value`, as values."""

from __future__ import annotations

import ast
from typing import Any

from bayesbench.errors import BadInput


def named_values(text: str, option: str) -> dict[str, Any]:
    """`a=0.7, b=[1, 2]` as a dict of numbers and lists.

    Raises
    ------
    BadInput
        If it is something else.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("no names")
        return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError):
        raise BadInput(
            option,
            found=repr(text),
            expected="names and values",
            remedy=f"write {option} 'a=0.7, b=[1, 2]'",
        ) from None
