"""Many commands in one process, one after another: its imports are waited for once."""

import json
import os
import subprocess
import sys

LOOP = """
import importlib.util, io, json, sys, traceback
from contextlib import redirect_stderr, redirect_stdout
from bayesbench import cli
from bayesbench.tables import others

found, find_spec = {}, importlib.util.find_spec
for name, (words, without) in json.load(sys.stdin).items():
    others.find_spec = lambda library: None if library == without else find_spec(library)
    sys.argv = ["bayesbench", *words]
    code, error, out = "none", io.StringIO(), io.StringIO()
    with redirect_stderr(error), redirect_stdout(out):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
        except BaseException:
            code = traceback.format_exc()
    found[name] = [code, error.getvalue(), out.getvalue()]
print("FOUND" + json.dumps(found))
"""


def in_turn(folder, calls):
    """By name the exit code of each call, and what it wrote to standard error and output.

    A call is its words, and a library that is not to be found, or "".
    """
    done = subprocess.run(
        [sys.executable, "-c", LOOP],
        input=json.dumps(calls),
        cwd=folder,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("FOUND")[2])
