"""Tables as text, as people have them: separators, decimal commas, marks of missing values."""

import shlex

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.report.page import command
from bayesbench.results import results
from bayesbench.tables.columns import numbers
from bayesbench.tables.dialect import SPACES, Dialect, dialect_of

ROWS = [("3.1", "0.6"), ("4.25", "0.8"), ("-5", "12.5")]
WANTED = np.array([[3.1, 0.6], [4.25, 0.8], [-5, 12.5]])


def _read(path, text, **how):
    path.write_bytes(text.encode(how.get("encoding", "utf-8")))
    return bb.read_data(path, **how)


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("sign", [";", "\t", "|", " "])
def test_the_separator_and_the_decimal_mark_are_seen(tmp_path, sign, mark):
    lines = [sign.join(row).replace(".", mark) for row in [("price", "area"), *ROWS]]
    data = _read(tmp_path / "flats.csv", "\r\n".join([*lines, ""]))
    assert data.n == 3
    assert np.column_stack([numbers(data, "price"), numbers(data, "area")]) == pytest.approx(WANTED)
    assert data.read_as.endswith("decimal comma." if mark == "," else "decimal point.")


def test_what_everyone_expects_is_not_told(tmp_path):
    assert _read(tmp_path / "flats.csv", "price,area\n3.1,0.6\n").read_as == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", Dialect()),
        ("toss\n1\n0\n", Dialect()),
        ("first toss\n1\n0\n", Dialect()),  # one column, whose name has a space
        ("a;b, in m\n1,5;2,5\n", Dialect(";", ",")),
        ("a;b\n1,500;2,250\n", Dialect(";", ",")),  # where semicolons stand, commas are taken
        ("a\tb\n1,500\t2,250\n", Dialect("\t", ".")),  # 1500 or 1.5: it is asked for
        ("a;b\n1,5;2.5\n", Dialect(";", ".")),  # both: told with the first that is no number
        ("a;b\n1.500,5;2.000\n", Dialect(";", ",")),
        ("  a   b\n 1.5 2\n10   3\n", Dialect(SPACES)),
        ("", Dialect()),
    ],
)
def test_what_the_first_lines_tell(text, expected):
    assert dialect_of(text.splitlines(), None, None) == expected


def test_points_between_thousands_stand_beside_decimal_commas(tmp_path):
    text = "day;n;y\n01.03.2023;1.009;9,5\n2.3.2023;837;10,25\n31.12.2023;-;1.234,5\n"
    data = _read(tmp_path / "n.csv", text, missing="-", drop_missing=True)
    assert numbers(data, "y").tolist() == [9.5, 10.25, 1234.5]
    assert np.asarray(data.columns["n"], dtype=float)[:2].tolist() == [1009, 837]
    # 2023-03-01 is day 19,417 since 1970-01-01: 53 years of 365, 13 leap days, 59 days.
    assert numbers(data, "day").tolist() == [53 * 365 + 13 + 59, 53 * 365 + 13 + 60, 19722]


def test_a_text_among_decimal_commas_is_told_with_its_row(tmp_path):
    data = _read(tmp_path / "n.csv", "y;x\n1,5;2\nn/v;3\n2,5;4\n")
    with pytest.raises(bb.BadInput, match=r"row 2 \(line 3\), column 'y': found 'n/v'.*--missing="):
        numbers(data, "y")


@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_marks_of_missing_values(tmp_path, kind):
    columns = {"y": [1.0, -999, 3, 4], "x": ["2", "?", "3", "4"]}
    if kind == "csv":
        lines = ["y,x", *(f"{y:g},{x}" for y, x in zip(*columns.values(), strict=True))]
        (tmp_path / "gaps.csv").write_text("\n".join(lines))
    table = tmp_path / "gaps.csv" if kind == "csv" else columns
    line = bb.load("linear_gaussian")
    fit = bb.fit_mle(line, bb.read_data(table, missing=["-999", "?"], drop_missing=True))
    assert fit.nobs == 3
    assert fit.bound.table.missing == {"y": 1, "x": 1}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "latin-1"])
def test_letters_in_other_encodings(tmp_path, encoding):
    data = _read(tmp_path / "g.csv", "y,größe\n1,2\n3,4\n\n", encoding=encoding)
    assert list(data.columns) == ["y", "größe"]
    assert data.n == 2


def test_further_rows_are_read_as_the_table_was(run, tmp_path):
    (tmp_path / "a.csv").write_text("y;x\n1,5;2\n?;3\n2,5;4\n3,1;5\n")
    (tmp_path / "b.csv").write_text("x\n?\n4,5\n")
    words = ["--data", str(tmp_path / "a.csv"), "--missing=?", "--drop-missing", "--method=mle"]
    words.append("--decimal=,")  # a table of one column alone would not show it
    done = run("predict", "linear_gaussian", *words, "--new", str(tmp_path / "b.csv"))
    assert done.returncode == 2
    assert "row 1 (line 2), column 'x': found a missing value" in done.stderr
    (tmp_path / "b.csv").write_text("x\n4,5\n")
    done = run("predict", "linear_gaussian", *words, "--new", str(tmp_path / "b.csv"))
    assert done.returncode == 0, done.stderr
    assert "Read with ';' between the values and a decimal comma." in done.stderr


def test_the_command_of_a_page_reads_the_table_again(tmp_path):
    (tmp_path / "a.csv").write_text("toss;x\n1;-1\n0;2\n-;3\n1;1\n")
    how = {"missing": "-", "separator": ";", "encoding": "ascii", "drop_missing": True}
    coin = bb.load("coin")
    found = results(bb.contrast(coin, bb.read_data(tmp_path / "a.csv", **how), draws=20))
    words = shlex.split(command(found))
    assert words[words.index("--missing") + 1] == "-"
    assert words[words.index("--separator") + 1] == ";"
    assert words[words.index("--encoding") + 1] == "ascii"
    assert "--drop-missing" in words
    assert found["data_in_words"].startswith("3 rows")
    assert "Read with ';' between the values" in found["data_in_words"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize(
    ("said", "place"),
    [("fine", r"row 2 \(line 3\), column 'y'"), ('"one\ntwo"', r"row 2, column 'y'")],
)
def test_no_line_is_named_where_quoted_line_breaks_move_it(tmp_path, said, place, end):
    data = _read(tmp_path / "n.csv", f"y,words\n1.5,{said}\nx,fine\n2.5,fine{end}")
    assert data.n == 3
    with pytest.raises(bb.BadInput, match=place):
        numbers(data, "y")


TABLE = "y,x,z\n1,2,3\n2,3,4\n4,5,5\n"


@pytest.mark.parametrize(
    ("title", "lines"),
    [("Results,,\n", 1), ("Results of March\n", 1), ("Results,,\n\nby us,,\n", 3)],
)
def test_a_title_is_told_and_skipped(tmp_path, title, lines):
    with pytest.raises(
        bb.BadInput, match=rf"if line 1 is a title, --skip {lines} \(skip={lines}\)"
    ):
        _read(tmp_path / "n.csv", title + TABLE)
    data = _read(tmp_path / "n.csv", title + TABLE, skip=lines)
    assert list(data.columns) == ["y", "x", "z"]
    assert numbers(data, "x").tolist() == [2, 3, 5]
    assert data.place(0, "x").endswith(f"row 1 (line {lines + 2}), column 'x'")
    made = bb.contrast(bb.load("linear_gaussian"), data, methods=("mle",), progress=False)
    found = results(made)
    found["settings"]["posterior"] = {}  # the command names the sampler's options
    assert found["reading"]["skip"] == lines
    assert f"--skip {lines}" in command(found)


def test_columns_with_neither_name_nor_value_are_left_out(tmp_path):
    data = _read(tmp_path / "n.csv", "y,x,,\n1,2,,\n2,3,,\n")
    assert list(data.columns) == ["y", "x"]
    with pytest.raises(bb.BadInput, match=r"found no name for column 3 of 3, .*; write one"):
        _read(tmp_path / "n.csv", "y,x,,\n1,2,,\n2,3,4,\n")


def test_lines_above_the_names_of_a_sheet_are_skipped(tmp_path):
    pytest.importorskip("openpyxl")
    import pandas as pd

    rows = [["Results", None, None], ["y", "x", None], [1, 2, None], [3, 5, None]]
    pd.DataFrame(rows).to_excel(tmp_path / "n.xlsx", index=False, header=False)
    data = bb.read_data(tmp_path / "n.xlsx", skip=1)
    assert list(data.columns) == ["y", "x"]
    assert numbers(data, "x").tolist() == [2, 5]
    with pytest.raises(bb.BadInput, match="the lines to skip: found 1 of a table in memory"):
        bb.read_data({"y": [1.0, 2]}, skip=1)
    with pytest.raises(bb.BadInput, match="the lines to skip: found -1"):
        bb.read_data(tmp_path / "n.xlsx", skip=-1)
