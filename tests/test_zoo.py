"""Models by name and by file."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.diagnose import recovered_density
from bayesbench.held_out import is_example
from bayesbench.zoo import name_of

MODEL = """
import bayesbench as bb

class Mine(bb.Model):
    '''A mean.'''
    outcome = "y"
    mean = bb.parameter(bb.Normal(0, 1))

    def likelihood(self):
        return bb.Normal(self.mean, 1)
"""


def test_by_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MODEL)
    model = bb.load(path)
    assert model.__name__ == "Mine"
    assert name_of(model) == str(path)
    assert float(bb.fit_mle(model, {"y": [1.0, 2.0]}).estimate.mean) == pytest.approx(1.5)
    path.write_text(MODEL + MODEL.replace("Mine", "Other"))
    assert bb.load(f"{path}:Other").__name__ == "Other"
    with pytest.raises(bb.BadInput, match=r"found 2 models \(Mine, Other\).*mine.py:Mine"):
        bb.load(path)
    with pytest.raises(bb.BadInput, match=r"no model 'Othr'.*did you mean 'Other'\?"):
        bb.load(f"{path}:Othr")


def test_by_name():
    assert bb.names() == [
        *("coin", "cosine_exponential", "eight_schools", "energy", "engel", "gaussian"),
        *("gaussian_mean", "linear_gaussian", "mean_sigma_mlp", "three_points"),
    ]
    assert name_of(bb.load("coin")) == "coin"
    assert name_of(bb.load("coin", variant="uniform")) == "coin"
    with pytest.raises(bb.BadInput, match=r"no 'coyn' in the zoo.*did you mean 'coin'\?"):
        bb.load("coyn")
    with pytest.raises(bb.BadInput, match=r"no variant 'unform'.*did you mean 'uniform'"):
        bb.load("coin", variant="unform")
    with pytest.raises(bb.BadInput, match="the prior 'normal' and the variant 'uniform'"):
        bb.load("coin", variant="uniform", prior="normal")


VARIANT = {"energy": "quadratic", "engel": "constant_sigma", "gaussian": "conjugate"}


@pytest.mark.parametrize("name", bb.names())
def test_another_column_is_modelled_as_the_declared_one_is(name):
    variant = VARIANT.get(name)
    plain = bb.load(name, variant=variant)
    table = bb.bind(plain, plain.example())
    declared = [plain.outcome] if isinstance(plain.outcome, str) else [*plain.outcome]
    given = [f"z{k}" for k in range(len(declared))]
    again = dict(zip(declared, given, strict=True))
    other = bb.load(name, variant=variant, outcome=",".join(given))
    bound = bb.bind(other, {again.get(k, k): v for k, v in table.table.columns.items()})
    np.testing.assert_equal(other.exact(bound.columns), plain.exact(table.columns))
    assert other.notes(bound.columns) == plain.notes(table.columns)
    assert is_example(table)
    assert not is_example(bound)
    same = bb.load(name, variant=variant, outcome=",".join(declared))
    assert is_example(bb.bind(same, plain.example()))


def test_the_density_behind_another_column_is_not_known():
    model = bb.load("energy", variant="quadratic", outcome="z")
    made = bb.contrast(model, {"z": [0.1, 0.5, 2.0]}, methods=("map",))
    assert recovered_density.look(made) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n", "found no model, expected a class that derives"),
        ("x = (\n", "line 1: found SyntaxError"),
        ("import bayesbench\n\nimport no_such_thing\n", "line 3: found ModuleNotFoundError"),
        ("1 / 0\n", "line 1: found ZeroDivisionError: division by zero, expected a Python file"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, text, sentence):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(bb.BadInput, match=sentence):
        bb.load(path)


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "mine.py").write_text(MODEL)
    with pytest.raises(bb.BadInput, match=r"no such file.*did you mean 'mine.py'\?"):
        bb.load(tmp_path / "mime.py")
