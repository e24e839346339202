"""What docs/your_model.md tells to do can be done, in its order and in one folder."""

import re
import shlex

from conftest import PROJECT

PAGE = (PROJECT / "docs" / "your_model.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
GOOD = (0, 3)  # 3: the few draws of an example are not enough, and the command says so


def test_every_block_runs(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = {}
    for kind, text in BLOCK.findall(PAGE):
        if kind == "sh":
            for line in text.splitlines():
                done = run(*shlex.split(line.partition("#")[0])[1:])
                assert done.returncode in GOOD, done.stderr
        elif kind == "python":
            exec(compile(text, "your_model.md", "exec"), known)
        elif kind == "py":  # the file that its first line names
            name = re.match(r"# (\w+\.py)\n", text).group(1)
            (tmp_path / name).write_text(text, "utf-8")
