"""Array functions for the inside of a model: the same name whichever library computes.

`from bayesbench import numpy as bn`, then `bn.exp(x)`: torch for torch's tensors, JAX for
JAX's arrays, NumPy for numbers and NumPy's arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

_ARRAY = (
    *("abs", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "square", "sign"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "hypot"),
    *("floor", "ceil", "round", "isfinite", "isnan", "where", "maximum", "minimum", "clip"),
    *("logaddexp", "sum", "mean", "prod", "max", "min", "var", "std", "cumulative_sum", "sort"),
    *("matmul", "vecdot", "stack", "concat", "reshape", "expand_dims", "squeeze", "broadcast_to"),
    *("zeros_like", "ones_like", "full_like"),
)
_SPECIAL = ("erf", "erfc", "expit", "gammaln", "logit", "logsumexp", "ndtr", "xlogy", "xlog1py")
_ALSO = {"sigmoid": "expit"}  # what networks call it

_OWN = ("affine", "joined", "leaky_relu", "linear", "relu", "softplus")

__all__ = [*_ARRAY, *_SPECIAL, *_ALSO, *_OWN]


def __getattr__(name: str) -> Callable[..., Any]:
    if name in _ARRAY:
        return _shared(name, _namespace)
    if name in _SPECIAL or name in _ALSO:
        return _shared(_ALSO.get(name, name), _special)
    raise AttributeError(f"bayesbench.numpy has no {name!r}; it has {', '.join(__all__)}.")


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    if hasattr(x, "__bayesbench_function__"):
        return x.__bayesbench_function__("softplus", (x,))
    return _shared("logaddexp", _namespace)(x, 0 * x)


def relu(x: Any) -> Any:
    """The larger of x and 0."""
    if _is_of(x, "torch"):
        return x.relu()
    return _shared("where", _namespace)(x > 0, x, 0 * x)


def leaky_relu(x: Any) -> Any:
    """X where it is above zero, and a hundredth of it below (Maas, Hannun and Ng 2013)."""
    if _is_of(x, "torch"):  # one operation in place of three
        import torch

        return torch.nn.functional.leaky_relu(x, 0.01)
    return _shared("where", _namespace)(x > 0, x, 0.01 * x)


def affine(x: Any, weights: Any, bias: Any) -> Any:
    """X @ weights + bias, for x of shape (n, k), weights (k, m) and a bias of shape (m,)."""
    if _is_of(x, "torch") and _is_of(weights, "torch"):
        import torch

        # One operation where there is one start; for several it would be taken apart, and
        # cost more than these two.
        if not torch._C._functorch.is_batchedtensor(weights):
            return torch.addmm(bias, x, weights)
    return x @ weights + bias


def joined(*values: Any) -> Any:
    """Numbers and vectors end to end, as one vector."""
    for value in values:
        if hasattr(value, "__bayesbench_function__"):
            return value.__bayesbench_function__("joined", values)
    join, flat = _shared("concat", _namespace), _shared("reshape", _namespace)
    return join([flat(value, (-1,)) for value in values])


def linear(x: Any) -> Any:
    """X itself: what makes a network a straight line in disguise."""
    return x


def _shared(name: str, find: Callable[[tuple[Any, ...]], ModuleType]) -> Callable[..., Any]:
    def function(*values: Any, **named: Any) -> Any:
        for value in values:  # a symbol writes down what is done with it
            if hasattr(value, "__bayesbench_function__"):
                return value.__bayesbench_function__(name, values)
        library = find(values)
        if "torch" in library.__name__:
            values = tuple(_tensor(value) for value in values)
        return getattr(library, name)(*values, **named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}`, of the library that its arguments belong to."
    return function


def _tensor(value: Any) -> Any:
    """A number with a point, or an array of NumPy, as a float64 tensor: torch's own default
    would be float32. Whole numbers stay, as axes and shapes are such.
    """
    import torch

    if isinstance(value, float | np.ndarray | np.floating):
        return torch.as_tensor(value, dtype=torch.float64)
    if isinstance(value, list | tuple):
        return type(value)(_tensor(each) for each in value)
    return value


def _is_of(value: Any, library: str) -> bool:
    return type(value).__module__ == library


def _namespace(values: tuple[Any, ...]) -> ModuleType:
    if any(_is_of(value, "torch") for value in values):  # what asking them all would come to
        import array_api_compat.torch as xp

        return xp
    from array_api_compat import array_namespace, is_array_api_obj

    found = [value for value in _arrays(values) if is_array_api_obj(value)]
    # A NumPy constant beside a tensor or a traced array is the other library's to compute.
    others = [value for value in found if not isinstance(value, np.ndarray | np.generic)]
    return array_namespace(*(others or found or [np.zeros(())]))


def _arrays(values: tuple[Any, ...]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        flat += _arrays(tuple(value)) if isinstance(value, list | tuple) else [value]
    return flat


def _special(values: tuple[Any, ...]) -> ModuleType:
    name = _namespace(values).__name__
    if "torch" in name:
        import torch

        return torch.special
    if "jax" in name:
        import jax.scipy.special

        return jax.scipy.special
    import scipy.special

    return scipy.special
