"""What a posterior costs when many are drawn together, against a loop of single fits.

The same model, chains, warm-up and draws on both sides, in one process, after compilation: the
loop calls `bb.fit_posterior` on one data set after the other, the batch is `fit_many`. Both look
at R-hat and effective sample sizes of what they drew; neither writes checkpoints. The two take
turns, and what is compared are the medians: the speed of a machine changes by the minute.

    python benchmarks/many.py                     # coin and Gaussian, up to 10,000 data sets
    python benchmarks/many.py --task coin --most 1000

Each posterior has four chains, with as many draws as a study's. Beside the time per fit stands
what a study does for all of its methods: MLE, MAP, Laplace, posterior and profile intervals. The
exit code is 1 if a coin's posterior at 1,000 data sets takes more than a fiftieth of a single fit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

COUNTS = (1, 10, 100, 1000, 10_000)
CHUNK = 1000  # data sets whose draws are held at once
SINGLE, TURNS = 5, 5  # single fits in the loop, and how often loop and batch take turns
ROWS = {"coin": 7, "gaussian": 20}
AIM = 50.0
EVERYTHING = ("mle", "map", "laplace", "posterior")


def batch_of(task: str, count: int) -> Any:
    """So many simulated data sets of a model of the zoo."""
    import numpy as np

    import bayesbench as bb
    from bayesbench.batched.batch import stacked
    from bayesbench.binding import bind

    generator, model = np.random.default_rng(0), bb.load(task)
    shape = (count, ROWS[task])
    if task == "coin":
        share = generator.uniform(size=(count, 1))
        outcome = (generator.uniform(size=shape) < share).astype(float)
    else:
        sd = np.exp(0.5 * generator.normal(size=(count, 1)))
        outcome = generator.normal(size=(count, 1)) + sd * generator.normal(size=shape)
    return stacked(bind(model, {model.outcome: outcome[0]}).layout, {}, outcome)


def loop(task: str, fits: int, chains: int) -> list[float]:
    """Seconds of single fits, one after the other."""
    import bayesbench as bb
    from bayesbench.batched.posterior import Sampling

    batch, took = batch_of(task, fits), []
    for k in range(fits):
        table = {batch.model.outcome: batch.outcome[k]}
        began = time.perf_counter()
        bb.fit_posterior(
            batch.model,
            table,
            seed=k,
            chains=chains,
            warmup=Sampling.warmup,
            draws=Sampling.draws,
            progress=False,
        )
        took.append(time.perf_counter() - began)
    return took


def together(batch: Any, methods: tuple[str, ...], chains: int) -> tuple[float, float]:
    """Seconds that a batch takes, and the smallest effective sample size of a data set."""
    from bayesbench.batched.many import fit_many
    from bayesbench.batched.posterior import Sampling
    from bayesbench.batched.profile import profile_ends

    sampling = Sampling(chains=chains, rounds=0)
    began, ess = time.perf_counter(), float("inf")
    for first in range(0, batch.datasets, CHUNK):
        index = range(first, min(first + CHUNK, batch.datasets))
        part = batch.only(slice(index.start, index.stop))
        many = fit_many(part, methods, seed=0, index=index, sampling=sampling)
        ess = min(ess, float(many["posterior"].numbers["ess"].min()))
        if "mle" in methods:
            profile_ends(part, (0.5, 0.8, 0.95))
    return time.perf_counter() - began, ess


def main() -> int:
    """Print a table for each task."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--task", choices=ROWS, help="one of them only")
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="data sets")
    parser.add_argument("--chains", type=int, default=4, help="of each posterior")
    asked = parser.parse_args()
    chains = asked.chains
    missed = False
    for task in [asked.task] if asked.task else ROWS:
        loop(task, 1, chains)  # compiles
        print(f"{task}, n = {ROWS[task]}, {chains} chains: milliseconds a fit")
        print(
            "data sets  first call  seconds  together  in a loop  times faster  least ESS  all, s"
        )
        for count in (count for count in COUNTS if count <= asked.most):
            batch, alone, took = batch_of(task, count), [], []
            first, ess = together(batch, ("posterior",), chains)
            for _ in range(TURNS):
                took.append(together(batch, ("posterior",), chains)[0])
                alone += loop(task, SINGLE, chains)
            together(batch, EVERYTHING, chains)
            everything, _ = together(batch, EVERYTHING, chains)
            seconds, one = statistics.median(took), statistics.median(alone)
            each = seconds / count
            missed |= task == "coin" and count == 1000 and one / each < AIM
            print(
                f"{count:9,}  {first:10.2f}  {seconds:7.2f}  {1e3 * each:8.2f}  {1e3 * one:9.0f}  "
                f"{one / each:12.1f}  {ess:9.0f}  {everything:6.2f}",
                flush=True,
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
