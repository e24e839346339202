"""The parameters of recorded runs against the step, a panel each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesbench.figures.style import run_look, stack, steps_below

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot_parameter_trace(view: xr.Dataset, axs: list[Axes] | None = None) -> Axes:
    """Draw a panel a parameter, a line a run, its end as a mark; the first of the axes."""
    names = [str(name) for name in view["series"].to_numpy()]
    axs = axs or stack(len(names), 7.2, 1.5)
    for j, (ax, name) in enumerate(zip(axs, names, strict=True)):
        for k, run in enumerate(view["run"].to_numpy()):
            colour, marker = run_look(k)
            values = view["value"].to_numpy()[k, j]
            known = np.isfinite(values)
            steps, line = view["step"].to_numpy()[k, j][known], values[known]
            (drawn,) = ax.plot(steps, line, color=colour, linewidth=1.3, label=str(run))
            drawn.set(marker=marker, markevery=[-1], markersize=6)
        ax.set_ylabel(name)
        ax.margins(x=0.02)
    steps_below(axs[-1])
    axs[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return axs[0]
