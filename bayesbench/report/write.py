"""The report's three files, replaced together or not at all."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayesbench.archive import Archive, archive, read, save
from bayesbench.contrasting import Contrast
from bayesbench.errors import BadInput
from bayesbench.methods import METHODS
from bayesbench.output import check_folder, refusal
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
        raise refusal(folder, (error.strerror or str(error)).lower()) from None
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
