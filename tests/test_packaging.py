"""The wheel alone, away from the checkout; the README's and the Makefile's promises."""

import os
import re
import subprocess
import sys
import zipfile

import pytest

from conftest import PROJECT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel, built from what version control would hold, without the network."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in ("bayesbench", "models", "pyproject.toml", "README.md", "LICENSE"):
        subprocess.run(["cp", "-r", PROJECT / name, source], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", place]
    subprocess.run([*pip, *options, source], check=True, timeout=300)
    (made,) = place.glob("*.whl")
    return made


def test_the_wheel_alone_loads_the_coin(wheel, tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    options = ["--no-deps", "--quiet", "--target", tmp_path / "site"]
    subprocess.run([*pip, *options, wheel], check=True, timeout=300)
    code = """
import importlib.util, pathlib, sys
import bayesbench as bb
site = pathlib.Path(sys.argv[1])
assert site in pathlib.Path(bb.__file__).parents, bb.__file__
coin = bb.load("coin")
assert site in pathlib.Path(sys.modules[coin.__module__].__file__).parents
assert abs(float(bb.fit_mle(coin, coin.example()).estimate.theta) - 3 / 7) < 1e-8
assert importlib.util.find_spec("models") is None
from importlib.resources import files
for name in ("page.html", "style.css", "results.schema.json"):
    assert files("bayesbench.report").joinpath(name).is_file()
"""
    away = tmp_path / "away"
    away.mkdir()
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-c", code, tmp_path / "site"]
    subprocess.run(command, check=True, cwd=away, env=environment, timeout=120)


def test_the_wheel_holds_no_global_models(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bayesbench"}
    assert "bayesbench/models/coin.py" in names


def test_the_environment_has_no_global_models(tmp_path):
    code = "import importlib.util; assert importlib.util.find_spec('models') is None"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=60)


def test_make_help_lists_every_target():
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert [line.split()[1] for line in shown.splitlines()] == targets


def test_make_report_hands_its_options_on():
    told = re.search(
        r"^report:.*\(MODEL, (.*)\)$", (PROJECT / "Makefile").read_text(), re.MULTILINE
    )
    names = told[1].split(", ")
    assert {"FOLDS", "HELD_OUT"} <= set(names)
    shown = subprocess.run(
        ["make", "--dry-run", "report", *(f"{name}=a value" for name in names)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in names:
        assert f'--{name.lower().replace("_", "-")} "a value"' in shown


def test_everything_that_is_required_is_pinned():
    import tomllib

    pinned = {
        re.split(r"[=; ]", line)[0]
        for line in (PROJECT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {re.split(r"[\[<>=; ]", each)[0] for each in wanted} <= pinned
