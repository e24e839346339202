"""bayesbench's commands, as from a shell: `python -m benchmarks.whole.ours report FOLDER`."""

from __future__ import annotations

import sys

COMMANDS = {
    "posterior": "fit coin --method posterior",
    "all": "fit coin",
    "report": "report coin --out {out}",
}

if __name__ == "__main__":
    from bayesbench.cli import main

    _, task, out = sys.argv
    sys.argv = ["bayesbench", *COMMANDS[task].format(out=out).split()]
    main()
