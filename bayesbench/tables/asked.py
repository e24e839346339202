"""What can be asked of a table in a file, where it is not to be guessed: of a text, or a sheet."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from bayesbench.data import Reading
from bayesbench.errors import BadInput
from bayesbench.tables.dialect import SPACES

NAMED = {"tab": "\t", "\\t": "\t", "space": SPACES, " ": SPACES, "comma": ",", "semicolon": ";"}


def reading_of(
    separator: str | None,
    decimal: str | None,
    encoding: str | None,
    missing: str | Sequence[str] | None,
    sheet: str | None = None,
    skip: int = 0,
) -> Reading:
    """The same as a record, checked.

    Raises
    ------
    BadInput
        If a separator is no single sign, a decimal mark neither point nor comma, an encoding
        unknown to Python, separator and decimal mark are the same, or less than 0 lines are to
        be skipped.
    """
    sign = None if separator is None else NAMED.get(separator, separator)
    if sign is not None and sign != SPACES and (len(sign) != 1 or sign.isalnum() or sign in "\"'"):
        raise BadInput(
            "the separator",
            found=repr(separator),
            expected="one sign that stands between the values",
            remedy="give ; or , or | or tab or space",
        )
    if decimal not in (None, ".", ","):
        raise BadInput(
            "the decimal mark",
            found=repr(decimal),
            expected="a point or a comma",
            remedy="give . or ,",
        )
    if decimal is not None and sign == decimal:
        raise BadInput(
            "the separator",
            found=f"{sign!r}, which is the decimal mark as well",
            expected="two different signs",
            remedy="leave one of them out",
        )
    if skip < 0:
        raise BadInput(
            "the lines to skip",
            found=f"{skip}",
            expected="how many there are above the names of the columns",
            remedy="give 0 or more",
        )
    marks = (missing,) if isinstance(missing, str) else tuple(map(str, missing or ()))
    return Reading(sign, decimal, _codec(encoding), marks, sheet, skip)


def _codec(encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        "".encode(encoding)  # of what is known, rot13 and the like turn texts into texts
    except (LookupError, UnicodeError):
        raise BadInput(
            "the encoding",
            found=repr(encoding),
            expected="the name of a text encoding that Python knows",
            remedy="give utf-8, cp1252 or utf-16",
        ) from None
    return codecs.lookup(encoding).name
