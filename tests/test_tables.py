"""Tables of every kind that is read: what a statistician expects of each column."""

import numpy as np
import pandas as pd
import pytest

import bayesbench as bb
from bayesbench.tables.columns import coded, numbers
from bayesbench.tables.missing import left_out_in_words
from small_models import Gaussian, Linear

FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "sold": [True, False, True],
        "day": ["2024-01-01", "2024-01-03", "2024-02-29"],
        "at": pd.to_datetime(["2024-01-01 12:00", "2024-01-03 00:00", "2024-01-04 00:00"]),
        "grade": pd.Categorical(["low", "high", "low"], categories=["low", "middle", "high"]),
        "price": [1.5, -2.0, 1e6],
    }
)
# 1970-01-01 to 2024-01-01: 54 years of 365 days and 13 leap days, 1972 to 2020.
FIRST = 54 * 365 + 13

WRITERS = {
    "table.csv": lambda path: FRAME.to_csv(path, index=False),
    "indexed.csv": lambda path: FRAME.to_csv(path),
    "table.tsv": lambda path: FRAME.to_csv(path, index=False, sep="\t"),
    "table.parquet": FRAME.to_parquet,
    "table.feather": FRAME.to_feather,
    "table.xlsx": lambda path: FRAME.to_excel(path, index=False),
}
NEEDED = {".parquet": "pyarrow", ".feather": "pyarrow", ".xlsx": "openpyxl"}


def _written(folder, name):
    path = folder / name
    if path.suffix in NEEDED:
        pytest.importorskip(NEEDED[path.suffix])
    WRITERS[name](path)
    return path


def _workbook(path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(path) as book:
        FRAME[["whole", "price"]].to_excel(book, sheet_name="prices", index=False)
        FRAME[["sold"]].to_excel(book, sheet_name="sales", index=False)
        pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
    return path


def test_the_sheet_of_a_workbook(tmp_path):
    """The first, as pandas has it, and it is said which; another by its name."""
    path = _workbook(tmp_path / "book.xlsx")
    first = bb.read_data(path)
    assert list(first.columns) == ["whole", "price"]
    assert first.source == f"{path}, sheet 'prices'"
    assert "the first of 3; --sheet" in first.read_as
    second = bb.read_data(path, sheet="sales")
    assert list(second.columns) == ["sold"]
    assert second.reading.sheet == "sales"
    assert not second.read_as
    with pytest.raises(bb.BadInput, match=r"the sheet: found 'sale'.*did you mean 'sales'"):
        bb.read_data(path, sheet="sale")
    with pytest.raises(bb.BadInput, match=r"an empty sheet.*names another: prices, sales"):
        bb.read_data(path, sheet="empty")
    with pytest.raises(bb.BadInput, match="the sheet: found 'sales' of a table in memory"):
        bb.read_data(FRAME, sheet="sales")


def test_the_command_says_which_sheet(run, tmp_path):
    _workbook(tmp_path / "book.xlsx")
    asked = ("fit", "gaussian", "--method", "mle", "--data", "book.xlsx")
    told = run(*asked, "--columns", "y=price")
    assert "book.xlsx, sheet 'prices', the first of 3" in told.stderr
    other = run(*asked, "--columns", "y=price", "--sheet", "prices")
    assert "the first of" not in other.stderr
    assert other.stdout == told.stdout


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_has_the_columns_of_the_frame(tmp_path, name):
    path = _written(tmp_path, name)
    data = bb.read_data(path)
    assert list(data.columns) == list(FRAME)
    assert data.file == data.source == str(path)
    assert numbers(data, "whole").tolist() == [1, 2, 3]
    assert numbers(data, "sold").tolist() == [1, 0, 1]
    assert numbers(data, "day").tolist() == [FIRST, FIRST + 2, FIRST + 31 + 28]
    assert numbers(data, "at").tolist() == [FIRST + 0.5, FIRST + 2, FIRST + 3]
    assert numbers(data, "price").tolist() == FRAME["price"].tolist()
    levels, codes = coded(data, "grade")
    assert [levels[k] for k in codes] == ["low", "high", "low"]
    # The two columnar formats keep the order of categories; texts stand by the alphabet.
    kept = path.suffix in (".parquet", ".feather")
    assert levels == (("low", "high") if kept else ("high", "low"))


def test_types_that_only_pandas_has():
    zone = FRAME["at"].dt.tz_localize("Etc/GMT-1")
    frame = pd.DataFrame(
        {
            "count": pd.array([1, None, 3], dtype="Int64"),
            "sold": pd.array([True, None, False], dtype="boolean"),
            "at": zone,
        }
    )
    data = bb.read_data(frame)
    assert numbers(data, "at") == pytest.approx(
        [FIRST + 0.5 - 1 / 24, FIRST + 2 - 1 / 24, FIRST + 3 - 1 / 24], rel=1e-15
    )

    class Mean(Gaussian):
        outcome = "count"

        def likelihood(self, sold):
            return bb.Normal(self.mean + sold, self.sd)

    with pytest.raises(bb.BadInput, match=r"row 2, column 'count': found a missing value"):
        bb.bind(Mean, frame)
    bound = bb.bind(Mean, bb.read_data(frame, drop_missing=True))
    assert bound.outcome.tolist() == [1, 3]
    assert bound.inputs["sold"].tolist() == [1, 0]


def test_numbers_stand_by_size_among_levels():
    assert coded(bb.Data({"floor": np.array([10, 2, 10])}), "floor")[0] == ("2", "10")
    mixed = bb.Data({"floor": np.array([10, "roof", 10], dtype=object)})
    assert coded(mixed, "floor")[0] == ("10", "roof")


def test_columns_by_other_names(tmp_path):
    path = tmp_path / "flats.csv"
    path.write_text("price,area,age\n1,2,3\n2,3,4\n4,oops,5\n")
    with pytest.raises(bb.BadInput) as caught:
        bb.read_data(path, Linear, columns={"y": "price"})
    assert "row 3 (line 4), column 'area': found 'oops'" in str(caught.value)
    path.write_text("price,area\n1,2\nbad,3\n")
    with pytest.raises(bb.BadInput, match=r"column 'price' \(here 'y'\): found 'bad'"):
        bb.read_data(path, Linear, columns={"y": "price"})
    frame = pd.DataFrame({"price": [1.0, 2.0], "area": [3.0, 4.0]})
    same = bb.bind(Linear, bb.read_data(frame, columns={"y": "price", "x": "area"}))
    assert same.sha256 == bb.bind(Linear, {"y": [1.0, 2.0], "x": [3.0, 4.0]}).sha256


RENAMINGS = {
    "absent": ({"y": "prise"}, "found no column 'prise'.*did you mean 'price'"),
    "taken": ({"area": "price"}, "found a column 'area' beside 'price', which is to be called"),
    "twice": ({"y": "price", "z": "price"}, "found two names for 'price'"),
}


@pytest.mark.parametrize("case", RENAMINGS)
def test_names_that_cannot_be_given(case):
    columns, sentence = RENAMINGS[case]
    with pytest.raises(bb.BadInput, match=sentence):
        bb.read_data({"price": [1.0], "area": [2.0]}, columns=columns)


def test_names_can_be_exchanged():
    data = bb.read_data({"x": [1.0], "y": [2.0]}, columns={"x": "y", "y": "x"})
    assert {name: each.tolist() for name, each in data.columns.items()} == {"y": [1.0], "x": [2.0]}


def test_missing_values_are_counted_and_left_out_on_request():
    gap = np.nan
    table = {"y": [1.0, gap, 3.0, 4.0, gap], "a": [1.0, 2.0, gap, 4.0, 5.0], "note": [None] * 5}

    class Line(Gaussian):
        def likelihood(self, a):
            return bb.Normal(self.mean + a, self.sd)

    with pytest.raises(bb.BadInput, match=r"found 2 missing values, in rows 2 and 5, and 1 in 'a'"):
        bb.bind(Line, table)
    bound = bb.bind(Line, bb.read_data(table, drop_missing=True))
    assert bound.outcome.tolist() == [1, 4]
    assert bound.inputs["a"].tolist() == [1, 4]
    assert bound.table.rows.tolist() == [0, 3]
    assert left_out_in_words(bound.table) == (
        "3 of 5 rows were left out for missing values: 2 in 'y', 1 in 'a'."
    )
    assert bb.bind(Line, bound.table).table.left_out == 3  # bound again, it is still known
    made = bb.contrast(Line, bound.table, methods=("mle",), progress=False)
    assert [f.rule for f in made.findings].count("left_out") == 1
    # The mean of y - a over the two whole rows.
    assert float(made.fits["mle"].last.mean) == pytest.approx(0, abs=1e-9)


def test_rows_are_told_by_where_they_stood(tmp_path):
    path = tmp_path / "y.csv"
    path.write_text("y,other\n1,x\n,x\n3,x\n,x\n-5,x\n")
    counts = bb.read_data(path, drop_missing=True)

    class Count(bb.Model):
        """Counts."""

        outcome = "y"
        rate = bb.parameter(bb.Exponential(1))

        def likelihood(self):
            return bb.Poisson(self.rate)

    with pytest.raises(bb.BadInput, match=r"row 5 \(line 6\), column 'y': found -5"):
        bb.bind(Count, counts)
    with pytest.raises(bb.BadInput, match=r"a missing value in each of the 2 rows \(2 in 'y'\)"):
        bb.bind(Count, bb.read_data({"y": [np.nan, np.nan]}, drop_missing=True))


def test_what_a_tree_has_observed(tmp_path):
    import arviz_base
    import xarray as xr

    observed = {"y": np.array([28.0, 8.0, -3.0])}
    tree = arviz_base.from_dict(
        {
            "posterior": {"mean": np.zeros((1, 4))},
            "observed_data": observed,
            "constant_data": {"se": np.array([15.0, 10.0, 16.0]), "grand": np.array([1.0, 2.0])},
        },
        coords={"school": ["A", "B", "C"]},
        dims={"y": ["school"], "se": ["school"]},
    )
    path = tmp_path / "fit.nc"
    tree.to_netcdf(path)
    for source in (tree, path):
        data = bb.read_data(source)
        assert list(data.columns) == ["y", "se", "school"]
        assert coded(data, "school")[0] == ("A", "B", "C")
        schools = bb.load("eight_schools")
        assert bb.bind(schools, data).n == 3
    flat = xr.DataTree.from_dict({"observed_data": xr.Dataset({"y": (("a", "b"), [[1.0]])})})
    with pytest.raises(bb.BadInput, match=r"variables of the shapes y \(1, 1\)"):
        bb.read_data(flat)


def test_new_rows_and_rows_held_out_have_the_names_of_the_table(run, tmp_path):
    (tmp_path / "flats.csv").write_text("price,area\n1,1\n2,2\n2.5,3\n,4\n5,5\n")
    (tmp_path / "new.csv").write_text("area\n1.5\n")
    named = ("--columns", "y=price,x=area", "--drop-missing", "--method", "mle")
    asked = ("predict", "linear_gaussian", "--data", "flats.csv", *named)
    done = run(*asked, "--new", "new.csv")
    assert done.returncode == 0, done.stderr
    assert "1 of 5 rows was left out for missing values: 1 in 'price' (here 'y')." in done.stderr
    slope, intercept = np.polyfit([1, 2, 3, 5], [1, 2, 2.5, 5], 1)
    assert f"{intercept + 1.5 * slope:.4g}" in done.stdout
