"""Files that can't be opened, in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from bayesbench.errors import BadInput, nearest_file


def opened(path: Path, expected: str) -> IO[bytes]:
    """The file, opened for reading its bytes.

    Raises
    ------
    BadInput
        If there is none, or it may not be read.
    """
    try:
        return path.open("rb")
    except FileNotFoundError:
        remedy = nearest_file(path, "*" + path.suffix)
        raise BadInput(str(path), found="no such file", expected=expected, remedy=remedy) from None
    except OSError as error:
        why = "a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise BadInput(
            str(path), found=why, expected=expected, remedy="give the path of a readable file"
        ) from None
