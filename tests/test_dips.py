"""Drops of the log-likelihood, and what experiments on the run say of them."""

import numpy as np

from bayesbench.diagnose.optimisation.drops import Drop, losing_steps, notable_drops


def test_drops_are_episodes_below_the_best_so_far():
    heights = np.array([-9.0, -5, -5.5, -4, -7, -6, -8, -3, -3.9, -2, -4, -3.2])
    first, second = Drop(3, 6, 4.0, 7, 3), Drop(9, 10, 2.0, None, 9)
    assert notable_drops(heights) == (first, second)
    assert losing_steps(heights) == 3
    assert notable_drops(np.arange(5.0)) == notable_drops(np.full(3, np.nan)) == ()


def test_rows_that_were_not_computed_are_left_out():
    heights = np.array([np.nan, -5, np.nan, -8, np.nan, -4, np.nan])
    assert notable_drops(heights) == (Drop(1, 3, 3.0, 5, 1),)
