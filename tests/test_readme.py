"""The README's Python runs, and prints what the README says it prints."""

import contextlib
import io
import re

from conftest import PROJECT

README = (PROJECT / "README.md").read_text("utf-8")


def test_the_python_of_the_readme(tmp_path, monkeypatch):
    code = "".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    printed = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[-1]
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    assert out.getvalue().split() == printed.split()
    assert (tmp_path / "reports" / "coin" / "index.html").is_file()


def test_the_table_of_the_readme(run):
    shown = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0].split()
    done = run("fit", "coin")
    assert done.returncode == 0
    printed = done.stdout.split("rows\n")[1].split()
    printed = [word for word in printed if word in shown or re.fullmatch(r"±?[\d.]+", word)]
    for word, expected in zip(printed, shown, strict=False):
        if re.fullmatch(r"±?[\d.]+", expected):
            # Other versions of JAX draw otherwise: four Monte Carlo errors of an sd of 0.142,
            # known by 400 effective draws.
            apart = abs(float(word.strip("±")) - float(expected.strip("±")))
            assert apart < 4 * 0.142 / 400**0.5, (word, expected)
        else:
            assert word == expected
