"""A chunk of a study: some data sets of one size, simulated, fitted and judged together.

What a chunk gives depends on the design and on which data sets it has, and on nothing else:
not on the process that computes it, nor on what was computed before.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.studies.design import Design
from bayesbench.zoo import FROM_FILE

SIZE = 128  # data sets of a chunk


@dataclass(frozen=True)
class Chunk:
    """The data sets of `rows` rows whose places are from `first` to before `first + count`."""

    rows: int
    first: int
    count: int

    @property
    def places(self) -> np.ndarray:
        """Which data sets are computed: a whole chunk, also where not all of them are wanted.

        The last bits of a number may depend on how many are computed at once.
        """
        return np.arange(self.first, self.first + SIZE)


def chunks(design: Design) -> Iterator[Chunk]:
    """All of a study's data sets, the largest first: they take longest."""
    for n in reversed(design.sizes):
        for first in range(0, design.datasets, SIZE):
            yield Chunk(n, first, min(SIZE, design.datasets - first))


def computed(design: Design, chunk: Chunk) -> dict[str, np.ndarray]:
    """What the data sets of a chunk give: the columns that `bayesbench.studies.summary` reads."""
    from bayesbench.studies.fitted import fitted
    from bayesbench.studies.simulate import simulated

    data = simulated(design, chunk.rows, chunk.places)
    columns = {"truth": data.truth} | fitted(design, chunk.rows, chunk.places, data)
    return {name: values[: chunk.count] for name, values in columns.items()}


def versions() -> dict[str, str]:
    """The versions of what the numbers depend on, in this process, by package."""
    from importlib.metadata import version

    from bayesbench import __version__
    from bayesbench.fit.identity import LIBRARIES

    return {"bayesbench": __version__} | {name: version(name) for name in LIBRARIES}


def packed(design: Design) -> bytes:
    """A design as bytes, for other processes: models that these can't import go by value.

    Raises
    ------
    BadInput
        If that needs cloudpickle, which is not installed, or can't be done.
    """
    model = design.model
    try:
        if not model.__module__.startswith((FROM_FILE, "__main__")):
            return pickle.dumps(design)
    except (pickle.PicklingError, AttributeError, TypeError):
        pass  # a variant, or a class within a function: there is no name to import it by
    try:
        import cloudpickle
    except ImportError:
        raise BadInput(
            f"the model {model.__name__}",
            found="a class that other processes can't import",
            expected="cloudpickle, to send it to them",
            remedy="install it: pip install 'bayesbench[cluster]'",
        ) from None
    return _by_value(cloudpickle, design)


def computed_elsewhere(
    design: bytes, chunk: Chunk, needed: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """The same in another process, which is given the design as bytes.

    Raises
    ------
    BadInput
        If it has another version of what the numbers depend on than those that are `needed`.
    """
    there = versions()
    for name, here in needed.items():
        if there.get(name) != here:
            raise BadInput(
                "the executor",
                found=f"a process with {name} {there.get(name)}",
                expected=f"{name} {here}, as in this process: numbers depend on it",
                remedy="install the same versions where the workers run",
            )
    return computed(_unpacked(design), chunk)


@lru_cache(maxsize=4)
def _unpacked(design: bytes) -> Design:
    """Once for all chunks of a study: a class made anew would have its programs compiled anew."""
    found: Design = pickle.loads(design)
    return found


def _by_value(cloudpickle: object, design: Design) -> bytes:
    import sys

    module = sys.modules.get(design.model.__module__)
    ours = module is not None and module.__name__.startswith(FROM_FILE)
    try:
        if ours:
            cloudpickle.register_pickle_by_value(module)  # type: ignore[attr-defined]
        made: bytes = cloudpickle.dumps(design)  # type: ignore[attr-defined]
    except Exception as error:  # whatever the author's module holds
        raise BadInput(
            f"the model {design.model.__name__}",
            found=f"something that can't be sent to other processes ({error})",
            expected="a class of plain values and functions",
            remedy="keep files, locks and the like out of the model's file",
        ) from None
    finally:
        if ours:
            cloudpickle.unregister_pickle_by_value(module)  # type: ignore[attr-defined]
    return made
