"""The record of profile likelihoods: the interval and the curve of each entry, beside Wald's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesbench.layout import Bound
from bayesbench.supports import Support

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DISAGREE = 0.5  # of a standard error, between an end and Wald's


@dataclass(frozen=True)
class End:
    """One end of an interval.

    Attributes
    ----------
    at : float
        Where it is; infinite where the profile never falls that far, NaN where it is not known.
    kind : str
        `falls` (the profile has fallen by the level there), `edge` (the interval reaches the
        edge of the support), `never` (it does not fall so far, however far it is followed),
        `lost` (it could not be followed further than `seen`), or `none` (there is no interval:
        what was taken for the maximum is none).
    seen : float
        The outermost value at which the profile was computed on this side.
    """

    at: float
    kind: str
    seen: float

    @property
    def closed(self) -> bool:
        """Whether the interval ends there."""
        return self.kind in ("falls", "edge")


@dataclass(frozen=True)
class Profile:
    """The profile likelihood of one entry.

    Attributes
    ----------
    entry : str
    support : Support
        The values that it may take.
    estimate, se : float
        The MLE and its standard error; NaN where there is none.
    prob, level : float
        The probability of the interval, and how far the log-likelihood may fall in it: half
        of the quantile of chi-square with one degree of freedom, 1.9207 for 95%.
    lower, upper : End
    wald : pair of float
        Estimate ∓ so many standard errors.
    values, ratios : array, shape (points,)
        The curve: the entry, in order, and the profile less the maximum of the log-likelihood.
    elsewhere : tuple of (value, fall)
        Further hills, outside of the interval, that are less than the level below the maximum.
    crossings : int
        How often the curve crosses the level: more than twice, if the likelihood interval is
        not one interval.
    """

    entry: str
    support: Support
    estimate: float
    se: float
    prob: float
    level: float
    lower: End
    upper: End
    wald: tuple[float, float]
    values: np.ndarray
    ratios: np.ndarray
    elsewhere: tuple[tuple[float, float], ...] = ()
    crossings: int = 0

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.lower.at

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.upper.at

    @property
    def closed(self) -> bool:
        """Whether the interval has two ends."""
        return self.lower.closed and self.upper.closed

    @property
    def one_interval(self) -> bool:
        """Whether no other hill was seen that belongs to it."""
        return not self.elsewhere and self.crossings <= 2

    @property
    def apart(self) -> float:
        """How far its ends are from Wald's at most, in standard errors; NaN where one has none."""
        ends = np.array([self.low, self.high])
        with np.errstate(invalid="ignore"):
            return float(np.abs(ends - self.wald).max() / self.se)

    @property
    def wald_leaves(self) -> bool:
        """Whether Wald's interval has values that the entry can't take."""
        return self.wald[0] < self.support.lower or self.wald[1] > self.support.upper

    @property
    def agrees(self) -> bool:
        """Whether Wald's interval would do as well."""
        return self.apart <= DISAGREE and not self.wald_leaves and self.one_interval

    @property
    def words(self) -> str:
        """The interval beside Wald's, in a few words."""
        from bayesbench.fit.profile_in_words import in_words

        return in_words(self)


@dataclass(frozen=True)
class Higher:
    """A point that a profile met, higher than what was taken for the maximum.

    Attributes
    ----------
    values : mapping of float
        By entry.
    height, gain : float
        Its log-likelihood, and by how much that is more.
    """

    values: Mapping[str, float]
    height: float
    gain: float


@dataclass(frozen=True, repr=False)
class Profiles:
    """The profile likelihoods of several entries of one MLE.

    Attributes
    ----------
    bound : Bound
        The model and the data.
    prob : float
    height : float
        The log-likelihood at the maximum.
    by_entry : mapping of Profile
    higher : Higher or None
        If a profile met a higher point: then the MLE was a local one, and no entry has an
        interval.
    seconds : float
    """

    bound: Bound
    prob: float
    height: float
    by_entry: Mapping[str, Profile]
    higher: Higher | None = None
    seconds: float = 0.0

    def __getitem__(self, entry: str) -> Profile:
        """The profile of an entry."""
        return self.by_entry[entry]

    def __iter__(self) -> Iterator[Profile]:
        """One after the other."""
        return iter(self.by_entry.values())

    def __len__(self) -> int:
        """How many there are."""
        return len(self.by_entry)

    def table(self) -> pd.DataFrame:
        """A row an entry: the estimate, the interval's ends, Wald's, and what to say of them.

        An end where the profile never falls is infinite; one that is not known is NaN.
        """
        from bayesbench.fit.profile_tables import table

        return table(self)

    @property
    def sentences(self) -> list[str]:
        """What was found, in words: first of all a higher point, if there is one."""
        from bayesbench.fit.profile_in_words import sentences

        return sentences(self)

    def results(self) -> dict[str, Any]:
        """The same as plain data, with None for what is infinite or not known."""
        from bayesbench.fit.profile_tables import results

        return results(self)

    def plot(self) -> Axes:
        """Draw each profile, a panel each, with Wald's parabola and the level; see `.figure`."""
        from bayesbench.figures.profile import plot_profiles

        return plot_profiles(self.results())

    def __repr__(self) -> str:
        """The sentences, a line each."""
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        """For notebooks: the table."""
        return self.table().to_html(float_format="{:.5g}".format, escape=True)
