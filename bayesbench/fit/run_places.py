"""Recorded runs: where they were, on the parameters' own scale."""

from __future__ import annotations

import numpy as np

from bayesbench.density import reader
from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit


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


def recorded(fit: Fit) -> Fit:
    """The fit, if it has a recorded run.

    Raises
    ------
    BadInput
        If it has none.
    """
    if fit.run is None:
        raise BadInput(
            f"the {fit.method} of {fit.bound.model.__name__}",
            found="no recorded run",
            expected="the fit of an optimiser that was asked for by name",
            remedy='name one, as fit_mle(..., optimizer="adam")',
        )
    return fit
