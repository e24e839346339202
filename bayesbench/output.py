"""Where results are written: looked at before anyone waits for them, and files that are whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bayesbench.errors import BadInput


def check_folder(folder: str | Path) -> None:
    """Refuse a folder that can't be written, before anyone waits for a fit.

    Raises
    ------
    BadInput
        Naming what stands in the way.
    """
    path = Path(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    if not path.is_dir():
        raise refusal(folder, f"{path} is a file")
    if not os.access(path, os.W_OK | os.X_OK):
        raise refusal(folder, f"no permission to write in {path}")


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or leave what stands there as it is.

    Raises
    ------
    BadInput
        If it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as room:
            part = Path(room) / path.name
            part.write_text(text, "utf-8")
            part.replace(path)
    except OSError as error:
        raise BadInput(
            str(path),
            found=(error.strerror or str(error)).lower(),
            expected="a file that can be written",
            remedy="choose another path",
        ) from None


def refusal(folder: str | Path, why: str) -> BadInput:
    """What to raise when a folder can't be written."""
    return BadInput(
        f"the output folder {folder}",
        found=why,
        expected="a folder that can be written",
        remedy="choose another with --out",
    )
