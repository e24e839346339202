"""Races between bayesbench and what else one would use, by `python -m benchmarks`.

A folder for each contest (posterior, point, whole, training, many) with a file for each peer;
`tasks` has a file for each task, with its model in each peer's language. `contests.py` says who
runs what.
"""
