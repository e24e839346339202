"""What docs/your_data.md tells to do can be done, in its order and in one folder."""

import re
import shlex

import numpy as np
import pytest

from conftest import PROJECT

PAGE = (PROJECT / "docs" / "your_data.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def test_every_block_runs(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = {}
    for kind, text in BLOCK.findall(PAGE):
        if kind == "sh":
            for line in text.splitlines():
                done = run(*shlex.split(line.partition("#")[0])[1:])
                assert done.returncode == 0, done.stderr
        elif kind == "python":
            exec(compile(text, "your_data.md", "exec"), known)
    assert known["fit"].bound.table.left_out == 1
    flats = known["flats"]
    x = np.column_stack([np.ones(len(flats)), flats["area"], flats["age"]])
    best = np.linalg.lstsq(x, flats["price"].to_numpy())[0]
    assert known["fit_of_line"].estimate.slopes == pytest.approx(best[1:], rel=1e-7)
    assert known["fit_of_formula"].converged
