"""Where the chunks of a study run: in this process, or wherever an executor takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, as_completed

import numpy as np

from bayesbench.errors import BadInput
from bayesbench.studies.chunk import Chunk, computed, computed_elsewhere, packed
from bayesbench.studies.design import Design

LOST = ("BrokenProcessPool", "KilledWorker")  # Python's and Dask's names for it
Found = tuple[Chunk, dict[str, np.ndarray]]


def done(design: Design, waiting: Iterable[Chunk], executor: Executor | None) -> Iterator[Found]:
    """Each chunk with its columns, as they are done; with an executor in whatever order.

    Raises
    ------
    BadInput
        If the model can't be sent to other processes, or one of these is lost.
    """
    if executor is None:
        for chunk in waiting:
            yield chunk, computed(design, chunk)
        return
    design_in_bytes = packed(design)
    futures: dict[Future[dict[str, np.ndarray]], Chunk] = {
        executor.submit(computed_elsewhere, design_in_bytes, chunk): chunk for chunk in waiting
    }
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except ImportError as error:
        raise BadInput(
            "the executor",
            found=f"a process that can't import {error.name}",
            expected="what this process has, in all of them",
            remedy="install bayesbench, of this version, where the workers run",
        ) from None
    except Exception as error:
        if type(error).__name__ not in LOST:
            raise
        raise BadInput(
            "the executor",
            found="a process that ended before its chunk was done",
            expected="processes that live as long as the study",
            remedy="see that there is memory for them; with checkpoint= the same call goes on",
        ) from None
    finally:
        for future in futures:
            future.cancel()


def check_executor(executor: Executor | None) -> None:
    """Refuse what is none, and one that forks: JAX hangs in a process that was forked from it.

    Raises
    ------
    BadInput
    """
    if executor is None:
        return
    if not isinstance(executor, Executor):
        raise BadInput(
            "executor",
            found=repr(executor),
            expected="a concurrent.futures.Executor",
            remedy="of a Dask client it is client.get_executor(retries=2, pure=False)",
        )
    context = getattr(executor, "_mp_context", None)  # of a pool of processes
    if context is not None and context.get_start_method() == "fork":
        raise BadInput(
            "executor",
            found="processes that are forked, in which JAX hangs",
            expected="processes that start anew",
            remedy="write ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))",
        )
