"""Who races whom, on what: all that `make bench` measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayesbench.jax_environment import FLAGS, LOOPS
from benchmarks import references
from benchmarks.peer import Peer

Judge = Callable[[str, Path, dict[str, Any]], dict[str, float]]


@dataclass(frozen=True)
class Contest:
    """A question that peers answer on several tasks.

    Parameters
    ----------
    name, title : str
    tasks, peers : tuple
        The first peer is bayesbench: ratios are its number over theirs.
    measures : mapping of str to str
        The columns of its table: heading by name of the measure.
    ranks : mapping of str to str
        By which measures peers are ranked, and whether the `lowest` or the `highest` is best.
    judge : function of the task, the folder that a run left its arrays in, and what it said
        Numbers that are computed from these.
    large : tuple of str
        Tasks that are left out unless asked for: they need memory, or minutes.
    grows : bool
        Whether tasks of a family come by size, so that a peer which is above the cap at one
        of them need not try the next.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    peers: tuple[Peer, ...]
    measures: Mapping[str, str]
    ranks: Mapping[str, str]
    judge: Judge = lambda task, folder, said: {}
    large: tuple[str, ...] = ()
    grows: bool = False

    def entrants(self, tasks: Sequence[str], names: Sequence[str] = ()) -> list[tuple[str, Peer]]:
        """Who runs on what, in this order; of the peers those with the names, if there are any."""
        peers = [peer for peer in self.peers if not names or peer.name in names]
        return [(task, peer) for task in tasks for peer in peers if peer.takes(task)]

    def chosen(self, names: Sequence[str], large: bool) -> list[str]:
        """Its tasks, or those of the names that are of its families, of whatever size."""
        families = {task.split("-")[0] for task in self.tasks}
        if names:
            return [name for name in names if name.split("-")[0] in families]
        return [*self.tasks, *(self.large if large else ())]


CACHED = {
    "JAX_COMPILATION_CACHE_DIR": "{caches}",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
}
# XLA's own bound, as it was before small loops were compiled whole.
QUEUED = "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1024"
SET_UP = CACHED | {FLAGS: LOOPS}  # as bayesbench sets JAX up
OURS = Peer("bayesbench", "posterior.ours")
KEPT = Peer(
    "bayesbench, kept on disk", "posterior.ours", variables={"CHECKPOINT": "{out}/checkpoint"}
)
TARGET = Peer("bayesbench, its target", "posterior.ours", variables={"UNTIL": "target"})
NUMPYRO = Peer("NumPyro", "posterior.numpyro_script", ("numpyro",))
SAMPLERS = (
    OURS,
    KEPT,
    TARGET,
    NUMPYRO,
    Peer("NumPyro, cached", "posterior.numpyro_script", ("numpyro",), variables=CACHED),
    Peer("NumPyro, JAX set up as here", "posterior.numpyro_script", ("numpyro",), variables=SET_UP),
    Peer("PyMC", "posterior.pymc_script", ("pymc",)),
    Peer("nutpie", "posterior.nutpie_script", ("pymc", "nutpie")),
    Peer("blackjax", "posterior.blackjax_script", ("blackjax", "numpyro")),
    Peer("Stan", "posterior.stan_script", ("pystan",)),
)

POSTERIOR = Contest(
    "posterior",
    "A posterior: four chains of 1,000 + 1,000 draws",
    tasks=(
        *("coin", "gaussian-100", "gaussian-100000", "linear-1000", "linear-100000"),
        *("schools", "logistic-10000", "network"),
    ),
    peers=SAMPLERS,
    measures={
        "whole": "whole process, s",
        "first": "first run, s",
        "cpu": "processor, s",
        "import": "import, s",
        "compile": "compile, s",
        "sample": "sample, s",
        "rest": "rest, s",
        "ess": "least bulk ESS",
        "ess/s": "ESS/s of sampling",
        "ess/s whole": "ESS/s of all",
        "error": "error of mean, sd",
    },
    ranks={"whole": "lowest", "ess/s": "highest", "ess/s whole": "highest"},
    judge=references.posterior,
)

POINT = Contest(
    "point",
    "A maximum, to a relative error of 1e-8",
    tasks=("coin", "gaussian-100000", "linear-1000", "linear-100000", "logistic-10000"),
    peers=(
        Peer("bayesbench, MLE", "point.ours"),
        Peer("bayesbench, MAP", "point.ours", variables={"METHOD": "map"}),
        Peer("SciPy", "point.scipy_script", ("scipy",)),
        Peer("torch", "point.torch_script", ("torch",)),
        Peer("statsmodels", "point.statsmodels_script", ("statsmodels",)),
        Peer(
            "scikit-learn",
            "point.sklearn_script",
            ("scikit-learn",),
            only=("linear", "logistic"),
        ),
        Peer("PyMC, find_MAP", "point.pymc_script", ("pymc",)),
    ),
    measures={
        "whole": "whole process, s",
        "first": "first run, s",
        "import": "import, s",
        "fit": "fit, s",
        "evaluations": "evaluations (ours: steps)",
        "error": "relative error",
    },
    ranks={"whole": "lowest", "fit": "lowest"},
    judge=references.point,
)

WHOLE = Contest(
    "whole",
    "The whole job on the coin",
    tasks=("posterior", "all", "report"),
    peers=(
        Peer("bayesbench", "benchmarks.whole.ours {task} {out}"),
        Peer(
            "usual parts",
            "benchmarks.whole.usual_parts {task} {out}",
            ("torch", "scipy", "numpyro", "arviz-stats", "matplotlib"),
        ),
    ),
    measures={"whole": "whole process, s", "first": "first run, s", "peak": "memory, MB"},
    ranks={"whole": "lowest", "first": "lowest"},
)

ROWS = tuple(10**k for k in range(3, 8))
GROWTH = Contest(
    "growth",
    "A posterior as rows and features grow",
    tasks=(
        *(f"{family}-{rows}" for family in ("coin", "gaussian", "linear") for rows in ROWS),
        *(f"linear-10000-{features}" for features in (20, 50, 100, 200)),
    ),
    large=("coin-100000000", "gaussian-100000000"),
    peers=tuple(peer for peer in SAMPLERS if peer.name in ("bayesbench", "NumPyro", "Stan")),
    measures={
        "whole": "whole process, s",
        "sample": "sample, s",
        "peak": "memory, MB",
        "data": "data, s",
        "ess/s": "ESS/s of sampling",
    },
    ranks={"whole": "lowest", "peak": "lowest"},
    judge=references.posterior,
    grows=True,
)

CHAINS = Contest(
    "chains",
    "How bayesbench runs chains: its default, one after another, vectorized, with checkpoints",
    tasks=("coin", "gaussian-100", "linear-1000", "network"),
    peers=(
        OURS,
        Peer("sequential", "posterior.ours", variables={"CHAIN_METHOD": "sequential"}),
        Peer("vectorized", "posterior.ours", variables={"CHAIN_METHOD": "vectorized"}),
        KEPT,
    ),
    measures={"whole": "whole process, s", "compile": "compile, s", "sample": "sample, s"},
    ranks={"sample": "lowest"},
)


def by_hand(dtype: str, threads: str) -> Peer:
    """The loop in torch with numbers of that type, on so many threads; "" leaves it to torch."""
    variables = {"DTYPE": dtype} | ({"OMP_NUM_THREADS": threads} if threads else {})
    name = f"by hand, {dtype}" + (f", threads: {threads}" if threads else "")
    return Peer(name, "training.by_hand", ("torch",), variables=variables)


TRAINING = Contest(
    "training",
    "Ten thousand steps of Adam on two networks, recorded, against a loop by hand",
    tasks=("adam-10000", "adam-10000-8"),
    peers=(
        Peer("bayesbench", "training.ours"),
        *(by_hand(dtype, threads) for dtype in ("float32", "float64") for threads in ("1", "")),
    ),
    measures={"whole": "whole process, s", "us/step": "µs a step"},
    ranks={"us/step": "lowest"},
)

MANY = Contest(
    "many",
    "Posteriors of many data sets, together and one by one",
    tasks=tuple(f"{kind}-{10**k}" for kind in ("coins", "gaussians") for k in range(4)),
    large=("coins-10000", "gaussians-10000"),
    peers=(
        Peer("together", "many.together"),
        Peer("one by one", "many.one_by_one"),
        Peer("one by one, queued loops", "many.one_by_one", variables={FLAGS: QUEUED}),
    ),
    measures={
        "compile": "compile, s",
        "ms/fit": "ms a fit",
        "ms/fit, all methods": "ms a fit by all methods",
        "ess": "least ESS",
        "peak": "memory, MB",
    },
    ranks={"ms/fit": "lowest"},
    grows=True,
)

GRADIENT = Contest(
    "gradient",
    "One gradient over a million rows, against the time to read them once",
    tasks=("logistic-1000000", "robust-1000000"),
    peers=(
        Peer("bayesbench, JAX", "gradient.ours", variables={"LIBRARY": "jax"}),
        Peer("NumPyro", "gradient.numpyro_script", ("numpyro",)),
        Peer("bayesbench, torch", "gradient.ours", variables={"LIBRARY": "torch"}),
        *(
            Peer(
                f"by hand, torch, threads: {threads}",
                "gradient.torch_by_hand",
                ("torch",),
                variables={"THREADS": threads},
            )
            for threads in ("1", "2")
        ),
    ),
    measures={"ms": "a gradient, ms", "stream ms": "streaming, ms", "streams": "streams"},
    ranks={"ms": "lowest", "streams": "lowest"},
)

ALL = (POSTERIOR, POINT, WHOLE, GROWTH, CHAINS, TRAINING, MANY, GRADIENT)
CONTESTS = {contest.name: contest for contest in ALL}
