"""What was looked at, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bayesbench.plain import plain

if TYPE_CHECKING:
    import pandas as pd

    from bayesbench.model import Model

SEVERITIES = ("error", "warning", "info", "ok")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was seen, the line it stands on, and what to do.

    Attributes
    ----------
    rule : str
        What was looked at.
    severity : str
        `error` (no fit of this model can be relied on), `warning` (mend it, or know why not),
        `info` (worth knowing) or `ok`.
    message : str
    about : str
        The parameter or the method that it is about; nothing where it is about the whole.
    place : str
        The file and the line where that stands, as far as they are known.
    remedy : str
    evidence : mapping
        The numbers.
    """

    rule: str
    severity: str
    message: str
    about: str = ""
    place: str = ""
    remedy: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The place, what was found, and what to do."""
        where = f"{self.place}: " if self.place and self.place not in self.message else ""
        return f"{where}{self.message} {self.remedy}".rstrip()

    def __str__(self) -> str:
        """The same as `text`."""
        return self.text


@dataclass(frozen=True)
class Declared:
    """A parameter, or a latent, as it is laid out for the table."""

    name: str
    shape: tuple[int, ...]
    support: str
    prior: str
    place: str


@dataclass(frozen=True)
class Checked:
    """A model and its data, looked at; truthy if there is no error.

    Attributes
    ----------
    model : Model class
    rows : int
        Of the table; 0 if it could not be bound.
    parameters : tuple of Declared
    findings : tuple of Finding
        The gravest first.
    seconds : float
    """

    model: type[Model]
    rows: int
    parameters: tuple[Declared, ...]
    findings: tuple[Finding, ...]
    seconds: float = 0.0

    def __bool__(self) -> bool:
        """Whether there is no error; there may be warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What no fit can be relied on with."""
        return tuple(each for each in self.findings if each.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is to be mended, or to be known."""
        return tuple(each for each in self.findings if each.severity == "warning")

    def table(self) -> pd.DataFrame:
        """A row a parameter: its shape, its support, its prior, and where it stands."""
        import pandas as pd

        rows = [vars(each) for each in self.parameters]
        columns = ["name", "shape", "support", "prior", "place"]
        return pd.DataFrame(rows, columns=columns).set_index("name")

    def results(self) -> dict[str, Any]:
        """All of it as plain data."""
        made = {
            "model": self.model.__name__,
            "rows": self.rows,
            "parameters": [vars(each) for each in self.parameters],
            "findings": [vars(each) | {"evidence": dict(each.evidence)} for each in self.findings],
            "seconds": self.seconds,
        }
        return dict(plain(made))

    def __repr__(self) -> str:
        """The findings, a line each."""
        lines = [f"{each.severity}: {each.text}" for each in self.findings]
        return "\n".join([f"{self.model.__name__}, {self.rows} rows", *lines])
