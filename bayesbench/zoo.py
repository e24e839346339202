"""A model by its name in the zoo, or by the path of a file."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from bayesbench.errors import BadInput, nearest, nearest_file
from bayesbench.model import Model, with_outcome, with_variant

FROM_FILE = "_bayesbench_model_"  # how the module of a model's file is called


def names() -> list[str]:
    """The names of the zoo's models."""
    package = importlib.import_module("bayesbench.models")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def name_of(model: type[Model]) -> str:
    """What a command is to be given for this model: its name in the zoo, file, or formula.

    A class that was defined elsewhere, in a notebook say, has its own name only.
    """
    asked = getattr(sys.modules.get(model.__module__), "ASKED", None)
    if asked is not None:
        return str(asked.text)  # the formula
    package, _, name = model.__module__.rpartition(".")
    if package == "bayesbench.models":
        return name
    if model.__module__.startswith(FROM_FILE):
        file = Path(str(sys.modules[model.__module__].__file__))
        here = Path.cwd()
        return str(file.relative_to(here) if file.is_relative_to(here) else file)
    return model.__name__


def load(
    name: str | Path,
    *,
    variant: str | None = None,
    prior: str | None = None,
    outcome: str | None = None,
) -> type[Model]:
    """Load a model: a class whose instances are fitted models.

    Parameters
    ----------
    name : str or path
        A name of the zoo (`coin`), or the path of a `.py` file with one model in it;
        `file.py:Name` chooses one of several.
    variant : str, optional
        A variant that the model declares.
    prior : str, optional
        The same, for the variants that differ by their priors alone.
    outcome : str
        The column to model, if it is not the one that the model names.

    Raises
    ------
    BadInput
        If there is no such model, file or variant, or the file can't be run.
    """
    text = str(name)
    is_file = isinstance(name, Path) or text.endswith(".py") or ".py:" in text or "/" in text
    model = _from_file(text) if is_file else _from_zoo(text)
    if outcome is not None:
        model = with_outcome(model, outcome)
    if prior is not None:
        if variant is not None:
            raise BadInput(
                f"the model '{text}'",
                found=f"the prior '{prior}' and the variant '{variant}'",
                expected="one of the two",
                remedy="--prior is a shorthand for the variants that change priors",
            )
        known = [n for n, v in model.variants.items() if not v.options]
        return _variant(model, text, prior, known, "prior")
    if variant is not None:
        return _variant(model, text, variant, list(model.variants), "variant")
    return model


def _variant(model: type[Model], text: str, name: str, known: list[str], kind: str) -> type[Model]:
    if name not in known:
        raise BadInput(
            f"the model '{text}'",
            found=f"no {kind} '{name}'",
            expected=f"one of its {kind}s ({', '.join(known) or 'there are none'})",
            remedy=nearest(name, known),
        )
    return with_variant(model, name)


def _from_zoo(name: str) -> type[Model]:
    known = names()
    if name not in known:
        raise BadInput(
            "the model",
            found=f"no '{name}' in the zoo",
            expected=f"one of {', '.join(known)}, or the path of a .py file",
            remedy="a formula has ~ between its sides, as 'y ~ x'"
            if "=" in name
            else nearest(name, known),
        )
    module = importlib.import_module(f"bayesbench.models.{name}")
    return _model_in(module, name, None)


def _from_file(text: str) -> type[Model]:
    path_text, _, chosen = text.partition(".py:")
    path = Path(path_text + ".py" if chosen else text)
    if not path.is_file():
        raise BadInput(
            str(path),
            found="no such file",
            expected="a Python file with a model in it",
            remedy=nearest_file(path, "*.py"),
        )
    module_name = FROM_FILE + path.stem
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise BadInput(
            str(path), found="no Python file", expected="a name ending in .py", remedy="rename it"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # so that tracebacks and pickles find the class
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadInput(
            f"{path}, line {_line_of(error, path)}",
            found=f"{type(error).__name__}: {getattr(error, 'msg', error)}".rstrip("."),
            expected="a Python file that runs",
            remedy="mend that line",
        ) from error
    return _model_in(module, str(path), chosen or None)


def _line_of(error: Exception, path: Path) -> int | str:
    if isinstance(error, SyntaxError):
        return error.lineno or "?"
    line: int | str = "?"
    trace = error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _model_in(module: ModuleType, place: str, chosen: str | None) -> type[Model]:
    models = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Model)
        and value.__module__ == module.__name__
    }
    if chosen is not None and chosen in models:
        return models[chosen]
    if len(models) == 1 and chosen is None:
        return next(iter(models.values()))
    if chosen is not None or not models:
        raise BadInput(
            place,
            found=f"no model '{chosen}'" if chosen else "no model",
            expected="a class that derives from bayesbench.Model",
            remedy=nearest(chosen, list(models)) if chosen else "write `class Mine(Model): ...`",
        )
    raise BadInput(
        place,
        found=f"{len(models)} models ({', '.join(models)})",
        expected="one",
        remedy=f"choose one by {place}:{next(iter(models))}",
    )
