"""The page of the usual parts: nine figures, the diagnostics, and the numbers in a table."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.whole import usual_parts as parts


def page(fits: dict[str, Any], tree: Any, out: Path) -> None:
    """Write index.html and the draws."""
    import arviz_stats

    evidence = f"log evidence {parts.log_evidence():.6f}"
    loo = arviz_stats.loo(tree)
    influence = arviz_stats.psense_summary(tree)
    interval = parts.likelihood_interval(fits["MLE"][0])
    figures = [
        *(curves(fits), estimates(fits), events(fits), predictions(fits)),
        *(profile(fits["MLE"], interval), growth(), prior_predictive(), ranks(tree), climb()),
    ]
    images = "\n".join(f'<img src="data:image/svg+xml;base64,{svg(f)}">' for f in figures)
    words = f"<pre>{arviz_stats.summary(tree)}\n{loo}\n{influence}\n{fits}\n{evidence}</pre>"
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(f"<h1>Coin</h1>{words}{images}")
    tree.to_netcdf(out / "fits.nc", engine="h5netcdf")


def axes() -> tuple[Any, Any]:
    """A figure of the page's size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def svg(figure: Any) -> str:
    """As it stands in the page."""
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    return base64.b64encode(file.getvalue()).decode()


def curves(fits: dict[str, Any]) -> Any:
    """Prior, likelihood and posterior."""
    figure, ax = axes()
    theta = np.linspace(0.001, 0.999, 400)
    logs = {
        "prior": parts.log_prior(theta),
        "likelihood": parts.log_likelihood(theta),
        "posterior": parts.log_prior(theta) + parts.log_likelihood(theta),
    }
    for name, log in logs.items():
        density = np.exp(log - log.max())
        ax.plot(theta, density / np.trapezoid(density, theta), label=name)
    ax.axvline(fits["MLE"][0])
    ax.axvline(fits["MAP"][0])
    ax.legend()
    return figure


def ends(value: Any) -> tuple[float, float, float]:
    """A middle with its interval."""
    if isinstance(value, np.ndarray):
        low, high = np.quantile(value, [0.025, 0.975])
        return float(value.mean()), float(low), float(high)
    return value[0], value[0] - 1.96 * value[1], value[0] + 1.96 * value[1]


def estimates(fits: dict[str, Any]) -> Any:
    """A forest."""
    figure, ax = axes()
    for k, (name, value) in enumerate(fits.items()):
        middle, low, high = ends(value)
        ax.plot([low, high], [k, k])
        ax.plot(middle, k, "o", label=name)
    ax.legend()
    return figure


def events(fits: dict[str, Any]) -> Any:
    """The probability that the next two are tails."""
    figure, ax = axes()
    for name, value in fits.items():
        ax.bar(name, parts.two_tails(value))
    return figure


def predictions(fits: dict[str, Any]) -> Any:
    """The probability of each outcome."""
    figure, ax = axes()
    for k, (name, value) in enumerate(fits.items()):
        heads = ends(value)[0]
        ax.bar(np.array([0, 1]) + k / 6, [1 - heads, heads], width=1 / 7, label=name)
    ax.legend()
    return figure


def profile(mle: tuple[float, float], interval: tuple[float, float]) -> Any:
    """The log-likelihood below its maximum, with Wald's parabola."""
    figure, ax = axes()
    best, se = mle
    theta = np.linspace(0.05, 0.9, 300)
    ax.plot(theta, parts.log_likelihood(theta) - parts.log_likelihood(best))
    ax.plot(theta, -0.5 * ((theta - best) / se) ** 2, "--")
    ax.hlines(-1.92, *interval)
    return figure


def growth() -> Any:
    """MLE, MAP and posterior on the first rows."""
    figure, ax = axes()
    for rows in (1, 2, 5, 7):
        tosses = parts.TOSSES[:rows]
        draws = parts.posterior(tosses).posterior["theta"].values
        ax.plot(rows, parts.maximum_likelihood(tosses)[0], "s", color="C0")
        ax.plot(rows, parts.modes(tosses)["own"][0], "^", color="C1")
        ax.plot([rows, rows], np.quantile(draws, [0.025, 0.975]), color="C2")
    return figure


def prior_predictive() -> Any:
    """Heads in tables simulated from the prior, against the data's."""
    from scipy.stats import truncnorm

    figure, ax = axes()
    edges = -parts.MEAN / parts.SD, (1 - parts.MEAN) / parts.SD
    theta = truncnorm(*edges, parts.MEAN, parts.SD).rvs(1000, random_state=0)
    ax.hist(np.random.default_rng(0).binomial(7, theta), bins=np.arange(9) - 0.5)
    ax.axvline(parts.TOSSES.sum())
    return figure


def ranks(tree: Any) -> Any:
    """Ranks of each chain's draws."""
    from scipy.stats import rankdata

    figure, ax = axes()
    theta = tree.posterior["theta"].values
    ax.hist(list(rankdata(theta).reshape(theta.shape)), bins=20)
    return figure


def climb() -> Any:
    """The gradient's norm along gradient steps on the logit."""
    figure, ax = axes()
    z, norms = 0.0, []
    for _ in range(20):
        theta = 1 / (1 + np.exp(-z))
        slope = parts.TOSSES.sum() - len(parts.TOSSES) * theta
        norms.append(abs(slope))
        z += slope / (len(parts.TOSSES) * theta * (1 - theta))
    ax.semilogy(np.maximum(norms, 1e-18))
    return figure
