"""Where the chunks of a study run: in this process, or wherever an executor takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed

import numpy as np

from bayesbench.cores import cores
from bayesbench.errors import BadInput
from bayesbench.studies.chunk import Chunk, computed, computed_elsewhere, packed, versions
from bayesbench.studies.design import Design

LOST = ("BrokenProcessPool", "KilledWorker")  # Python's and Dask's names for it
Found = tuple[Chunk, dict[str, np.ndarray]]
Futures = dict[Future[dict[str, np.ndarray]], Chunk]


def done(design: Design, waiting: Sequence[Chunk], executor: Executor | None) -> Iterator[Found]:
    """Each chunk with its columns, as they are done, in whatever order.

    Raises
    ------
    BadInput
        If the model can't be sent to other processes, or one of these is lost, or has other
        versions of the libraries.
    """
    if executor is None:
        yield from _here(design, waiting)
    else:
        yield from _elsewhere(design, waiting, executor)


def _here(design: Design, waiting: Sequence[Chunk]) -> Iterator[Found]:
    """In threads of this process, a core each.

    The first chunk of each size is done before: what several threads ask for at once, each
    would compile for itself.
    """
    first = {chunk.rows: chunk for chunk in reversed(waiting)}.values()
    others = [chunk for chunk in waiting if chunk not in first]
    for chunk in sorted(first, key=waiting.index):
        yield chunk, computed(design, chunk)
    if len(others) < 2 or cores() == 1:
        for chunk in others:
            yield chunk, computed(design, chunk)
        return
    pool = ThreadPoolExecutor(cores())
    futures = {pool.submit(computed, design, chunk): chunk for chunk in others}
    try:
        yield from _as_they_end(futures)
    finally:
        # Whoever interrupts does not wait for what is under way.
        pool.shutdown(wait=False, cancel_futures=True)


def _elsewhere(design: Design, waiting: Sequence[Chunk], executor: Executor) -> Iterator[Found]:
    """Wherever the executor takes them."""
    design_in_bytes, needed = packed(design), versions()
    futures: Futures = {
        executor.submit(computed_elsewhere, design_in_bytes, chunk, needed): chunk
        for chunk in waiting
    }
    try:
        yield from _as_they_end(futures)
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


def _as_they_end(futures: Futures) -> Iterator[Found]:
    """Each chunk when it is done; on an interrupt those that are done already, and no more."""
    left = dict(futures)
    try:
        for future in as_completed(futures):
            columns = future.result()
            yield left.pop(future), columns
    except KeyboardInterrupt:
        for future, chunk in left.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                yield chunk, future.result()
        raise


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
