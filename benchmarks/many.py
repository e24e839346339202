"""What a posterior costs when many are drawn together, against a loop of single fits.

The same model, chains, warm-up and draws on both sides, in one process, after compilation: the
loop calls `bb.fit_posterior` on one data set after the other, the batch is `fit_many`. Both look
at R-hat and effective sample sizes of what they drew; neither writes checkpoints.

    python benchmarks/many.py                     # coin and Gaussian, up to 10,000 data sets
    python benchmarks/many.py --task coin --most 1000

Beside the time per fit stands what a study does for all of its methods: MLE, MAP, Laplace,
posterior and profile intervals. The exit code is 1 if a coin's posterior at 1,000 data sets
takes more than a fiftieth of a single fit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

CHAINS, WARMUP, DRAWS = 4, 100, 500
COUNTS = (1, 10, 100, 1000, 10_000)
CHUNK = 1000  # data sets whose draws are held at once
SINGLE = 15  # single fits in the loop
ROWS = {"coin": 7, "gaussian": 20}
AIM = 50.0


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


def single(task: str) -> float:
    """Seconds of a single fit, the median of a loop of them after one that compiles."""
    import bayesbench as bb

    batch, took = batch_of(task, SINGLE + 1), []
    for k in range(SINGLE + 1):
        table = {batch.model.outcome: batch.outcome[k]}
        began = time.perf_counter()
        bb.fit_posterior(
            batch.model,
            table,
            seed=k,
            chains=CHAINS,
            warmup=WARMUP,
            draws=DRAWS,
            progress=False,
        )
        took.append(time.perf_counter() - began)
    return statistics.median(took[1:])


def together(task: str, count: int, methods: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds of the first call and of the second, and the smallest ESS of a data set."""
    from bayesbench.batched.many import fit_many
    from bayesbench.batched.posterior import Sampling
    from bayesbench.batched.profile import profile_ends

    batch, took, ess = batch_of(task, count), [], float("nan")
    sampling = Sampling(chains=CHAINS, warmup=WARMUP, draws=DRAWS, rounds=0)
    for _ in range(2):
        began, worst = time.perf_counter(), []
        for first in range(0, count, CHUNK):
            index = range(first, min(first + CHUNK, count))
            part = batch.only(slice(index.start, index.stop))
            many = fit_many(part, methods, seed=0, index=index, sampling=sampling)
            worst.append(float(many["posterior"].numbers["ess"].min()))
            if "mle" in methods:
                profile_ends(part, (0.5, 0.8, 0.95))
        took.append(time.perf_counter() - began)
        ess = min(worst)
    return took[0], took[1], ess


def main() -> int:
    """Print a table for each task."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--task", choices=ROWS, help="one of them only")
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="data sets")
    asked = parser.parse_args()
    missed = False
    for task in [asked.task] if asked.task else ROWS:
        alone = single(task)
        print(f"{task}, n = {ROWS[task]}: a single fit takes {1e3 * alone:.0f} ms")
        print("data sets  first call  seconds  ms a fit  times faster  least ESS  all methods, s")
        for count in (count for count in COUNTS if count <= asked.most):
            first, again, ess = together(task, count, ("posterior",))
            _, everything, _ = together(task, count, ("mle", "map", "laplace", "posterior"))
            faster = alone / (again / count)
            missed |= task == "coin" and count == 1000 and faster < AIM
            print(
                f"{count:9,}  {first:10.2f}  {again:7.2f}  {1e3 * again / count:8.2f}  "
                f"{faster:12.1f}  {ess:9.0f}  {everything:14.2f}",
                flush=True,
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
