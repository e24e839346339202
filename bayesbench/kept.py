"""Work on disk that a later call goes on from: whose it is, and files that are whole or absent.

Each file is written beside its place and then moved there, whenever the process dies.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bayesbench.errors import BadInput

DIGEST = hashlib.sha256().digest_size  # bytes


def folder_of(place: str | Path) -> Path:
    """The folder of a checkpoint, which need not exist yet.

    Raises
    ------
    BadInput
        If a file has that name.
    """
    folder = Path(place)
    if folder.exists() and not folder.is_dir():
        raise BadInput(
            f"the checkpoint {folder}",
            found="a file",
            expected="a folder, or a path where one can be made",
            remedy="choose another with --checkpoint",
        )
    return folder


def resolved_in(about: Path, identity: Mapping[str, str], what: str) -> dict[str, Any]:
    """What was chosen by the call before, if it was the same: told by the file `about`.

    Parameters
    ----------
    about : Path
    identity : mapping of str to str
        What the work depends on, by the names that a complaint uses.
    what : str
        What is kept there, in the plural: draws, say.

    Raises
    ------
    BadInput
        If it is the work of another model, seed, setting or version.
    """
    try:
        kept = json.loads(about.read_text("utf-8"))
        before, resolved = dict(kept["identity"]), dict(kept["resolved"])
    except (OSError, ValueError, KeyError, TypeError):
        raise unreadable(about, "another kind of file") from None
    for name in [*identity, *before]:
        then, now = before.get(name, "nothing"), identity.get(name, "nothing")
        if then != now:
            hashes = len(then) == len(now) == 64
            then, now = ("", "") if hashes else (then, now)
            raise another(about.parent, name, then, now, what)
    return resolved


def write_about(path: Path, identity: Mapping[str, str], resolved: Mapping[str, Any]) -> None:
    """Write down what work depends on, and what was chosen for it."""
    text = json.dumps({"identity": identity, "resolved": resolved}, indent=2)
    path.write_text(text + "\n", "utf-8")


def write_whole(folder: Path, name: str, write: Callable[[Path], object], what: str) -> None:
    """Write a file that is whole or absent.

    Raises
    ------
    BadInput
        If it can't be written: the disk is full, say.
    """
    part = folder / f".{name}.{os.getpid()}{Path(name).suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(part)
        part.replace(folder / name)
    except OSError as error:
        raise BadInput(
            f"the checkpoint {folder}",
            found=(error.strerror or f"no room for {what}").lower(),
            expected=f"room to keep {what}",
            remedy="what was written before is whole: mend this, and the same call goes on "
            "from there",
        ) from None
    finally:
        part.unlink(missing_ok=True)


def sealed(written: bytes) -> bytes:
    """What was written with its hash behind it, by which damage is told."""
    return written + hashlib.sha256(written).digest()


def unsealed(whole: bytes) -> bytes | None:
    """What was written; None if it is damaged."""
    written, digest = whole[:-DIGEST], whole[-DIGEST:]
    return written if hashlib.sha256(written).digest() == digest else None


def is_another(refused: BadInput, folder: Path) -> bool:
    """Whether a checkpoint was refused for whose it is: it is `another`."""
    return refused.place == f"the checkpoint {folder}" and " that differ in the " in refused.found


def another(
    folder: Path, name: str, then: str = "", now: str = "", what: str = "draws"
) -> BadInput:
    """What to raise when a checkpoint is of another model, seed or whatever has that name."""
    return BadInput(
        f"the checkpoint {folder}",
        found=f"{what} that differ in the {name}" + (f" ({then})" if then else ""),
        expected=f"the {name} of this call" + (f" ({now})" if now else ""),
        remedy="remove that folder to begin anew, or choose another with --checkpoint",
    )


def unreadable(path: Path, found: str) -> BadInput:
    """What to raise when a file of a checkpoint is not what was written there."""
    return BadInput(
        str(path),
        found=found,
        expected="what a checkpoint wrote there",
        remedy="remove that folder to begin anew, or choose another with --checkpoint",
    )
