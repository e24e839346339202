"""A maximum, of the likelihood or of the posterior, to a relative error of 1e-8.

Each file has `run(task, data, seed, clock)`, which returns the estimate by name, and what else
there is to say: `of`, which maximum it is, and the evaluations that it took, where it tells.
Who has tolerances is given such that the precision may be reached.
"""
