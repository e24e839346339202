"""Which devices the chains run on."""

from __future__ import annotations

from typing import Any

from bayesbench.errors import BadInput

METHODS = ("auto", "parallel", "sequential", "vectorized")


def chain_devices(device: str, method: str, chains: int) -> tuple[tuple[Any, ...], str, str]:
    """The devices, the resolved chain method, and the kind of device.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        `auto` is JAX's own default: a GPU if its JAX has one.
    method : {"auto", "parallel", "sequential", "vectorized"}
        `auto` is parallel over several devices, vectorized on a GPU, else sequential.
    chains : int

    Raises
    ------
    BadInput
        If there is no such device or method.
    """
    import jax

    if method not in METHODS:
        raise BadInput(
            "chain_method",
            found=repr(method),
            expected=f"one of {', '.join(METHODS)}",
            remedy="leave it at 'auto'",
        )
    if device not in ("auto", "cpu", "gpu"):
        raise BadInput(
            "device", found=repr(device), expected="auto, cpu or gpu", remedy="leave it at 'auto'"
        )
    kind = jax.default_backend() if device == "auto" else device
    try:
        available = jax.devices(kind)
    except RuntimeError:
        raise BadInput(
            "device",
            found=f"no {kind} that JAX can use",
            expected=f"one of: {jax.default_backend()}",
            remedy="install JAX for your GPU (the extra bayesbench[cuda13]) or use --device cpu",
        ) from None
    # Every device carries the same number of chains.
    count = max(k for k in range(1, len(available) + 1) if chains % k == 0)
    if method == "auto":
        method = "vectorized" if kind != "cpu" else "parallel" if count > 1 else "sequential"
    return tuple(available[: count if method == "parallel" else 1]), method, kind
