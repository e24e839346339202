"""Options that several commands have: written once, and handed over as one dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

Options = Mapping[str, tuple[Any, Any, str]]  # by name: the type, the default, what it is for


def with_added(command: Callable[..., None], to: str, options: Options) -> Callable[..., None]:
    """The command with further options: those that are given are in its argument `to`, a dict."""

    @wraps(command)
    def full(**given: Any) -> None:
        found = {name: given.pop(name) for name in options}
        chosen = {k: v for k, v in found.items() if v is not None and v is not False}
        command(**given, **{to: chosen})

    hints = get_type_hints(command, include_extras=True)
    own = [
        each.replace(annotation=hints[name])
        for name, each in signature(command).parameters.items()
        if name != to
    ]
    added = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, typer.Option(help=words)],
        )
        for name, (kind, default, words) in options.items()
    ]
    keyword = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own]
    full.__signature__ = signature(command).replace(parameters=[*keyword, *added])  # type: ignore[attr-defined]
    full.__annotations__ = {each.name: each.annotation for each in [*own, *added]}
    del full.__wrapped__
    return full
