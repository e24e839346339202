"""Optimisers of torch without its compiler, whose import takes a second that no climb needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

REMEMBERED = "__dynamo_disable"  # where torch keeps what it calls in a method's place


@contextmanager
def uncompiled() -> Iterator[None]:
    """Within it an optimiser is made without loading torch's compiler.

    `add_param_group` asks the compiler to leave it alone, and loads it for that. What is never
    compiled needs no asking: the plain method stands in, for as long as this lasts. Of a torch
    that keeps it otherwise nothing changes.
    """
    plain: Any = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
    if plain is None or hasattr(plain, REMEMBERED) or "torch._dynamo" in sys.modules:
        yield
        return
    setattr(plain, REMEMBERED, plain)
    try:
        yield
    finally:
        delattr(plain, REMEMBERED)
