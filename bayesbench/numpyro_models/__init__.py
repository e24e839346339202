"""Models that were written for NumPyro, as classes that all fits take."""
