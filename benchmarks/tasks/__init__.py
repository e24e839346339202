"""A task is a model in each peer's language, and data of some size.

A file here is a family of tasks; `gaussian-1000` is the family `gaussian` with 1,000 rows, and
`linear-1000-50` has 50 features. Each file has

- `data(rows)`: the arrays that the models take, drawn with a fixed seed;
- `ours()`: a bayesbench model; `table(data)`, where its table is another one than `data`;
- `numpyro`: a function of the data, for NumPyro, and through it for blackjax;
- `pymc(data)`: a `pymc.Model`, for PyMC and through it for nutpie;
- `STAN`: a program, and `stan(data)`: the values that it takes;
- `PARAMETERS`, the names of what chains are judged by, or `quantities(draws)`, which computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Task:
    """A family of tasks, and the sizes that its name gives: rows, features."""

    name: str
    family: ModuleType
    sizes: tuple[int, ...] = ()

    def data(self) -> dict[str, Any]:
        """The arrays that the models take."""
        return self.family.data(*self.sizes)

    def table(self, data: dict[str, Any]) -> dict[str, Any]:
        """The same as a table with a column for each name."""
        return self.family.table(data) if hasattr(self.family, "table") else data

    def stan(self, data: dict[str, Any]) -> dict[str, Any]:
        """The same as Stan's program takes it."""
        return self.family.stan(data)

    def quantities(self, draws: dict[str, Any]) -> dict[str, Any]:
        """What chains are judged by: each (chain, draw, ...)."""
        if hasattr(self.family, "quantities"):
            return self.family.quantities(draws)
        return {name: draws[name] for name in self.family.PARAMETERS}


def find(name: str) -> Task:
    """A task by its name: `coin`, `gaussian-1000`, `linear-1000-50`."""
    family, *sizes = name.split("-")
    return Task(name, import_module(f"benchmarks.tasks.{family}"), tuple(map(int, sizes)))
