"""A posterior: four chains of 1,000 + 1,000 draws, each peer as it comes.

Each file has `run(task, data, seed, clock)`, which returns draws by name, each (chain, draw,
...), and what else there is to say.
"""

CHAINS, WARMUP, DRAWS = 4, 1000, 1000
