"""Networks: their weights are parameters of the model, declared together in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bayesbench import numpy as bn
from bayesbench.distributions import Normal
from bayesbench.model import Parameter
from bayesbench.supports import real


@dataclass(frozen=True)
class Network:
    """A fully connected network as a field of a model; see `mlp`."""

    widths: tuple[int, ...]
    activation: Callable[[Any], Any]
    scale: float
    offset: bool
    name: str = ""

    def named(self, name: str) -> Network:
        """A network like this one, with weights of that name."""
        return replace(self, name=name)

    def __get__(self, instance: Any, owner: type) -> Any:
        """The network with an instance's weights, as a function."""
        return self if instance is None else lambda x: self(instance, x)

    def __call__(self, instance: Any, x: Any) -> Any:
        """The output for inputs of shape (n,) or (n, k): (n,), or (n, m) for m > 1 outputs."""
        if hasattr(x, "__bayesbench_function__"):  # a symbol: the formula names the network
            return x.__bayesbench_function__(self.name, (x,))
        weights = vars(instance)
        last = len(self.widths) - 1
        h = x if len(x.shape) > 1 else x[:, None]
        for layer in range(1, last + 1):
            into = weights[f"{self.name}.weights{layer}"]
            bias = weights.get(f"{self.name}.biases{layer}")
            h = h @ into if bias is None else bn.affine(h, into, bias)
            h = self.activation(h) if layer < last else h
        return h[:, 0] if self.widths[-1] == 1 else h

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Weights of shape (inputs, outputs) and biases of each layer."""
        made: dict[str, Parameter] = {}
        last = len(self.widths) - 1
        for layer, (wide, high) in enumerate(
            zip(self.widths[:-1], self.widths[1:], strict=True), start=1
        ):
            spread = wide**-0.5  # as torch draws the first weights of a linear layer
            sizes: dict[str, tuple[int, ...]] = {f"{self.name}.weights{layer}": (wide, high)}
            if layer < last or self.offset:
                sizes[f"{self.name}.biases{layer}"] = (high,)
            for name, shape in sizes.items():
                prior = Normal(0.0, self.scale * (spread if len(shape) > 1 else 1.0))
                made[name] = Parameter(prior, real, (), name, shape, spread)
        return made

    @property
    def prior_in_words(self) -> str:
        """What is believed of the weights, in a line."""
        layers = "-".join(map(str, self.widths))
        how = getattr(self.activation, "__name__", "its activation")
        return (
            f"a network of {layers} units with {how} between its layers, its weights "
            f"~ Normal(0, {self.scale:g}/√m) where m is a layer's number of inputs, and its "
            f"biases ~ Normal(0, {self.scale:g})"
        )


def mlp(
    *widths: int,
    activation: Callable[[Any], Any] = bn.tanh,
    scale: float = 1.0,
    offset: bool = True,
) -> Any:
    """Declare a fully connected network: `mean = mlp(1, 20, 1)`, then `self.mean(x)`.

    Parameters
    ----------
    *widths : int
        Of the input, of each hidden layer, and of the output.
    activation : function
        Between the layers, from `bayesbench.numpy`: `tanh`, `sigmoid`, `leaky_relu`, ...;
        `linear` for none. A ReLU has kinks, at which a search may stop on a slope.
    scale : float
        Of the priors: weights ~ Normal(0, scale / √inputs of the layer) and biases ~
        Normal(0, scale), independently (Neal 1996, chapter 2: the spread of the function
        does then not depend on the width).
    offset : bool
        Whether the last layer has biases.

    Raises
    ------
    TypeError
        If the widths are no whole numbers of at least 1, or fewer than two.
    """
    if len(widths) < 2 or not all(isinstance(w, int) and w >= 1 for w in widths):
        raise TypeError(f"mlp{widths}: give the widths of input, hidden layers and output.")
    if not scale > 0:
        raise TypeError(f"mlp(): the scale of the priors is {scale} and must be above 0.")
    return Network(widths, activation, float(scale), offset)
