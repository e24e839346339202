"""Steps of Adam on the zoo's `mean_sigma_mlp`; `adam-10000-8` has eight starts side by side."""

from __future__ import annotations

from typing import Any

WIDTHS = (1, 4, 20, 20, 1)  # of the network of the mean, and of that of the noise


def data(steps: int, starts: int = 1) -> dict[str, Any]:
    """The zoo's table, and how long to go on."""
    return {**ours().example(), "steps": steps, "starts": starts}


def table(data: dict[str, Any]) -> dict[str, Any]:
    """The columns alone."""
    return {name: data[name] for name in ("x", "y")}


def ours() -> Any:
    """The zoo's class."""
    import bayesbench as bb

    return bb.load("mean_sigma_mlp")


def torch(dtype: Any) -> tuple[Any, Any]:
    """The two networks, as one would write them."""
    from itertools import pairwise

    from torch import nn

    def network() -> nn.Sequential:
        layers: list[nn.Module] = []
        for wide, high in pairwise(WIDTHS):
            layers += [nn.Linear(wide, high, dtype=dtype), nn.LeakyReLU()]
        return nn.Sequential(*layers[:-1])

    return network(), network()
