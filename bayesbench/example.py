"""The data that a model brings, for those who give none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesbench.data import Data, as_data, replace_source
from bayesbench.errors import BadInput

if TYPE_CHECKING:
    from bayesbench.model import Model

EXAMPLE = "the example that the model brings"


def example_of(model: type[Model], remedy: str = "give some") -> Data:
    """The model's example, said to be that.

    Raises
    ------
    BadInput
        If it brings none.
    """
    try:
        table = model.example()
    except NotImplementedError:
        raise BadInput(
            f"the model {model.__name__}",
            found="no example data",
            expected="data to look at it with, or to fit it to",
            remedy=remedy,
        ) from None
    return replace_source(as_data(table), EXAMPLE)
