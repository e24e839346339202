"""A model file to begin with: `bayesbench new`."""

import ast

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.errors import BadInput
from bayesbench.starting import STARTERS, class_name, write_starter

COMMENTED = 12  # lines of code at the most that are not the example's


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("like", STARTERS)
def test_it_runs_as_it_stands(like):
    path = write_starter("my_first", like=like)
    model = bb.load(path)
    assert model.__name__ == "MyFirst"
    table = model.example()
    fit = bb.fit_mle(model, table)
    assert fit.status.converged
    assert bb.fit_map(model, table).status.converged
    code = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(code) <= COMMENTED + 4
    assert sum("#" in line for line in code) >= 4


def test_what_it_fits():
    """Least squares by NumPy, and the share of ones."""
    line = bb.load(write_starter("line_of_mine"))
    table = line.example()
    slope, intercept = np.polyfit(table["x"], table["y"], 1)
    found = bb.fit_mle(line, table).estimate
    assert found.slope == pytest.approx(slope, rel=1e-6)
    assert found.intercept == pytest.approx(intercept, rel=1e-6)
    coin = bb.load(write_starter("coin_of_mine", like="coin"))
    assert bb.fit_mle(coin, coin.example()).estimate.share == pytest.approx(0.7, rel=1e-9)
    # The posterior is Beta(2 + 7, 2 + 3), whose mode is 8/12.
    assert bb.fit_map(coin, coin.example()).estimate.share == pytest.approx(8 / 12, rel=1e-8)


def test_names(tmp_path):
    assert class_name("my_model") == "MyModel"
    assert class_name("rainX") == "RainX"
    (tmp_path / "deep").mkdir()
    assert write_starter("deep/rain.py").read_text("utf-8").count("class Rain(Model)") == 1
    ast.parse(write_starter("größe").read_text("utf-8"))


BAD = {
    "2nd": "letters, digits and _",
    "my-model": "letters, digits and _",
    "my model": "letters, digits and _",
    "": "letters, digits and _",
    "_": "letters, digits and _",
    "class": "a word of Python",
    "none": "no name that Python knows",
    "torch": "a package that is installed",
    "random.py": "a package that is installed",
}


@pytest.mark.parametrize("name", BAD)
def test_names_that_are_none(name, tmp_path):
    with pytest.raises(BadInput, match=BAD[name]):
        write_starter(name)
    assert not [*tmp_path.iterdir()]


def test_nothing_is_overwritten(run, tmp_path):
    done = run("new", "mine")
    assert done.returncode == 0
    assert "bayesbench report mine.py" in done.stdout
    (tmp_path / "mine.py").write_text("mine\n")
    refused = run("new", "mine")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: mine.py: found such a file already")
    assert refused.stderr.count("\n") == 1
    assert (tmp_path / "mine.py").read_text() == "mine\n"
    assert run("new", "mine", "--like", "coin", "--force").returncode == 0
    assert "Bernoulli" in (tmp_path / "mine.py").read_text()
    unknown = run("new", "other", "--like", "coyn")
    assert unknown.returncode == 2
    assert "did you mean 'coin'?" in unknown.stderr
    assert not (tmp_path / "other.py").exists()
