"""Ten thousand steps of Adam on `mean_sigma_mlp`, beside a loop written by hand in torch.

    python benchmarks/training.py [--steps 10000] [--rounds 5]

Both run in one process, in turns, with as many threads as each would take by itself; the
ratio is that of the medians. Recording is included on our side: the log-likelihood, the
gradient's norm, the step's length and the parameters of every step. The loop by hand keeps
its loss. Eight starts side by side are timed as well.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from statistics import median
from time import perf_counter

import numpy as np
import torch

import bayesbench as bb

WIDTHS = (1, 4, 20, 20, 1)


def network(dtype: torch.dtype) -> torch.nn.Sequential:
    """Linear layers with leaky ReLUs between them."""
    layers: list[torch.nn.Module] = []
    for wide, high in pairwise(WIDTHS):
        layers += [torch.nn.Linear(wide, high, dtype=dtype), torch.nn.LeakyReLU()]
    return torch.nn.Sequential(*layers[:-1])


def by_hand(data: dict, steps: int, dtype: torch.dtype) -> float:
    """Seconds of the loop that one would write."""
    x, y = (torch.tensor(data[name], dtype=dtype)[:, None] for name in ("x", "y"))
    torch.manual_seed(0)
    mean, noise = network(dtype), network(dtype)
    optimizer = torch.optim.Adam([*mean.parameters(), *noise.parameters()])
    losses = []
    began = perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        normal = torch.distributions.Normal(mean(x), torch.nn.functional.softplus(noise(x)))
        loss = -normal.log_prob(y).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return perf_counter() - began


def ours(data: dict, steps: int, starts: int) -> float:
    """Seconds of the same run here, as the record has them."""
    model = bb.load("mean_sigma_mlp")
    fit = bb.fit_mle(model, data, optimizer="adam", steps=steps, starts=starts)
    return float(fit.run.seconds[-1])


def main() -> None:
    """Print the medians and the ratios."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--steps", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    data, threads = bb.load("mean_sigma_mlp").example(), torch.get_num_threads()
    ours(data, 10, 1)  # torch loads its compiler when the first optimiser is built
    found: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        found.setdefault(name, []).append(seconds)

    for _ in range(options.rounds):
        note("ours", ours(data, options.steps, 1))
        note("ours, 8 starts", ours(data, options.steps, 8))
        for count in sorted({1, threads}):
            torch.set_num_threads(count)
            for dtype in (torch.float32, torch.float64):
                name = f"by hand, {str(dtype)[6:]}, threads: {count}"
                note(name, by_hand(data, options.steps, dtype))
            torch.set_num_threads(threads)
    base = median(found["ours"])
    for name, seconds in found.items():
        each = median(seconds)
        spread = np.ptp(seconds) / each
        per_step = 1e6 * each / options.steps
        print(f"{name:34} {per_step:8.0f} µs a step (±{spread:.0%}), ours / this {base / each:.2f}")
    eight = median(found["ours, 8 starts"]) / base
    print(f"eight starts side by side cost as much as {eight:.2f} single runs")


if __name__ == "__main__":
    main()
