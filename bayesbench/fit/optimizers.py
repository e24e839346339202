"""Optimisers by name: those of torch.optim, and the usual names of what SGD can be."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayesbench.errors import BadInput, nearest

# What people call them, and what torch.optim calls them with which options.
ALIASES: dict[str, tuple[str, dict[str, Any]]] = {
    "gradient ascent": ("SGD", {}),
    "gradient descent": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
}
# What is given where nothing is asked for, because torch's own would be a surprise here.
USUAL: dict[str, dict[str, Any]] = {
    "LBFGS": {
        "max_iter": 1,  # so that a step is a step
        "max_eval": 100,
        "tolerance_grad": 0.0,
        "tolerance_change": 0.0,
        "line_search_fn": "strong_wolfe",
    },
    "AdamW": {"weight_decay": 0.0},  # a prior in disguise: no part of maximum likelihood
}
# They look at more than one entry at a time, so starts can't be rows of one tensor.
JOINT = {"LBFGS", "Adafactor"}
# They need gradients, or parameters, of a kind that a vector of numbers is not.
UNFIT = {"SparseAdam", "Muon"}


@dataclass(frozen=True)
class Optimizer:
    """One of torch.optim's, with its options.

    Attributes
    ----------
    name : str
        The class in torch.optim.
    options : mapping
        Its arguments beside the learning rate.
    learning_rate : float
        The one that torch takes where none is given.
    """

    name: str
    options: Mapping[str, Any]
    learning_rate: float

    @property
    def elementwise(self) -> bool:
        """Whether it treats every entry of a parameter by itself."""
        return self.name not in JOINT

    @property
    def words(self) -> str:
        """Its name, with the options that are not as usual: `SGD with momentum 0.9`."""
        usual = USUAL.get(self.name, {})
        shown = {name: value for name, value in self.options.items() if usual.get(name) != value}
        momentum, ahead = shown.pop("momentum", 0), shown.pop("nesterov", False)
        words = f"{self.name} with {'Nesterov ' if ahead else ''}momentum {momentum}"
        words = words if momentum else self.name
        rest = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"{words} ({rest})" if rest else words

    def build(self, groups: list[dict[str, Any]], learning_rate: float) -> Any:
        """The optimiser of torch for these parameter groups."""
        import torch

        with warnings.catch_warnings():
            # Some options of torch's are experimental, and say so.
            warnings.simplefilter("ignore", UserWarning)
            made: Any = getattr(torch.optim, self.name)
            return made(groups, lr=learning_rate, **self.options)


def optimizer_names() -> dict[str, str]:
    """The names that can be asked for, each with the class of torch.optim that it means."""
    import torch

    found = {
        name: name
        for name, each in vars(torch.optim).items()
        if inspect.isclass(each)
        and issubclass(each, torch.optim.Optimizer)
        and each is not torch.optim.Optimizer
        and name not in UNFIT
    }
    return {name.lower(): name for name in found} | {name: ALIASES[name][0] for name in ALIASES}


def optimizer(asked: str, options: Mapping[str, Any] | None = None) -> Optimizer:
    """The optimiser of that name: `adam`, `L-BFGS`, `gradient ascent`, ... and its options.

    Parameters
    ----------
    asked : str
        Capitals, hyphens and underscores do not matter.
    options : mapping, optional
        Arguments of the class in torch.optim beside `lr`, as `{"betas": (0.9, 0.99)}`.

    Raises
    ------
    BadInput
        If torch.optim has no such optimiser, or the optimiser no such option, or refuses
        its value.
    """
    import torch

    known = optimizer_names()
    name = next((each for each in known if _plain(each) == _plain(str(asked))), None)
    if name is None:
        raise BadInput(
            "optimizer",
            found=f"'{asked}'",
            expected="an optimiser of torch.optim",
            remedy=nearest(str(asked), list(known)),
        )
    if not isinstance(options, Mapping | None):
        raise BadInput(
            "options",
            found=repr(options),
            expected="names and values",
            remedy="write {'betas': (0.9, 0.99)}",
        )
    given = USUAL.get(known[name], {}) | ALIASES.get(name, ("", {}))[1] | dict(options or {})
    signature = inspect.signature(getattr(torch.optim, known[name]))
    able = [each for each in signature.parameters if each not in ("params", "lr")]
    for option in given:
        if option == "maximize":
            raise BadInput(
                "the option 'maximize'",
                found=str(given[option]),
                expected="none",
                remedy="the log-likelihood is always maximised",
            )
        if option not in able:
            raise BadInput(
                f"the options of {known[name]}",
                found=f"'{option}'",
                expected="an argument of its class in torch.optim",
                remedy="give learning_rate= instead" if option == "lr" else nearest(option, able),
            )
    rate = signature.parameters["lr"].default
    made = Optimizer(known[name], given, float(rate))
    try:
        made.build([{"params": [torch.zeros(1, requires_grad=True)]}], made.learning_rate)
    except (ValueError, TypeError, RuntimeError) as error:
        raise BadInput(
            f"the options of {known[name]}",
            found=", ".join(f"{key}={value!r}" for key, value in given.items()),
            expected="what torch.optim takes",
            remedy=f"it says: {error}",
        ) from None
    return made


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
