"""Models by name and by file."""

import pytest

import bayesbench as bb
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
    assert bb.names() == ["coin", "eight_schools"]
    assert name_of(bb.load("coin")) == "coin"
    assert name_of(bb.load("coin", variant="uniform")) == "coin"
    with pytest.raises(bb.BadInput, match=r"no 'coyn' in the zoo.*did you mean 'coin'\?"):
        bb.load("coyn")
    with pytest.raises(bb.BadInput, match=r"no variant 'unform'.*did you mean 'uniform'"):
        bb.load("coin", variant="unform")
    with pytest.raises(bb.BadInput, match="the prior 'normal' and the variant 'uniform'"):
        bb.load("coin", variant="uniform", prior="normal")


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
