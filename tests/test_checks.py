"""A look at a model before anyone waits: each flaw is found on its line, and fine models pass."""

import json
import linecache
import types
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import bayesbench as bb
import flawed_models as flawed
from bayesbench.checks.places import places_of
from bayesbench.errors import BadInput

FILE = Path(flawed.__file__)
TEXT = FILE.read_text("utf-8").splitlines()
X = flawed.X


def line_of(text, after=""):
    """The line of the file that holds a text, the first one after another text."""
    begin = next((k for k, line in enumerate(TEXT) if after in line), 0)
    return next(k for k, line in enumerate(TEXT[begin:], begin + 1) if text in line)


def look(model, data, recover=False):
    return bb.check(model, data, recover=recover)


def only(made, severity):
    (found,) = [each for each in made.findings if each.severity == severity]
    return found


def place(*where):
    return f"{FILE.name}, line {line_of(*where)}"


def test_a_model_without_flaws():
    made = look(flawed.Fine, X, recover=True)
    assert made
    assert not made.warnings
    assert [each.rule for each in made.findings] == [
        "support and prior",
        "torch and JAX",
        "likelihood",
        "what matters",
        "simulate and recover",
    ]
    assert made.rows == 5
    table = made.table()
    assert table.loc["sd", "support"] == "[0, ∞)"
    assert table.loc["a", "prior"] == "Normal(loc = 0, scale = 1)"
    assert table.loc["sd", "place"] == place("sd = parameter", "class Fine(")
    agree = made.findings[1].evidence
    assert agree["difference"] < 1e-10
    assert agree["rows"] == 5
    held = made.findings[-1].evidence
    # Of 20 data sets a 95% interval holds 15 or more but for a chance of 3e-4.
    assert held["tried"] == held["fitted"] == 20
    assert (held["held"] >= 15).all()
    assert "20 of 20" in repr(made)


def test_a_function_of_one_library():
    made = look(flawed.OnlyByNumPy, X)
    assert not made
    torch, jax = made.errors
    assert "torch can't compute" in torch.message
    assert "JAX can't compute" in jax.message
    assert {torch.place, jax.place} == {place("NumPy's own exp")}


def test_libraries_that_differ():
    rows, slopes = look(flawed.OneLibraryOnly, X).errors
    assert "of row 5" in rows.message or "of row" in rows.message
    assert "in a is" in slopes.message
    assert rows.place == place("def likelihood", "class OneLibraryOnly")
    (detached,) = look(flawed.Detached, X).errors
    assert "torch can't compute" in detached.message


def test_what_does_not_matter():
    made = look(flawed.Idle, X | {"z": X["x"]})
    assert made
    parameter, column = made.warnings
    assert "unused does not matter" in parameter.message
    assert parameter.place == place("nobody reads it")
    assert "the input z does not matter" in column.message
    assert column.place == place("def likelihood", "class Idle")
    row = only(look(flawed.Saturated, X | {"x": [0.5, -1.0, 0.0, 0.1, 1.5]}), "warning")
    assert "row 3 does not matter" in row.message
    assert list(row.evidence["rows"]) == [3]
    hyper = only(look(flawed.ByPriorsOnly, X), "info")
    assert "only the prior of a does" in hyper.message
    assert "latent()" in hyper.remedy
    assert hyper.place == place("centre = parameter")


def test_levels_that_no_row_reads():
    data = {"group": ["a", "b", "a", "c"], "y": [1.0, 2.0, 3.0, 1.0]}
    wide, entries = look(flawed.Missed, data).warnings
    assert "support of noise" in wide.message
    assert "no row reads a[b], a[c]" in entries.message
    assert entries.place == place("a = parameter", "class Missed")


def test_what_can_not_be_told_apart():
    found = only(look(flawed.SameTwice, X, recover=True), "warning")
    # Of b - c the data tell something, of b + c nothing.
    assert found.evidence["directions"] == ("b + c",)
    assert "b and c can't be told apart" in found.message


def test_supports_and_priors():
    beyond = only(look(flawed.Beyond, X), "warning")
    assert "reaches beyond its prior Uniform" in beyond.message
    assert beyond.place == place("the MLE may be 7")
    elsewhere = only(look(flawed.Elsewhere, X), "warning")
    mass = stats.norm.cdf(9) - stats.norm.cdf(5)
    assert elsewhere.evidence["mass"] == pytest.approx(mass, rel=1e-6)
    wrong = only(look(flawed.WrongSide, X), "error")
    assert "support=positive" in wrong.remedy
    assert wrong.place == place("negative values as well")
    flat = look(bb.load("eight_schools", variant="flat"), None)
    assert any("Flat()" in each.message for each in flat.findings)


def test_where_the_likelihood_is_no_number():
    data = {"y": [0.2, 1.0, 2.0, 3.0, 0.4]}
    found = only(look(flawed.Impossible, data), "warning")
    # P(a < -1) of a standard Normal, within four of its errors with 200 draws.
    expected = stats.norm.cdf(-1)
    error = np.sqrt(expected * (1 - expected) / 200)
    assert abs(found.evidence["share_not_finite"] - expected) < 4 * error
    assert "every row" in found.message
    assert found.place == place("def likelihood", "class Impossible")
    (start,) = look(flawed.NowhereAtFirst, {"x": X["x"], "y": [0, 1, 2, 1, 0]}).errors
    assert start.place == place("the log of zero")
    assert start.text.count("line") == 1


def test_a_table_that_does_not_fit():
    (found,) = look(flawed.Fine, {"y": [1.0]}).errors
    assert "no column 'x'" in found.message
    event = look(flawed.Wrong, {"x": X["x"], "y": [0, 1, 1, 0, 0]}).errors[0]
    assert event.place == place("def at_two")
    with pytest.raises(BadInput, match="no example data"):
        bb.check(flawed.Fine)


def test_what_is_inherited_and_what_is_changed():
    places = places_of(flawed.Wrong)
    assert places.of("slope") == place("changed here")
    assert places.of("slope.w1") == places.of("slope[2]") == places.of("slope")
    other = Path(FILE.parent / "small_models.py").read_text("utf-8").splitlines()
    begin = next(k for k, line in enumerate(other) if line.startswith("class Logistic"))
    assert places.lines["intercept"] > begin


CELL = """
from bayesbench import Bernoulli, Beta, Model, parameter
class Cell(Model):
    outcome = "y"
    share = parameter(Beta(2, 2))
    idle = parameter(Beta(2, 2))
    def likelihood(self):
        return Bernoulli(self.share)
"""


@pytest.mark.parametrize("known", [True, False])
def test_a_class_of_a_notebook(known):
    """Its text is where the notebook keeps it; a plain prompt keeps none."""
    name = "<ipython-input-7-abc>"
    if known:
        linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    cell = types.ModuleType("a_cell").__dict__
    exec(compile(CELL, name, "exec"), cell)
    try:
        found = only(look(cell["Cell"], {"y": [0, 1, 1]}), "warning")
    finally:
        linecache.cache.pop(name, None)
    assert found.place == ("the cell, line 6" if known else "the cell")
    assert places_of(cell["Cell"]).of("likelihood") == "the cell, line 7"


def test_the_command(run, tmp_path):
    (tmp_path / "fine.py").write_text("from flawed_models import *\n" + CELL)
    (tmp_path / "bad.py").write_text(CELL.replace("self.share)", "float(self.share))"))
    (tmp_path / "y.csv").write_text("y\n1\n0\n1\n")
    env = {"PYTHONPATH": str(FILE.parent)}
    done = run("check", "fine.py", "--data", "y.csv", "--json", "r.json", env=env)
    assert done.returncode == 0, done.stderr
    assert "idle does not matter" in done.stdout
    assert "Cell (fine.py): 3 rows" in done.stdout
    written = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert {each["severity"] for each in written["findings"]} == {"warning", "info", "ok"}
    bad = run("check", "bad.py", "--data", "y.csv")
    assert bad.returncode == 2
    assert "bad.py, line 8" in bad.stdout
    assert "Traceback" not in bad.stderr
    none = run("check", "bad.py")
    assert none.returncode == 2
    assert "no example data" in none.stderr
