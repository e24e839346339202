"""The command line as its users meet it: in a process of its own, in an empty folder."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest


def test_list_and_show(run):
    listed = run("list")
    assert listed.returncode == 0
    assert "coin" in listed.stdout
    assert "Tosses of one coin" in listed.stdout
    shown = run("show", "coin")
    assert "toss ~ Bernoulli(probs = θ)" in shown.stdout
    assert "next two are tails" in shown.stdout
    assert "uniform" in shown.stdout


def test_fit_by_maximum_likelihood(run, tmp_path):
    (tmp_path / "tosses.csv").write_text("toss\n1\n1\n0\n1\n")
    done = run("fit", "coin", "--method", "mle", "--data", "tosses.csv", "--json", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["estimates"]["theta"]["mle"]["value"] == pytest.approx(0.75)
    assert "0.7500" in done.stderr
    written = run("fit", "coin", "--method", "mle", "--json", "deep/r.json")
    assert "0.4286" in written.stdout
    assert json.loads((tmp_path / "deep" / "r.json").read_text())["n"] == 7


def test_report(run, tmp_path):
    options = ["--draws", "100", "--warmup", "100", "--chains", "2", "--seed", "5"]
    done = run("report", "coin", "--prior", "uniform", "--out", "page", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("page/index.html")
    assert "0.4444" in done.stdout
    assert "Which one should I use?" in done.stdout
    found = json.loads((tmp_path / "page" / "results.json").read_text("utf-8"))
    assert (found["seed"], found["variant"]) == (5, "uniform")
    assert found["settings"]["posterior"]["chains"] == 2
    assert "--chains 2 --draws 100 --warmup 100" in (tmp_path / "page" / "index.html").read_text()
    again = run("report", "--from", "page/fits.nc", "--out", "again")
    assert again.returncode == 0
    first, second = (tmp_path / f / "index.html" for f in ("page", "again"))
    assert first.read_bytes() == second.read_bytes()


def test_exit_code_of_a_fit_that_found_nothing(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from bayesbench import *\n"
        "class Mine(Model):\n"
        "    '''Two means for one.'''\n"
        "    outcome = 'y'\n"
        "    a = parameter(Normal(0, 1))\n"
        "    b = parameter(Normal(0, 1))\n"
        "    def likelihood(self):\n"
        "        return Normal(self.a + self.b, 1)\n"
    )
    (tmp_path / "y.csv").write_text("y\n1\n2\n")
    done = run("fit", "mine.py", "--method", "mle", "--data", "y.csv")
    assert done.returncode == 3
    assert "not identified" in done.stdout
    assert "a - b" in done.stdout


BAD = {
    "no such model": (["fit", "coyn"], "did you mean 'coin'?"),
    "no such file": (["fit", "coin", "--data", "no.csv"], "no.csv: found no such file"),
    "wrong column": (["fit", "coin", "--data", "x.csv"], "no column 'toss'"),
    "not 0 or 1": (["fit", "coin", "--data", "two.csv"], "two.csv, row 2 (line 3), column 'toss'"),
    "no such prior": (["report", "coin", "--prior", "flat"], "one of its priors (normal, uniform)"),
    "no such method": (["fit", "coin", "--method", "mcmc"], "expected one of mle, map"),
    "unwritable folder": (["report", "coin", "--out", "two.csv/page"], "two.csv is a file"),
    "no such chains": (["fit", "coin", "--chains", "0"], "chains: found 0"),
    "no number": (["fit", "coin", "--draws", "many"], "--draws"),
    "syntax error": (["fit", "broken.py"], "broken.py, line 1: found SyntaxError"),
    "no model": (["fit", "empty.py"], "found no model"),
    "no such report": (["report", "--from", "two.csv"], "found another kind of file"),
    "nothing asked": (["report"], "neither a model nor --from"),
    "no GPU": (["fit", "coin", "--method", "posterior", "--device", "gpu"], "no gpu"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(run, tmp_path, case):
    files = {
        "x.csv": "x\n1\n",
        "two.csv": "toss\n1\n2\n",
        "broken.py": "class (\n",
        "empty.py": "",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    words, sentence = BAD[case]
    if case == "no GPU":
        import jax

        if jax.default_backend() == "gpu":
            pytest.skip("this machine has a GPU that JAX can use")
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    if done.stderr.startswith("Error: "):
        assert done.stderr.count("\n") == 1
    assert {p.name for p in tmp_path.iterdir()} == {*files}


def test_a_second_process_finds_the_compiled_programs(run, tmp_path, monkeypatch):
    """In the user's cache folder, unless that is turned off."""
    words = ("fit", "coin", "--method", "posterior", "--draws", "50", "--warmup", "50")
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    settings = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XLA_FLAGS": ""}

    def kept():
        return {p.name: p.stat().st_size for p in (tmp_path / "cache").rglob("*-cache")}

    assert run(*words, env=settings | {"JAX_ENABLE_COMPILATION_CACHE": "false"}).returncode in (
        0,
        3,
    )
    assert not kept()
    run(*words, "--json", "found.json", env=settings)
    first = kept()
    if (os.cpu_count() or 1) > 1:  # the shell has JAX see a device for each core
        found = json.loads((tmp_path / "found.json").read_text("utf-8"))
        assert found["settings"]["posterior"]["chain_method"] == "parallel"
    assert any(name.startswith("jit__go_on") for name in first)
    run(*words, "--seed", "1", env=settings)
    assert kept() == first, "nothing was compiled again"


def test_a_ctrl_c_that_falls_into_a_callback_is_heard_again():
    """Python drops what is raised while it collects garbage, and only tells a hook."""
    code = """
import gc, os, signal, time
from bayesbench import cli
def fit(*args, **options):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
def collected(phase, info):
    gc.callbacks.clear()
    fit()
def app():
    gc.callbacks.append(collected)
    gc.collect()
    time.sleep(60)
cli.app = app
try:
    cli.main()
except KeyboardInterrupt:
    print("heard")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout == "heard\n"
    assert done.stderr == ""


def test_ctrl_c_while_a_library_is_imported_ends_the_command_at_once(tmp_path):
    """An import that goes on after it, in a library that catches all, would lose it."""
    (tmp_path / "stubborn.py").write_text(
        "import os, signal\n"
        "try:\n    os.kill(os.getpid(), signal.SIGINT)\nexcept BaseException:\n    pass\n"
        "print('lost')\n"
    )
    code = "from bayesbench import cli\ncli.app = lambda: __import__('stubborn')\ncli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 130
    assert done.stdout == ""
    assert done.stderr == "Interrupted: no results were written.\n"


def test_ctrl_c_leaves_nothing_behind_but_draws(tmp_path):
    command = [sys.executable, "-m", "bayesbench.cli", "report", "coin", "--draws", "20000000"]
    kept = tmp_path / "reports" / "coin" / "checkpoint"
    running = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        for _ in range(6000):
            if len([*kept.glob("chunk-*")]) >= 3:
                break
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "The draws so far are in reports/coin/checkpoint: the same command goes on" in err
    assert err.endswith("Interrupted: no results were written.\n")
    assert "Traceback" not in err
    assert out == ""
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent for path in files} == {kept}
    assert not [*kept.glob(".*")]


def test_ctrl_c_while_the_sampler_compiles_ends_as_ever(tmp_path):
    """XLA's threads may still run, and must not crash the way out."""
    environment = os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "false", "PYTHONUNBUFFERED": "1"}
    code = "import sys; from bayesbench.fit import nuts\nbegin = nuts.begin\n"
    code += "def told(*given):\n    print('compiling', flush=True)\n    return begin(*given)\n"
    code += "from bayesbench.fit import posterior; posterior.begin = told\n"
    code += (
        "from bayesbench.cli import main; sys.argv[1:] = ['fit', 'coin', '--method', 'posterior']"
    )
    command = [sys.executable, "-c", f"{code}\nmain()"]
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"compiling\n"
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Interrupted: no results were written." in err
