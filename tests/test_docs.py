"""Every block of code in the README and the documents runs, and prints what the page shows.

A page is read from its top, in a folder of its own. What kinds of blocks there are:

`python`   runs, all of a page in one namespace
`text`     is what the Python before it prints
`py`       is a file, which its first line names
`sh`       is a command a line
`console`  is lines `$ command`, each with what it prints; `...` stands for lines left out

A block of any other kind fails.
"""

import re
import sys

import matplotlib.pyplot as plt
import pytest

from blocks import blocks
from conftest import PROJECT
from reader import Reader
from refresh import DOCS, WIDTH
from shown import Tolerance, missing

PAGES = [PROJECT / "README.md", *sorted(DOCS.rglob("*.md"))]

# What takes long is run small, with these words added; of what the page shows then only the
# heads of the tables are looked for.
SMALL = {
    "bayesbench study": "--datasets 12 --draws 200",
    "bayesbench sweep": "--steps 40",
    "bayesbench diagnose mean_sigma_mlp": "--steps 200",
    "bayesbench score linear_gaussian": "--folds 2 --ess 50",
    "bayesbench compare": "--folds 2 --ess 50",
    "bayesbench basins": "--starts 2",
    "bayesbench report": "--draws 300",
    "python scale.py": "16",
    "python -m benchmarks": "--help",  # hours, a machine of their own, and what peers need
}
HEADS = re.compile(r" *(parameter|new outcomes|batch|size|step|flat on|model|a|[\d,]+ rows in) ")

# Draws differ with the versions of the libraries. Four Monte Carlo errors of 400 effective draws
# are a fifth of a posterior's sd for its mean, and 0.14 of itself for its sd.
SAMPLED = {
    "bayesbench fit coin": Tolerance(share=0.14, much=0.142 / 5),
    "bayesbench growth coin": Tolerance(share=0.14, much=0.142 / 5),
    "bayesbench fit gaussian": Tolerance(share=0.14, much=1.19 / 5),
    "bayesbench predict linear_gaussian": Tolerance(share=0.14, much=0.411 / 5),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_block_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # the command line sets it
    text = page.read_text("utf-8")
    found = blocks(text)
    assert len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) == 2 * len(found)
    reader = Reader(page.name, SMALL, SAMPLED, HEADS)
    for block in found:
        reader.read(block.kind, block.text)
        plt.close("all")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("mean 1.00\n", "mean  1.01", True),  # one in the last digit
        ("mean 1.00\n", "mean  1.02", False),
        ("mean 1.00\n", "bias  1.00", False),
        ("mean 1.00\n", "mean  1.00  more", False),
        ("7 rows", "8 rows", False),  # a count
        ("10,000 rows", "10,005 rows", True),  # by less than a thousandth
        ("to 2e-16", "to 7e-12", True),  # rounding
        ("slope −0.5000", "slope -0.5001", True),
        ("head\n...\nend\n", "head 1 2 3 end", True),
        ("...\nend\n", "head end more", False),
        ("head\n...\n", "more head end", False),
    ],
)
def test_what_is_shown_is_held_against_what_is_printed(shown, printed, same):
    assert (missing(shown, printed) == "") == same


@pytest.mark.parametrize("kind", ["", "yaml", "pycon"])
def test_a_block_of_a_kind_that_nothing_runs_fails(kind):
    reader = Reader("page", SMALL, SAMPLED, HEADS)
    (block,) = blocks(f"Before.\n\n```{kind}\nx: 1\n```\n")
    with pytest.raises(AssertionError, match="nothing runs a block"):
        reader.read(block.kind, block.text)


def test_a_text_that_is_not_what_was_printed_fails():
    reader = Reader("page", SMALL, SAMPLED, HEADS)
    reader.read("python", "print('θ', 3 / 7)")
    reader.read("text", "θ 0.4286\n")
    with pytest.raises(AssertionError):
        reader.read("text", "θ 0.44\n")
