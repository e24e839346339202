"""Functions of JAX as functions of torch, with JAX's derivatives of any order, and under vmap.

The derivative of such a function is one more of them: the pullback that JAX makes of it. So
torch's gradients, Hessians and batches of both work as of functions of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import jax
import numpy as np
import torch

Arrays = tuple[Any, ...]


@dataclass(frozen=True)
class Program:
    """A function of some arrays, and of data that no derivative is taken of, giving arrays.

    It is compiled once for the shapes that it is given: make one, and call that one again.
    """

    function: Callable[[Arrays, Arrays], Arrays]

    @cached_property
    def compiled(self) -> Callable[[Arrays, Arrays], Arrays]:
        """The same, compiled."""
        return jax.jit(self.function)


def through_jax(program: Program, tensors: Arrays, data: Arrays = ()) -> Arrays:
    """Call a program on torch's tensors; what comes back is differentiable in the first ones.

    Parameters
    ----------
    program : Program
    tensors : tuple of Tensor, float64
    data : tuple of Tensor
        No derivatives are taken of these.
    """
    return tuple(_Call.apply(program, len(tensors), *tensors, *data))


@cache
def _pullback(program: Program, count: int) -> Program:
    """The slopes of so many arguments, from these and the slopes of what came out."""

    def function(arrays: Arrays, data: Arrays) -> Arrays:
        given, slopes = arrays[:count], arrays[count:]
        _, back = jax.vjp(lambda *at: program.function(at, data), *given)
        return tuple(back(tuple(slopes)))

    return Program(function)


@cache
def _mapped(program: Program, axes: tuple[int | None, ...], count: int) -> Program:
    """The same over an axis of some arguments; in what comes out it is the first."""

    def function(arrays: Arrays, data: Arrays) -> Arrays:
        def one(*at: Any) -> Arrays:
            return program.function(at[:count], at[count:])

        return tuple(jax.vmap(one, in_axes=axes)(*arrays, *data))

    return Program(function)


class _Call(torch.autograd.Function):
    """One call, as torch's derivatives and batches want it."""

    @staticmethod
    def forward(program: Program, count: int, *tensors: torch.Tensor) -> Arrays:
        arrays = tuple(tensor.detach().numpy() for tensor in tensors)
        with jax.enable_x64(True):
            made = program.compiled(arrays[:count], arrays[count:])
        return tuple(torch.from_numpy(np.array(each)) for each in made)

    @staticmethod
    def setup_context(ctx: Any, inputs: Arrays, output: Arrays) -> None:
        ctx.program, ctx.count, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> Arrays:
        given, data = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        program = _pullback(ctx.program, ctx.count)
        return None, None, *through_jax(program, (*given, *slopes), data), *(None for _ in data)

    @staticmethod
    def vmap(
        info: Any, axes: tuple[int | None, ...], program: Program, count: int, *tensors: Any
    ) -> tuple[Arrays, tuple[int, ...]]:
        mapped = _mapped(program, tuple(axes[2:]), count)
        made = through_jax(mapped, tensors[:count], tensors[count:])
        return made, (0,) * len(made)
