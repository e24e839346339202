"""Where each attribute of a model's class stands: its file and line, as far as they are known.

The text is looked for by the code of the class's own functions: a class of a notebook's cell
has no module whose file could be read, but its functions know their cell.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from bayesbench.model import Event, Model

CELL = "the cell"


@dataclass(frozen=True)
class Places:
    """The file of a model, and the line of each attribute of its class."""

    file: str
    lines: Mapping[str, int]
    files: tuple[str, ...]  # as code objects call them

    def of(self, name: str) -> str:
        """Where a parameter, a latent, an event or a method stands; the file if no more is known.

        Of a network's weights, `mean.w1`, it is the network's line.
        """
        line = self.lines.get(name.partition(".")[0].partition("[")[0])
        return f"{self.file}, line {line}" if line is not None and self.file else self.file

    def of_error(self, error: BaseException) -> str:
        """The model's own line on which an error began; nothing if it did not pass there."""
        found, trace = "", error.__traceback__
        for code, line in _frames(trace):
            if code.co_filename in self.files:
                found = f"{_shown(code.co_filename)}, line {line}"
        return found


def places_of(model: type[Model]) -> Places:
    """Look for the lines of the model's class, and of those that it derives from."""
    lines: dict[str, int] = {}
    files: list[str] = []
    for each in model.__mro__:
        if each in (Model, object) or not issubclass(each, Model):
            continue
        function = getattr(vars(each).get("likelihood"), "__wrapped__", None)
        code = getattr(function, "__code__", None)
        file = code.co_filename if code else _file_of(each)
        if not file:
            continue
        files.append(file)
        for name, line in _statements(code) if code else _lines_in(file, each):
            lines.setdefault(name, line)
    return Places(_shown(files[0]) if files else "", lines, tuple(files))


def _frames(trace: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code, trace.tb_lineno
        trace = trace.tb_next


def _shown(file: str) -> str:
    path = Path(file)
    if not path.is_file() or "ipykernel" in file:
        return CELL
    return path.name


def _file_of(made: type[Model]) -> str:
    """What the code of the class's functions calls its file; else its module's file."""
    for code, _ in _functions(made):
        return str(code.co_filename)
    module = sys.modules.get(made.__module__)
    return str(getattr(module, "__file__", "") or "")


def _functions(made: type[Model]) -> Iterator[tuple[Any, str]]:
    """The code of what the class's own text defines, and its name."""
    for name, value in vars(made).items():
        plain: Any = value.function if isinstance(value, Event) else value
        code = getattr(getattr(plain, "__func__", plain), "__code__", None)
        if code is not None and code.co_qualname.startswith(f"{made.__qualname__}."):
            yield code, name


def _statements(code: CodeType) -> Iterator[tuple[str, int]]:
    """Each sample statement of a function that was written for NumPyro, and its line."""
    yield "likelihood", code.co_firstlineno
    for node in ast.walk(_tree(code.co_filename)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        named = node.args[0]
        if called == "sample" and isinstance(named, ast.Constant):
            yield str(named.value), node.lineno


def _tree(file: str) -> ast.Module:
    """The text of a file or a cell; nothing where none is kept."""
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ast.parse("")


def _lines_in(file: str, made: type[Model]) -> Iterator[tuple[str, int]]:
    """Each name that the class's body binds, and its line."""
    bodies = [
        node
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ClassDef) and node.name == made.__name__
    ]
    firsts = {code.co_firstlineno for code, _ in _functions(made)}
    # Of several classes of one name it is the one in which its functions stand.
    own = [b for b in bodies if all(b.lineno <= f <= (b.end_lineno or 0) for f in firsts)]
    if not own:
        yield from ((name, code.co_firstlineno) for code, name in _functions(made))
        return
    for node in own[-1].body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.lineno
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield name.id, node.lineno
