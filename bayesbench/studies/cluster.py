"""A running Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from bayesbench.errors import BadInput

PATIENCE = 5.0  # seconds to reach the scheduler
RETRIES = 2  # of a chunk whose worker raised an error


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a scheduler that is running, for as long as this lasts.

    A chunk whose worker dies is computed by another.

    Raises
    ------
    BadInput
        If Dask is not installed, or the scheduler can't be reached.
    """
    try:
        from distributed import Client
    except ImportError:
        raise BadInput(
            "the scheduler",
            found="no package 'distributed'",
            expected="Dask, to speak with it",
            remedy="install it: pip install 'bayesbench[cluster]'",
        ) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        why = "an address that is none" if isinstance(error, ValueError) else "nobody who answers"
        raise BadInput(
            f"the scheduler {address}",
            found=why,
            expected="a Dask scheduler that runs",
            remedy="start one with `dask scheduler`, whose address is like tcp://host:8786",
        ) from None
    with client:
        yield client.get_executor(retries=RETRIES, pure=False)
