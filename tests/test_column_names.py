"""Columns whose names are no words: spaces, brackets, points and signs, within backticks."""

import numpy as np
import pandas as pd
import pytest

import bayesbench as bb
from bayesbench.formulas.design import design_of
from bayesbench.formulas.parsed import variables_of
from bayesbench.lists import values

N = 60
GENERATOR = np.random.default_rng(11)
TEMPERATURE, CONTENT, GROUP = "Temp (°C)", "Conc. [mg/L]", "Which [unit]?"
LAB = pd.DataFrame(
    {
        TEMPERATURE: GENERATOR.uniform(10, 90, N).round(1),
        CONTENT: GENERATOR.uniform(1, 9, N).round(2),
        GROUP: GENERATOR.choice(["north", "south"], N),
    }
)
LAB["Yield (%)"] = (20 + 0.3 * LAB[TEMPERATURE] - LAB[CONTENT] + GENERATOR.normal(0, 2, N)).round(1)
TERMS = f"`{TEMPERATURE}` + log(`{CONTENT}`) + center(`{CONTENT}`) + `{GROUP}`"


def _design(table):
    columns = [table[TEMPERATURE], np.log(table[CONTENT]), table[CONTENT], table[GROUP] == "south"]
    return np.column_stack([np.ones(len(table)), *columns]).astype(float)


def test_brackets_and_points_are_parts_of_a_name():
    assert variables_of(TERMS) == (CONTENT, TEMPERATURE, GROUP)
    design, matrix = design_of(TERMS, bb.read_data(LAB))
    assert design.variables == (CONTENT, TEMPERATURE, GROUP)
    assert design.columns_of(GROUP) == (GROUP,)
    assert list(design.dims.values()) == [("south",)]
    centred = _design(LAB)[:, 1:] - np.array([0, 0, LAB[CONTENT].mean(), 0])
    assert matrix == pytest.approx(centred)


def test_new_rows_are_predicted_as_by_least_squares():
    fit = bb.fit_mle(bb.formula(f"`Yield (%)` ~ {TERMS}", LAB), LAB)
    best = np.linalg.lstsq(_design(LAB), LAB["Yield (%)"].to_numpy())[0]
    new = LAB.iloc[:5]
    assert fit.predict(new).mean == pytest.approx(_design(new) @ best, rel=1e-6)
    with pytest.raises(bb.BadInput, match=r"found the level 'west'.*north, south"):
        fit.predict(new.assign(**{GROUP: "west"}))


def test_what_is_said_of_a_column_keeps_its_brackets(capsys):
    from bayesbench.commands.options import say

    say(f"1 of 9 rows was left out for missing values: 1 in '{CONTENT}' :x:.", to_error=True)
    assert f"1 in '{CONTENT}' :x:." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("texts", "remedy"),
    [
        ([f"{k / 10}%" for k in range(N)], "write the numbers alone, without %"),
        ([f"$2{k % 10},{100 + k}" for k in range(N)], "or the sign of a currency"),
        ([f"6,{100 + k}" for k in range(N)], "without commas between their thousands"),
        ([f"3/{1 + k % 28}/2024 10:{k:02}" for k in range(N)], "write all dates as 2024-03-01"),
        ([f"S-{k:03}" for k in range(N)], "leave the column out"),
    ],
)
def test_texts_that_are_no_category_are_refused(texts, remedy):
    table = {"y": np.arange(N, dtype=float), "a b": texts}
    with pytest.raises(bb.BadInput) as refused:
        bb.formula("y ~ `a b`", table)
    said = str(refused.value)
    assert f"column 'a b': found {N} different texts in {N} rows, as '{texts[0]}'" in said
    assert remedy in said
    assert "write C(`a b`) if each is a category" in said


def test_declared_and_usual_categories_are_taken():
    ids = [f"S-{k // 2:03}" for k in range(N)]  # two rows each: no more than half
    assert "b_id" in bb.formula("y ~ id", {"y": np.arange(N, dtype=float), "id": ids}).parameters
    each = {"y": np.arange(N, dtype=float), "id": [f"S-{k}" for k in range(N)]}
    assert "b_id" in bb.formula("y ~ C(id)", each).parameters


@pytest.mark.parametrize(
    ("formula", "mended"),
    [
        ("Do you smoke? ~ Gender", "'`Do you smoke?` ~ Gender'"),
        ("Yield (%) ~ x", "'`Yield (%)` ~ x'"),
        ("`Yield (%)` ~ Conc. [mg/L]", "'`Yield (%)` ~ `Conc. [mg/L]`'"),
        ("`Yield (%)` ~ Which [unit]?", "'`Yield (%)` ~ `Which [unit]?`'"),
    ],
)
def test_backticks_are_taught_with_the_column_itself(formula, mended):
    with pytest.raises(bb.BadInput) as refused:
        bb.formula(formula, LAB)
    assert f"put backticks around a name with spaces or signs: {mended}" in str(refused.value)


def test_what_is_computed_on_the_left_is_to_be_a_column():
    with pytest.raises(bb.BadInput, match="make a column of what is computed"):
        bb.formula("log(price) ~ x", LAB)


@pytest.mark.parametrize("terms", ["sex + `Which [unit]?`", "C(sex)"])
def test_levels_that_differ_by_case_or_spaces_are_warned_of(terms):
    sexes = np.resize(["Female", "female ", "Male", " Other", "two  words", "Two words"], N)
    table = LAB.assign(sex=sexes, y=np.arange(N) % 7)
    model = bb.formula(f"y ~ {terms}", table)
    made = bb.contrast(model, table, methods=("mle",), progress=False)
    (said,) = [each for each in made.findings if each.rule == "alike_levels"]
    assert said.severity == "warning"
    assert said.evidence["levels"] == [["Female", "female "], ["Two words", "two  words"]]
    assert "The column 'sex' has levels that differ by case or spaces only: 'Female'" in said.text


def test_levels_of_an_input_are_looked_at_as_well():
    class Groups(bb.Model):
        """Means of groups."""

        outcome = "y"
        mean = bb.parameter(bb.Normal(0, 10), dims="answer")

        def likelihood(self, answer=bb.levels()):
            return bb.Normal(self.mean[answer], 1)

    table = {"y": [1.0, 2, 3, 4], "answer": ["yes", "Yes", "no", "No answer"]}
    made = bb.contrast(Groups, table, methods=("mle",), progress=False)
    (said,) = [each for each in made.findings if each.rule == "alike_levels"]
    assert said.evidence["levels"] == [["Yes", "yes"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Temp (°C)=50, Conc. [mg/L]=[1, 2]", {TEMPERATURE: 50, CONTENT: [1, 2]}),
        ("`Temp (°C)`=50, school='a, b c=3'", {TEMPERATURE: 50, "school": "a, b c=3"}),
        (
            "`a, b=c`=north, class=[x, y], from=-1.5",
            {"a, b=c": "north", "class": ["x", "y"], "from": -1.5},
        ),
        ("x=[1, 2], school=A", {"x": [1, 2], "school": "A"}),
    ],
)
def test_new_rows_may_name_any_column(text, expected):
    assert values("--at", text, names=True) == expected


@pytest.mark.parametrize("text", ["Temp (°C)", "a b=New York", "=3", "a b=1, 2"])
def test_what_names_no_value_is_refused(text):
    with pytest.raises(bb.BadInput, match=r"write --at 'x=\[1, 2\], school=\"New York\", `a b`=3'"):
        values("--at", text, names=True)


@pytest.mark.parametrize(
    ("new", "remedy"),
    [
        ({TEMPERATURE: [50.0]}, r"found no column 'hour', only 'Temp.*; give 'hour' as well"),
        ({TEMPERATURE: [50.0], "Hour": [3]}, "; write 'hour' for 'Hour'"),
        ({"hour": [3]}, r"found no column 'Temp.*; give 'Temp \(°C\)' as well"),
    ],
)
def test_what_new_rows_lack_is_told(new, remedy):
    table = LAB.assign(hour=np.arange(N) % 24, y=np.arange(N) % 7)
    fit = bb.fit_mle(bb.formula(f"y ~ hour + `{TEMPERATURE}`", table), table)
    with pytest.raises(bb.BadInput, match=remedy):
        fit.predict(new)
