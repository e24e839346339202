"""Studies: how often each method is right, over many simulated data sets."""
