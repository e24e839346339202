"""The finished chunks of a study on disk, so that what was computed is never lost.

A folder holds `study.json`, which tells what study they are of, and a file a chunk with its
columns.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bayesbench.kept import folder_of, resolved_in, unreadable, write_about, write_whole
from bayesbench.studies.chunk import Chunk, chunks
from bayesbench.studies.design import Design
from bayesbench.studies.simulate import simulated

ABOUT, CHUNKS = "study.json", "rows-*.npz"
CHUNK = "rows-{0.rows}-from-{0.first:06d}.npz"
WHAT = "data sets"
PROBE = 2  # rows of the data set by which a model's computation is told


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the chunks of one study; more data sets or other sizes may join them."""

    folder: Path

    def of(self, chunk: Chunk) -> dict[str, np.ndarray] | None:
        """The columns of a chunk that was done before; None if it was not.

        Raises
        ------
        BadInput
            If its file can't be read.
        """
        path = self.folder / CHUNK.format(chunk)
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as kept:
                columns = {name: kept[name] for name in kept.files}
            count = len(columns["truth"])
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):
            raise unreadable(path, "another kind of file") from None
        if count < chunk.count:
            return None
        return {name: values[: chunk.count] for name, values in columns.items()}

    def keep(self, chunk: Chunk, columns: dict[str, np.ndarray]) -> None:
        """Write a chunk, whole or not at all.

        Raises
        ------
        BadInput
            If there is no room.
        """
        save = partial(_save, columns=columns)
        write_whole(self.folder, CHUNK.format(chunk), save, "what was computed")

    @property
    def count(self) -> int:
        """How many chunks it holds."""
        return len([*self.folder.glob(CHUNKS)])

    def count_of(self, design: Design) -> int:
        """How many of the chunks that a study asks for it holds."""
        return sum((self.folder / CHUNK.format(chunk)).is_file() for chunk in chunks(design))


def opened(folder: str | Path, design: Design) -> Checkpoint:
    """The checkpoint in a folder, or a new one there.

    Raises
    ------
    BadInput
        If it is of another study: another model, prior, seed, setting or version.
    """
    place, own = folder_of(folder), identity_of(design)
    about = place / ABOUT
    if about.is_file():
        resolved_in(about, own, WHAT)
    elif any(place.glob(CHUNKS)):
        raise unreadable(about, "nothing")
    else:
        write = partial(write_about, identity=own, resolved={})
        write_whole(place, ABOUT, write, "what is computed")
    return Checkpoint(place)


def usual_folder(design: Design) -> Path:
    """Where a study is kept that was given no place: in the user's cache, by what it depends on.

    Its name says all that `identity_of` says, so that the same study finds it again, and
    another never does.
    """
    from platformdirs import user_cache_path

    told = json.dumps(identity_of(design), sort_keys=True)
    name = f"{design.model.__name__}-{sha256(told.encode()).hexdigest()[:16]}"
    return user_cache_path("bayesbench") / "studies" / name


def remove(folder: Path) -> None:
    """Take a checkpoint away: its files, and the folder if nothing else is in it."""
    for name in (CHUNKS, ABOUT):
        # What a killed process was writing has a dot before its name.
        for path in [*folder.glob(name), *folder.glob(f".{name}.*")]:
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def identity_of(design: Design) -> dict[str, str]:
    """What the numbers of a data set depend on, beside its size and its place."""
    from bayesbench.data import Data
    from bayesbench.fit.identity import identity
    from bayesbench.layout import Bound

    seen = simulated(design, PROBE, np.zeros(1, dtype=int)).seen
    inputs = {name: values[0] for name, values in seen.inputs.items()}
    bound = Bound(design.layout, inputs, seen.outcome[0], Data({}))
    told = identity(bound)
    del told["data"]  # of the rows that happened to be drawn
    # In the order in which a difference is told: the plain words first.
    return {
        "model": told.pop("model"),
        "seed": str(design.seed),
        "parameters": design.origin,
        "methods": ", ".join(design.methods),
        "chains": _chains(design),
        **told,
        "inputs": replace(bound, inputs=design.rows).sha256,
    }


def _chains(design: Design) -> str:
    """How the posteriors are drawn, in words; nothing if there are none."""
    how = design.sampling
    if "posterior" not in design.methods:
        return "none"
    return f"{how.chains} of {how.draws} draws worth {how.ess:g}, after {how.warmup}"


def _save(path: Path, columns: dict[str, np.ndarray]) -> None:
    whole = BytesIO()
    np.savez(whole, allow_pickle=False, **columns)
    with path.open("wb") as file:
        file.write(whole.getbuffer())
        file.flush()
        os.fsync(file.fileno())
