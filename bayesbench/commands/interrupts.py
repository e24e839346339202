"""Ctrl-C: heard wherever it falls, and the way out."""

from __future__ import annotations

import os
import signal
import sys
from threading import Timer, current_thread, main_thread
from typing import TYPE_CHECKING, NoReturn

from bayesbench.commands.options import INTERRUPTED

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

SOON = 0.1  # seconds
IMPORTING = "<frozen importlib"  # the file of Python's own code that imports


def hear_ctrl_c() -> None:
    """Let Ctrl-C end the command, also where it falls into a callback or an import.

    A handler that somebody else has set stays.
    """
    sys.unraisablehook = _hear_again
    alone = current_thread() is main_thread()  # others can't be interrupted
    if alone and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def leave() -> NoReturn:
    """End the process at once: a program that XLA still runs would crash the usual way out."""
    sys.stderr.write("Interrupted: no results were written.\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Raise it, or leave at once where a library is being imported.

    Raised from within an import it leaves modules half made, which others then take for whole:
    that ends in errors of theirs, or in a crash, or is lost. Nothing is written while one imports.
    """
    at = frame
    while at is not None:
        if at.f_code.co_filename.startswith(IMPORTING):
            leave()
        at = at.f_back
    signal.default_int_handler(number, frame)


def _hear_again(dropped: UnraisableHookArgs) -> None:
    """Send a Ctrl-C once more that fell into a callback, from where nothing can be raised."""
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        Timer(SOON, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(dropped)
