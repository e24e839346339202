"""The command line: its commands, and errors as sentences."""

from __future__ import annotations

import os
import signal
import sys
from threading import Timer, current_thread, main_thread
from typing import TYPE_CHECKING

import typer

from bayesbench.commands import (
    checking,
    evidence,
    fitting,
    growing,
    models,
    optimisation,
    predicting,
    profiling,
    scoring,
    studying,
)
from bayesbench.commands.options import INTERRUPTED
from bayesbench.commands.process import for_this_process
from bayesbench.commands.usage import InSentences
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

SOON = 0.1  # seconds
IMPORTING = "<frozen importlib"  # the file of Python's own code that imports
DEBUG = "--debug"

app = typer.Typer(
    cls=InSentences,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="One model, fitted by maximum likelihood, MAP and the full posterior, and compared. "
    "With --debug, input that can't be used ends in a traceback.",
)
app.command("list")(models.list_models)
app.command()(models.show)
app.command()(models.new)
app.command()(checking.check)
app.command()(fitting.fit)
app.command()(fitting.report)
app.command()(fitting.gallery)
app.command()(predicting.predict)
app.command()(evidence.evidence)
app.command()(growing.growth)
app.command()(scoring.score)
app.command()(scoring.compare)
app.command()(optimisation.diagnose)
app.command()(optimisation.basins)
app.command()(optimisation.sweep)
app.command()(profiling.profile)
app.command()(studying.study)


def main() -> None:
    """Run the command line; input that can't be used ends in a sentence and exit code 2.

    With `--debug` among the words it ends in the traceback.
    """
    sys.unraisablehook = _hear_again
    debug = DEBUG in sys.argv
    sys.argv = [word for word in sys.argv if word != DEBUG]
    alone = current_thread() is main_thread()  # others can't be interrupted
    if alone and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    for_this_process()  # before any command imports JAX, which reads it once
    try:
        app()
    except BadInput as error:
        if debug:
            raise
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave_interrupted()
        raise


def _interrupted(number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does: it ends the command, and at once where a library is being imported.

    Raised from within an import it leaves modules half made, which others then take for whole:
    that ends in errors of theirs, or in a crash, or is lost. Nothing is written while one imports.
    """
    at = frame
    while at is not None:
        if at.f_code.co_filename.startswith(IMPORTING):
            _leave_interrupted()
        at = at.f_back
    signal.default_int_handler(number, frame)


def _leave_interrupted() -> None:
    sys.stderr.write("Interrupted: no results were written.\n")
    _leave(INTERRUPTED)


def _leave(code: int) -> None:
    """End the process at once: a program that XLA still runs would crash the usual way out."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _hear_again(dropped: UnraisableHookArgs) -> None:
    """Send a Ctrl-C once more that fell into a callback, from where nothing can be raised."""
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        Timer(SOON, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(dropped)


if __name__ == "__main__":
    main()
