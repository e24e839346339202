"""Where the chains run: on which devices, and how they share them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bayesbench.errors import BadInput, check_name

METHODS = ("parallel", "sequential", "vectorized")
KINDS = ("cpu", "gpu")


@dataclass(frozen=True)
class Place:
    """Where chains can run: the devices, how they share them, and the kind of device."""

    devices: tuple[Any, ...]
    method: str
    kind: str

    @property
    def words(self) -> str:
        """For a sentence: "parallel on 2 cpu devices"."""
        count = len(self.devices)
        return f"{self.method} on {f'{count} {self.kind} devices' if count > 1 else self.kind}"


def check_words(device: str, method: str | None) -> None:
    """Refuse a device or a way of running chains of which nobody has heard.

    Raises
    ------
    BadInput
        With those that there are.
    """
    if method is not None:
        check_name("chain_method", method, ("auto", *METHODS))
    if device not in ("auto", *KINDS):
        raise BadInput(
            "device", found=repr(device), expected="auto, cpu or gpu", remedy="leave it at 'auto'"
        )


def places(device: str, method: str | None, chains: int) -> tuple[tuple[Place, ...], str]:
    """Where the chains may run, and the ground for the choice if there is one place only.

    Without a method chains run side by side over a CPU's devices, or one after another if there
    is one. On two cores sampling took 8.0 s for a network with 16 hidden units, where sequential
    chains took 16.0 and vectorized ones 37.6; 0.053, 0.063 and 0.151 s for a line with ten slopes;
    0.016, 0.022 and 0.026 for a Gaussian of 100 rows; 0.013, 0.014 and 0.018 for the coin
    (`make bench RACE=chains`).
    On a GPU they are vectorized, by what is known of such devices: none was measured.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        With `auto` both, where JAX has a GPU.
    method : {"auto", "parallel", "sequential", "vectorized"} or None
        With `auto` all that differ on these devices.
    chains : int

    Raises
    ------
    BadInput
        If there is no such device or method.
    """
    check_words(device, method)
    kinds = [kind for kind in KINDS if _devices(kind)] if device == "auto" else [device]
    found = [place for kind in kinds for place in _on(kind, method, chains)]
    if not found:
        raise BadInput(
            "device",
            found=f"no {device} that JAX can use",
            expected=f"one of: {', '.join(kind for kind in KINDS if _devices(kind))}",
            remedy="install JAX for your GPU (the extra bayesbench[cuda13]) or use --device cpu",
        )
    if method in METHODS:
        return tuple(found), "as asked"
    return tuple(found), _usual(found[0], method, chains)


def _usual(place: Place, method: str | None, chains: int) -> str:
    """The ground of a choice that nobody made; some devices may be left without chains."""
    idle = len(_devices(place.kind)) - len(place.devices)
    if method is None and idle and place.kind == "cpu" and chains > 1:
        return f"{chains} chains can't be shared equally by {idle + len(place.devices)} devices"
    return "the usual way on such a device"


def _on(kind: str, method: str | None, chains: int) -> list[Place]:
    available = _devices(kind)
    if not available:
        return []
    # Every device carries the same number of chains.
    count = max(k for k in range(1, len(available) + 1) if chains % k == 0)
    side_by_side = "parallel" if count > 1 else "sequential"
    if method == "auto":
        methods = [side_by_side, "vectorized"] if kind == "cpu" else ["vectorized"]
    else:
        methods = [method or (side_by_side if kind == "cpu" else "vectorized")]
    return [Place(available[: count if m == "parallel" else 1], m, kind) for m in methods]


def _devices(kind: str) -> tuple[Any, ...]:
    """The devices of a kind; none where JAX has no such backend."""
    import jax

    try:
        return tuple(jax.devices(kind))
    except RuntimeError:
        return ()
