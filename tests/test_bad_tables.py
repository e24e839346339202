"""A table of bad inputs: each ends in one sentence, exit code 2, and nothing written."""

import pandas as pd
import pytest
from in_turn import in_turn

pytest.importorskip("pyarrow")
pytest.importorskip("openpyxl")

LINE = "linear_gaussian"  # reads y, and every other column as a feature
GOOD = "y,x\n1,2\n2,3\n3,5\n"

# By name: the model, what stands in the file, further words, and what the sentence says.
CASES = {
    "absent.csv": (LINE, None, "", "absent.csv: found no such file, expected a text file"),
    "god.csv": (LINE, None, "", "did you mean 'good.csv'?"),
    "folder.csv": (LINE, "folder", "", "folder.csv: found a folder"),
    "empty.csv": (LINE, "", "", "found an empty file, expected a line of column names"),
    "blank.csv": (LINE, " \n\n \n", "", "found an empty file"),
    "nul.csv": (LINE, b"y,x\n1,\0\n", "", "byte 7: found the byte 0x00, so it is no text"),
    "utf16.csv": (LINE, "y,x\n1,2\n".encode("utf-16"), "", "so it is no text in UTF-8"),
    "latin.csv": (LINE, "y,größe\n1,2\n".encode("latin-1"), "", "byte 5: found the byte 0xf6"),
    "twins.csv": (LINE, "y,x,x\n1,2,3\n", "", "line 1: found 2 columns called 'x'"),
    "spaced_twins.csv": (LINE, "y, x,x\n1,2,3\n", "", "found 2 columns called 'x'"),
    "nameless.csv": (LINE, "y,,x\n1,2,3\n", "", "line 1: found no name for column 2 of 3"),
    "signs.csv": (LINE, "y#x\n1#2\n", "", "found no column 'y', only 'y#x'"),
    "semicolons.csv": (LINE, "y;x\n1;2\n3;4;5\n", "", "found 3 values on line 3 for 2 column"),
    "names.csv": (LINE, "y\n1~2,3\n", "", "its decimal mark (--decimal)"),
    "commas.tsv": (LINE, "y,x\n1,2\n", "", "found no column 'y', only 'y,x'"),
    "long.csv": (LINE, "y,x\n1,2\n1,2,3\n", "", "found 3 values on line 3 for 2 column names"),
    "first.csv": (LINE, "y,x\n1,2,3\n", "", "found 3 values on line 2 for 2 column names"),
    "quote.csv": (LINE, 'y,x\n1,"2\n3,4\n', "", "quote.csv: found no table"),
    "rowless.csv": (LINE, "y,x\n", "", "found no rows, expected at least one row"),
    "headless.csv": (LINE, "1,2\n2,3\n", "", "the first line must name the columns"),
    "near.csv": ("coin", "tosss\n1\n", "", "the column 'toss' (the outcome of Coin); did you mean"),
    "far.csv": (
        LINE,
        "price,x\n1,2\n",
        "",
        "say which it is: --outcome COLUMN, or load(..., outcome='COLUMN')",
    ),
    "text.csv": (LINE, "y,x\n1,2\n2,two\n", "", "row 2 (line 3), column 'x': found 'two'"),
    "grouped.csv": (LINE, 'y,x\n1,2\n2,"1,000"\n', "", "column 'x': found '1,000'"),
    "american.csv": (LINE, "y,x\n1,03/04/2024\n2,03/05/2024\n", "", "found '03/04/2024'"),
    "missing.csv": (
        LINE,
        "y,x\n1,2\n2,\n",
        "",
        "row 2 (line 3), column 'x': found a missing value",
    ),
    "na.csv": (
        LINE,
        "y,x\nNA,2\n2,NA\nNA,1\n",
        "",
        "found 2 missing values, in rows 1 and 3 (",
    ),
    "all_missing.csv": (LINE, "y,x\n,2\n2,\n", "--drop-missing", "in each of the 2 rows (1 in 'y'"),
    "infinite.csv": (LINE, "y,x\n1,inf\n", "", "row 1 (line 2), column 'x': found 'inf'"),
    "true.csv": (LINE, "y,x\nTrue,1\nFalse,2\n", "", "column 'y': found true and false, expected"),
    "half.csv": ("coin", "toss\n0.5\n", "", "found 0.5, expected 0 or 1 (an outcome of Bernoulli)"),
    "words.csv": ("coin", "toss\nyes\nno\n", "", "write 0 and 1 for 'no' and 'yes'"),
    "levels.csv": (LINE, "y,x\n1,a\n2,b\n3,c\n", "", "found 'a' (and 2 more such rows)"),
    "long_id.csv": (LINE, "y,x\n1,9007199254740995\n", "", "expected whole numbers up to 2^53"),
    "broken.parquet": (LINE, "PAR1", "", "broken.parquet: found a file that can't be read"),
    "broken.feather": (LINE, "ARROW1", "", "broken.feather: found a file that can't be read"),
    "broken.xlsx": (LINE, "PK", "", "broken.xlsx: found a file that can't be read"),
    "broken.nc": (LINE, "CDF", "", "broken.nc: found a file that can't be read"),
    "absent.parquet": (LINE, None, "", "absent.parquet: found no such file"),
    "absent.xlsx": (LINE, None, "", "expected an Excel workbook whose first sheet"),
    "hollow.xlsx": (LINE, pd.DataFrame(), "", "hollow.xlsx: found an empty sheet"),
    "twins.xlsx": (LINE, pd.DataFrame([[1, 2]], columns=["y", "y"]), "", "2 columns called 'y'"),
    "hours.parquet": (
        LINE,
        pd.DataFrame({"y": [1.0], "x": pd.to_timedelta([1], unit="h")}),
        "",
        "column 'x': found values of the type timedelta64",
    ),
    "unread.parquet": (LINE, GOOD, "without pyarrow", "pip install 'bayesbench[parquet]'"),
    "unread.feather": (LINE, GOOD, "without pyarrow", "and no pyarrow, which reads it"),
    "unread.xlsx": (LINE, GOOD, "without openpyxl", "pip install 'bayesbench[excel]'"),
    "sign.csv": (LINE, GOOD, "--columns y", "--columns: found 'y', expected pairs of names"),
    "nothing.csv": (LINE, GOOD, "--columns ,", "--columns: found nothing"),
    "again.csv": (LINE, GOOD, "--columns y=x,y=y", "--columns: found 'y' twice"),
    "other.csv": (LINE, "price,x\n1,2\n", "--columns y=prise", "did you mean 'price'?"),
    "taken.csv": (LINE, GOOD, "--columns y=x", "found a column 'y' beside 'x', which is to be"),
    "unknown.csv": (LINE, GOOD, "--outcome z", "found no column 'z', only 'y', 'x'"),
    "new_text.csv": (
        LINE,
        GOOD,
        "--held-out text.csv",
        "text.csv, row 2 (line 3), column 'x': found 'two'",
    ),
    "new_absent.csv": (LINE, GOOD, "--held-out far.csv", "far.csv: found no column 'y'"),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """How the command ended for each of the cases, which one process runs in turn."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "good.csv").write_text(GOOD)
    for name, (_, content, _, _) in CASES.items():
        path = folder / name
        if isinstance(content, str) and content == "folder":
            path.mkdir()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, pd.DataFrame):
            writer = content.to_excel if path.suffix == ".xlsx" else content.to_parquet
            writer(path, **({"index": False} if path.suffix == ".xlsx" else {}))
        elif content is not None:
            path.write_text(content, encoding="utf-8")
    there = sorted(folder.rglob("*"))
    asked = {}
    for name, (model, _, words, _) in CASES.items():
        without = words.removeprefix("without ") if words.startswith("without ") else ""
        more = [] if without else words.split()
        asked[name] = (["report", model, "--data", name, *more], without)
    found = in_turn(folder, asked)
    assert sorted(folder.rglob("*")) == there, "something was written"
    return found


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_exit_code_2(ended, name):
    code, said, printed = ended[name]
    assert printed == ""
    assert code == 2, said
    assert CASES[name][3] in said
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    for part in (": found ", ", expected ", "; "):
        assert part in said
    assert "Traceback" not in said
