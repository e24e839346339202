"""A model file to begin with, under a name of one's own."""

from __future__ import annotations

import keyword
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from bayesbench.errors import BadInput, check_name
from bayesbench.output import write_text

STARTERS = ("line", "coin", "counts", "groups")
CLASS = "MyModel"  # what the class is called in the files of `starters`


def write_starter(name: str, *, like: str = "line", force: bool = False) -> Path:
    """Write a commented model file that runs as it stands, and give its path.

    Parameters
    ----------
    name : str
        What the file is called, with or without `.py`; a folder may stand before it. Its class
        has the same name in capitals: `my_model.py` has `MyModel`.
    like : {"line", "coin", "counts", "groups"}
        What it is a model of, to begin with.
    force : bool
        Whether to write over a file that is there.

    Raises
    ------
    BadInput
        If that is no name for a model, or there is such a file already.
    """
    check_name("--like", like, STARTERS)
    path = Path(name if name.endswith(".py") else f"{name}.py")
    _check_stem(name, path)
    if path.exists() and not force:
        raise BadInput(
            str(path),
            found="such a file already",
            expected="a new name",
            remedy="choose another, or write over it with --force",
        )
    text = (files("bayesbench.starters") / f"{like}.py").read_text("utf-8")
    write_text(path, text.replace(CLASS, class_name(path.stem)))
    return path


def class_name(stem: str) -> str:
    """The class of a file: `my_model` has `MyModel`."""
    return "".join(part[:1].upper() + part[1:] for part in stem.split("_"))


def _check_stem(name: str, path: Path) -> None:
    """Refuse what is no name in Python, and names that would hide a package."""
    stem, remedy = path.stem, "such as my_model"
    usual = stem.isidentifier() and not keyword.iskeyword(stem) and stem.strip("_")
    if not usual or keyword.iskeyword(class_name(stem)):
        raise BadInput(
            f"the model's name '{name}'",
            found="no name that Python knows"
            if not keyword.iskeyword(stem)
            else "a word of Python",
            expected="letters, digits and _, with a letter first",
            remedy=remedy,
        )
    known = find_spec(stem)
    if known is not None and Path(str(known.origin)).resolve() != path.resolve():
        raise BadInput(
            f"the model's name '{name}'",
            found="the name of a package that is installed",
            expected="a name of its own, which hides none",
            remedy=remedy,
        )
