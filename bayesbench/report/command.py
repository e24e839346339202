"""The command that makes a page again."""

from __future__ import annotations

import shlex
from typing import Any


def command(found: dict[str, Any]) -> str:
    """The command that makes the page again."""
    sampler = found["settings"]["posterior"]
    words = ["bayesbench", "report", found["model"]]
    options = {"variant": found["variant"], "outcome": found["description"].get("outcome_given")}
    options |= {"data": found["data_file"], "seed": found["seed"]}
    reading = found.get("reading") or {}
    if reading.get("columns"):
        options["columns"] = ",".join(f"{k}={v}" for k, v in reading["columns"].items())
    if reading.get("missing"):
        options["missing"] = ",".join(reading["missing"])
    single = ("separator", "decimal", "encoding", "sheet", "skip", "family", "prior")
    options |= {name: reading.get(name) for name in single}
    chosen = {"starts": found["settings"]["mle"]["starts"]}
    chosen |= {name: value for name, value in sampler.items() if name in found["usual"]}
    options |= {name: v for name, v in chosen.items() if v != found["usual"][name]}
    options["start"] = sampler.get("start")
    scores = found.get("scores") or {}
    options |= {"folds": scores.get("folds"), "held-out": scores.get("held_out_file")}
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", str(value)] if value is not None else []
    flags = ("robust", "standardize", "drop_missing", "stream")
    words += [f"--{name.replace('_', '-')}" for name in flags if reading.get(name)]
    return shlex.join(words)
