"""The report's three files, replaced together or not at all."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayesbench.archive import Archive, archive, read, save
from bayesbench.contrasting import METHODS, Contrast
from bayesbench.errors import BadInput
from bayesbench.report.page import page

if TYPE_CHECKING:
    from bayesbench.scores.record import Scores


def write_report(contrast: Contrast, folder: str | Path, scores: Scores | None = None) -> Path:
    """Write index.html, results.json and fits.nc into a folder; the page's path.

    The scores are those of the rows that the model holds out if no others are given.

    Raises
    ------
    BadInput
        If the folder can't be written. What stood there before stays as it was.
    """
    missing = [method for method in METHODS if method not in contrast.fits]
    if missing:
        raise BadInput(
            "the report",
            found=f"a contrast without {', '.join(missing)}",
            expected=f"all of {', '.join(METHODS)}",
            remedy="call contrast(...) without methods=",
        )
    return _write(archive(contrast, scores), Path(folder))


def rebuild(fits: str | Path, folder: str | Path | None = None) -> Path:
    """Write the page again from its fits.nc, without fitting and without the model's file.

    Raises
    ------
    BadInput
        If the file is no such file, or the folder can't be written.
    """
    return _write(read(fits), Path(folder) if folder is not None else Path(fits).parent)


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
        raise _refusal(folder, f"{path} is a file")
    if not os.access(path, os.W_OK | os.X_OK):
        raise _refusal(folder, f"no permission to write in {path}")


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


def _refusal(folder: str | Path, why: str) -> BadInput:
    return BadInput(
        f"the output folder {folder}",
        found=why,
        expected="a folder that can be written",
        remedy="choose another with --out",
    )


def _write(kept: Archive, folder: Path) -> Path:
    check_folder(folder)
    text = json.dumps(kept.results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    html = page(kept)
    files: dict[str, Callable[[Path], object]] = {
        "fits.nc": lambda path: save(kept, path),
        "results.json": lambda path: path.write_text(text, "utf-8"),
        "index.html": lambda path: path.write_text(html, "utf-8"),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=folder) as room:
            for name, write in files.items():
                write(Path(room) / name)
            with _uninterrupted():
                for name in files:
                    (Path(room) / name).replace(folder / name)
    except OSError as error:
        raise _refusal(folder, (error.strerror or str(error)).lower()) from None
    return folder / "index.html"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, where the system lets it wait."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
