"""The command line: its commands, and errors as sentences."""

from __future__ import annotations

import sys

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
from bayesbench.commands.interrupts import hear_ctrl_c, leave
from bayesbench.commands.options import INTERRUPTED
from bayesbench.commands.process import for_this_process
from bayesbench.commands.usage import InSentences
from bayesbench.errors import BadInput

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
    hear_ctrl_c()
    debug = DEBUG in sys.argv
    sys.argv = [word for word in sys.argv if word != DEBUG]
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
            leave()
        raise


if __name__ == "__main__":
    main()
