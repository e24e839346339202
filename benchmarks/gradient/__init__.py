"""One gradient of a log-density over all rows, against the time to read the rows once.

Each file has `run(task, data, seed, clock)`, and times its gradient in turns with the sum of the
same numbers: see `benchmarks.gradient.turns`.
"""
