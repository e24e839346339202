"""A line of a model's formula as MathML."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

TOKEN = re.compile(r"(?P<number>\d+\.?\d*(?:e[-+]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\S)")


def mathml(line: str) -> Markup:
    """The line in MathML: single letters as variables, words upright, signs as signs."""
    parts: list[str] = []
    words = False  # whether the last token was a word, so that a space must follow it
    for token in TOKEN.finditer(line):
        text, kind = escape(token.group()), token.lastgroup
        word = kind == "name" and len(token.group()) > 1
        if words and kind != "sign":
            parts.append("<mspace width='0.35em'/>")
        if kind == "number":
            parts.append(f"<mn>{text}</mn>")
        elif kind == "name":
            parts.append(f"<mtext>{text}</mtext>" if word else f"<mi>{text}</mi>")
        elif token.group() == "~":
            parts.append("<mspace width='0.3em'/><mo>~</mo><mspace width='0.3em'/>")
        elif token.group() == ",":
            parts.append("<mo separator='true'>,</mo><mspace width='0.35em'/>")
        elif token.group() == "[" and words:
            parts.append("<mspace width='0.35em'/><mo>[</mo>")
        else:
            parts.append(f"<mo>{text}</mo>")
        words = word
    return Markup(f"<math displaystyle='true'><mrow>{''.join(parts)}</mrow></math>")
