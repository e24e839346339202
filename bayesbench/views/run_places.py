"""Recorded runs: where they were, on the parameters' own scale."""

from __future__ import annotations

import numpy as np

from bayesbench.density import reader
from bayesbench.fit.record import Fit
from bayesbench.runs import recorded


def places(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """The recorded steps, shape (kept,), and the parameters there, shape (kept, size).

    Of the start that ended highest; the last row is where it ended.
    """
    import torch

    from bayesbench.libraries import torch_library

    run, layout, library = recorded(fit).run, fit.bound.layout, torch_library()
    assert run is not None
    best, end = run.best, int(run.steps[run.best])
    before = run.path_steps < end
    z = np.concatenate([run.path[before, best], run.z[[best]]])
    values = torch.func.vmap(reader(layout, library, priors=False))(library.array(z))
    own = layout.join({name: value.numpy() for name, value in values.items()})
    return np.append(run.path_steps[before], end), own
