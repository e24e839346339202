"""How much the prior has to say, and how much the data: power-scaling of a posterior.

The prior, or the likelihood, is raised to a power close to 1; the faster the posterior of a
parameter changes with it, the more that part has to say. Its measure is the slope of the
cumulative Jensen-Shannon distance with the logarithm of the power to base 2 (Kallioinen,
Paananen, Bürkner and Vehtari 2024), computed by ArviZ from the draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.arviz_groups import datasets
from bayesbench.describe import name_in_formula
from bayesbench.errors import BadInput
from bayesbench.fit.record import Fit
from bayesbench.layout import Bound

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 0.05  # from here on a part has a say (Kallioinen et al. 2024)
SAYS = {  # by whether prior and likelihood have a say
    (False, True): "the prior has little say ({prior:.2f}), the data much ({data:.2f})",
    (True, True): (
        "prior ({prior:.2f}) and data ({data:.2f}) both move it: they may contradict each other"
    ),
    (True, False): "the prior drives it ({prior:.2f}), the data have little say ({data:.2f})",
    (False, False): "neither prior ({prior:.2f}) nor data ({data:.2f}) move it much",
}


@dataclass(frozen=True)
class Say:
    """The sensitivity of one entry's posterior to powers of the prior and of the likelihood."""

    entry: str
    prior: float
    likelihood: float

    @property
    def prior_speaks(self) -> bool:
        """Whether the prior's sensitivity is at least 0.05."""
        return self.prior >= THRESHOLD

    @property
    def data_speak(self) -> bool:
        """Whether the likelihood's sensitivity is at least 0.05."""
        return self.likelihood >= THRESHOLD

    @property
    def sentence(self) -> str:
        """What the two numbers mean, with the numbers."""
        words = SAYS[self.prior_speaks, self.data_speak]
        said = words.format(prior=self.prior, data=self.likelihood)
        return f"{name_in_formula(self.entry)}: {said}."


def sensitivity(fit: Fit) -> pd.DataFrame:
    """How sensitive each parameter's posterior is to its prior and to the likelihood.

    Each part is raised to a power near one, by importance weights, and the distance by which
    the posterior moves is divided by the logarithm of that power (Kallioinen, Paananen, Bürkner
    and Vehtari 2024), as `arviz_stats.psense` computes it.

    Parameters
    ----------
    fit : Fit
        Of `fit_posterior`.

    Returns
    -------
    DataFrame
        A row an entry: `prior` and `likelihood`, below 0.05 where that part has little say,
        and a `sentence`.

    Raises
    ------
    BadInput
        If the fit has no draws, or the model no parameter that can be looked at.
    """
    import pandas as pd

    why = why_not(fit)
    if why is not None:
        raise BadInput(
            f"sensitivity of the {fit.method} of {fit.bound.model.__name__}",
            found=why,
            expected="draws of fit_posterior under proper priors",
            remedy="fit such a model by fit_posterior",
        )
    found = says(fit)
    rows = {s.entry: (s.prior, s.likelihood, s.sentence) for s in found}
    columns = ["prior", "likelihood", "sentence"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("parameter")


def why_not(fit: Fit) -> str | None:
    """Why powers of the prior are not looked at; None if they are."""
    if fit.method != "posterior":
        return "a fit of another kind"
    if fit.draws is None or not fit.converged:
        return f"a posterior that is {fit.status.name}"
    if not fit.bound.layout.named:
        return "weights of networks only, which can be permuted"
    if all(declared.is_flat for declared in _own(fit.bound).values()):
        return "flat priors only, whose powers are flat too"
    return None


def says(fit: Fit) -> list[Say]:
    """The same as plain records, entry by entry of the parameters; latents are left out."""
    from arviz_stats import psense

    tree = _scaled(fit)
    own = _own(fit.bound)
    wanted = [e for e in fit.bound.layout.named if e.partition("[")[0] in own]
    names = list(dict.fromkeys(entry.partition("[")[0] for entry in wanted))

    def part(group: str) -> Any:
        # What is the same at each draw, as a Uniform prior is, weighs none of them otherwise.
        (height,) = tree[f"log_{group}"].data_vars.values()
        if np.ptp(height.to_numpy()) == 0:
            return {name: np.zeros(tree["posterior"][name].shape[2:]) for name in names}
        return psense(tree, var_names=names, group=group)

    with np.errstate(all="ignore"):
        parts = [part(group) for group in ("prior", "likelihood")]
    found: dict[str, list[float]] = {}
    for name in names:
        entries = [entry for entry in wanted if entry.partition("[")[0] == name]
        columns = [np.ravel(np.asarray(each[name])) for each in parts]
        for entry, *numbers in zip(entries, *columns, strict=True):
            found[entry] = [float(number) for number in numbers]
    return [Say(entry, *found[entry]) for entry in wanted]


def _own(bound: Bound) -> Mapping[str, Any]:
    """What has a prior: parameters, but not latents, which the joint model has among them."""
    latents = {name for each in bound.model.__mro__ for name in vars(each).get("latents", ())}
    return {k: p for k, p in bound.model.parameters.items() if k not in latents}


def _scaled(fit: Fit) -> Any:
    """The tree that ArviZ wants: draws, and the sums that are raised to a power.

    What is scaled is what `arviz_groups` stores: the parameters' priors, and the likelihood
    given the latents. The sums are all that counts, so that no limit of storage does.
    """
    import xarray as xr

    from bayesbench.fit.at_draws import likelihood_and_prior, pointwise_log_prior

    assert fit.draws is not None
    bound, draws = fit.bound, fit.draws.values
    lead = np.shape(next(iter(draws.values())))[:2]
    flat = {name: np.reshape(v, (-1, *v.shape[2:])) for name, v in draws.items()}
    likelihood, _ = likelihood_and_prior(bound, flat)
    own = _own(bound)
    priors = pointwise_log_prior(bound, draws)
    total = np.sum(
        [v.reshape(*lead, -1).sum(-1) for name, v in priors.items() if name in own], axis=0
    )
    made = datasets(
        bound,
        {
            "posterior": draws,
            "log_prior": {"prior": total},
            "log_likelihood": {"likelihood": likelihood.reshape(lead)},
        },
    )
    return xr.DataTree.from_dict({f"/{name}": group for name, group in made.items()})
