"""Data sets that the tests fit together."""

import numpy as np

import bayesbench as bb
from bayesbench.batched.batch import stacked
from bayesbench.binding import bind


def simulated(name, datasets, n, seed=0, variant=None):
    """Tables of the model's shape, and the batch of them."""
    generator = np.random.default_rng(seed)
    model = bb.load(name, variant=variant)
    if name == "coin":
        share = generator.uniform(size=(datasets, 1))
        columns = {"toss": (generator.uniform(size=(datasets, n)) < share).astype(float)}
    else:
        sd = np.exp(generator.normal(size=(datasets, 1)))
        columns = {
            "y": generator.normal(size=(datasets, 1)) + sd * generator.normal(size=(datasets, n))
        }
        if name == "linear_gaussian":
            columns["x"] = generator.normal(size=(datasets, n))
            columns["y"] += columns["x"]
    tables = [{key: values[k] for key, values in columns.items()} for k in range(datasets)]
    layout = bind(model, tables[0]).layout
    inputs = {"x": columns["x"][:, :, None]} if "x" in columns else {}
    return model, tables, stacked(layout, inputs, columns[model.outcome])
