"""The chunks of a sampler on disk, so that what was drawn is never lost.

A folder holds `sampler.json`, which tells whose draws these are, and a file a chunk with its
draws and the states of the chains after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.fit.nuts import Part
from bayesbench.kept import (
    folder_of,
    resolved_in,
    sealed,
    unreadable,
    unsealed,
    write_about,
    write_whole,
)

ABOUT = "sampler.json"
CHUNK = "chunk-{:05d}.npy"
PARTS = "chunk-*.npy"
STATES = "states"


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the chunks of one run of the sampler.

    Attributes
    ----------
    folder : Path
    identity : mapping of str to str
        What the draws depend on, by the names that a complaint uses.
    resolved : mapping
        What was chosen by trial or by searching, and is used again on resuming.
    """

    folder: Path
    identity: Mapping[str, str]
    resolved: Mapping[str, Any]

    def chunks(
        self, fresh: Callable[[np.ndarray | None], Iterator[tuple[Part, Any]]]
    ) -> Iterator[Part]:
        """The chunks on disk, and then new ones, each on disk before the next begins.

        Parameters
        ----------
        fresh : function of the states, or of None
            New chunks from there, or from the beginning, each with the states after it.

        Raises
        ------
        BadInput
            If a chunk can't be read, or not be written: the disk is full, say.
        """
        stored = sorted(self.folder.glob(PARTS))
        last = None
        for k, path in enumerate(stored):
            if path.name != CHUNK.format(k):
                raise unreadable(self.folder / CHUNK.format(k), "nothing")
            part, last = _read(path)
            yield part
        for k, (part, states) in enumerate(fresh(last), start=len(stored)):
            if k == 0:
                self._begin()
            save = partial(_save, part=part, states=states)
            write_whole(self.folder, CHUNK.format(k), save, "what was drawn")
            yield part

    @property
    def words(self) -> str:
        """What to say of it when the sampler was interrupted; nothing if it holds no draws."""
        if not draws_in(self.folder):
            return ""
        return f"the draws so far are in {self.folder}: the same call goes on from there"

    def settled(self, name: str) -> Any:
        """What the run before had chosen for that.

        Raises
        ------
        BadInput
            If it does not say.
        """
        if name not in self.resolved:
            raise unreadable(self.folder / ABOUT, f"no '{name}'")
        return self.resolved[name]

    def _begin(self) -> None:
        """Write whose draws these are, unless another process has begun others in the meantime.

        Two that chose the same draw the same: whose chunk stands there does not matter.
        """
        there = opened(self.folder, self.identity).resolved
        if there and there != json.loads(json.dumps(self.resolved)):
            raise BadInput(
                f"the checkpoint {self.folder}",
                found="draws that another process began to keep there",
                expected="a folder for one run at a time",
                remedy="choose another with --checkpoint, or give the same call again to go on",
            )
        about = partial(write_about, identity=self.identity, resolved=self.resolved)
        write_whole(self.folder, ABOUT, about, "what was drawn")


def draws_in(folder: Path) -> bool:
    """Whether a folder holds draws of some run."""
    return any(folder.glob(PARTS))


def remove(folder: Path) -> None:
    """Take a checkpoint away: its files, and the folder if nothing else is in it."""
    for name in (PARTS, ABOUT):
        # What a killed process was writing has a dot before its name.
        for path in [*folder.glob(name), *folder.glob(f".{name}.*")]:
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def set_aside(folder: Path) -> Path:
    """Move a checkpoint beside its place, in place of the one that was moved there before."""
    beside = folder.with_name(f"{folder.name}-before")
    remove(beside)
    return folder.rename(beside)


def opened(folder: str | Path, identity: Mapping[str, str]) -> Checkpoint:
    """The checkpoint in a folder, or a new one there.

    Raises
    ------
    BadInput
        If it holds the draws of another model, data, prior, seed, setting or version.
    """
    place = folder_of(folder)
    about = place / ABOUT
    if not about.is_file():
        if draws_in(place):
            raise unreadable(about, "nothing")
        return Checkpoint(place, identity, {})
    return Checkpoint(place, identity, resolved_in(about, identity, "draws"))


def _save(path: Path, part: Part, states: Any) -> None:
    """One record of all arrays: a single write, where an archive of files would take ten."""
    fields = part | {STATES: np.asarray(states)}
    record = np.zeros((), [(name, each.dtype, each.shape) for name, each in fields.items()])
    for name, each in fields.items():
        record[name] = each
    whole = BytesIO()
    np.save(whole, record, allow_pickle=False)
    with path.open("wb") as file:
        file.write(sealed(whole.getvalue()))
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> tuple[Part, np.ndarray]:
    try:
        written = path.read_bytes()
        record = np.load(BytesIO(written), allow_pickle=False)
        fields = {name: record[name] for name in record.dtype.names}
    except (OSError, ValueError, EOFError, TypeError):
        raise unreadable(path, "another kind of file") from None
    if unsealed(written) is None:
        raise unreadable(path, "other bytes than were written")
    return fields, fields.pop(STATES)
