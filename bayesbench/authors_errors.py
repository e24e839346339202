"""What an error of an author's own text means, where the library's words for it mislead."""

from __future__ import annotations

from bayesbench.errors import nearest
from bayesbench.model import Model

BRANCHES = ("boolean conversion", "data-dependent control", "truth value of", "boolean value of")


def meant(model: type[Model], error: Exception) -> tuple[str, str, str]:
    """What was found, what was expected, and what to do."""
    if isinstance(error, AttributeError) and isinstance(error.obj, Model):
        known = list(model.parameters)
        return f"no parameter '{error.name}'", f"one of {', '.join(known)}", _hint(error, known)
    said = str(error).strip().split("\n")[0].strip().rstrip(".")
    if any(words in said.lower() for words in BRANCHES):
        return (
            "a comparison that decides what is computed",
            "text that is the same whatever a parameter's value",
            "write bn.where(self.a > 1, this, that), with `from bayesbench import numpy as bn`",
        )
    return (
        f"{type(error).__name__}: {said[:200]}",
        "text that NumPy, torch and JAX can all compute",
        "use bayesbench.numpy for functions, and no `if` on a parameter's value",
    )


def _hint(error: AttributeError, known: list[str]) -> str:
    remedy = nearest(str(error.name), known)
    return remedy if remedy.endswith("?") else "write the name that is declared"
