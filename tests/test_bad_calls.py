"""A battery of bad words on the command line: each one sentence, exit code 2, nothing written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_turn import in_turn

HEAD = "from bayesbench import *\nclass M(Model):\n    '''M.'''\n"
OUTCOME, MEAN = "    outcome = 'y'\n", "    a = parameter(Normal(0, 1))\n"
LIKELIHOOD = "    def likelihood(self):\n        return "
FILES = {
    "tosses.csv": "toss\n1\n0\n1\n1\n",
    "two.csv": "toss\n1\n2\n",
    "line.csv": "x,y\n1,2\n2,3\n3,5\n4,4\n",
    "empty.py": "",
    "broken.py": "import bayesbench as bb\nclass (\n",
    "raises.py": "raise RuntimeError('no')\n",
    "no_outcome.py": f"{HEAD}{MEAN}{LIKELIHOOD}Normal(self.a, 1)\n",
    "no_likelihood.py": f"{HEAD}{OUTCOME}{MEAN}",
    "returns_number.py": f"{HEAD}{OUTCOME}{MEAN}{LIKELIHOOD}self.a\n",
    "misspelt.py": f"{HEAD}{OUTCOME}{MEAN}{LIKELIHOOD}Normal(self.aa, 1)\n",
    "iffy.py": f"{HEAD}{OUTCOME}{MEAN}{LIKELIHOOD}Normal(self.a if self.a > 0 else 0, 1)\n",
}
FITTING = ("fit", "report", "predict", "evidence", "growth", "score", "profile")
OTHERS = ("diagnose", "basins", "sweep", "study", "check")  # that take data, too
SAMPLED = ("fit coin", "report coin", "predict coin", "evidence coin", "score coin")
# Options that all commands with a sampler have, and what they can't be.
OPTIONS = {
    "--chains": ("0", "-1", "2.5", "four"),
    "--draws": ("0", "1", "-5", "many"),
    "--warmup": ("-1", "some"),
    "--ess": ("0", "-1", "much"),
    "--minutes": ("0", "-1", "soon"),
    "--target-accept": ("0", "1", "1.2", "high"),
    "--max-tree-depth": ("0", "-1", "deep"),
    "--device": ("tpu",),
    "--chain-method": ("quick",),
    "--seed": ("-1", "1.5", "lucky"),
    "--start": ("somewhere",),
}
CALLS = [
    *(
        f"{SAMPLED[k % 5]} {name} {value}"
        for k, (name, value) in enumerate(
            (name, value) for name, values in OPTIONS.items() for value in values
        )
    ),
    *(
        f"{command} {option}"
        for command in ("fit", "report", "show", "study")
        for option in (
            "coyn",
            "coin --variant unifrom",
            "coin --prior flat",
            "nowhere.py",
            "empty.py",
            "broken.py",
        )
    ),
    *(f"fit {file} --data line.csv --method mle" for file in FILES if file.endswith(".py")),
    *(f"{command} coin --data absent.csv" for command in (*FITTING, *OTHERS)),
    *(f"{command} coin --data two.csv" for command in FITTING),
    *(f"fit coin --method {method}" for method in ("mcmc", "MLE", "vi", "none")),
    *(
        f"{command} coin --json tosses.csv/x.json"
        for command in ("fit --method mle", "evidence", "growth", "profile")
    ),
    "report coin --out tosses.csv",
    "report",
    "report coin --from fits.nc",
    "report --from tosses.csv",
    "report --from nowhere.nc",
    "gallery nowhere",
    "gallery",
    "fit coin --method map --outcome toss,toss",
    "fit linear_gaussian --data line.csv --outcome z",
    "fit coin --starts 0",
    "fit coin --starts several",
    "score coin --folds 1",
    "score coin --folds 8",
    "score coin --folds half",
    "score coin --held-out absent.csv",
    "score coin --folds 3 --held-out tosses.csv",
    "compare coin",
    "compare coin gaussian",
    "predict linear_gaussian --at z=1",
    "predict linear_gaussian --at x",
    "predict linear_gaussian --at x=one",
    "predict linear_gaussian --new absent.csv",
    "predict coin --prob 0",
    "predict coin --prob 1.5",
    "evidence coin --against cain",
    "growth coin --sizes 0",
    "growth coin --sizes 1,99",
    "growth coin --sizes one",
    "profile coin --entry thta",
    "profile coin --prob 2",
    "diagnose coin --optimizer adma",
    "diagnose coin --optimizer adam --learning-rate -1",
    "diagnose coin --optimizer adam --learning-rate fast",
    "diagnose coin --optimizer adam --batch-size 0",
    "diagnose coin --optimizer adam --batch-size 8",
    "diagnose coin --optimizer adam --steps 0",
    "diagnose coin --optimizer adam --schedule hourly",
    "basins coin --entry b",
    "sweep coin --learning-rates 0",
    "study coin --n 0",
    "study coin --n some",
    "study coin --datasets 0",
    "study coin --methods mle,mcmc",
    "study coin --at theta=2",
    "study coin --at thta=0.5",
    "study coin --at theta",
    "study energy",
    "study coin --scheduler nowhere:1",
    "new",
    "new 2models",
    "new class",
    "new tosses.csv",
    "check",
    "fitt coin",
    "fit",
    "fit coin more",
    "fit coin --drws 5",
    "fit coin --data",
    "--wrong",
]


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calls")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    found = in_turn(folder, {words: (words.split(), "") for words in CALLS})
    there = {path.name for path in folder.iterdir()} - {"__pycache__"}
    return found, there


def test_there_are_many():
    assert len(set(CALLS)) == len(CALLS) >= 120  # and 45 files in test_bad_tables


@pytest.mark.parametrize("words", CALLS)
def test_one_sentence_and_exit_code_2(ended, words):
    code, said, printed = ended[0][words]
    assert code == 2, (code, said, printed)
    assert printed == ""
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    for part in ("found ", ", expected ", "; "):
        assert part in said


def test_nothing_is_written(ended):
    assert ended[1] == {*FILES}


def test_debug_gives_the_traceback(run):
    done = run("fit", "coyn", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "did you mean 'coin'?" in done.stderr


WORD = st.text(st.characters(codec="utf-8", exclude_characters="\x00\n\r"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(WORD)
def test_no_word_is_a_model_by_chance(word):
    import bayesbench as bb

    if word in bb.names():
        return
    with pytest.raises(bb.BadInput) as caught:
        bb.load(word)
    assert "\n" not in str(caught.value)
