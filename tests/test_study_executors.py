"""Chunks of a study by other processes: the same numbers, whatever happens to a worker."""

import multiprocessing
import os
import pickle
import signal
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.studies.chunk import SIZE, packed
from bayesbench.studies.cluster import cluster
from bayesbench.studies.design import designed

COIN = bb.load("coin", prior="uniform")
METHODS = ("mle", "profile", "laplace", "posterior")
ASKED = {"n": 7, "datasets": 3 * SIZE + 10, "methods": METHODS, "seed": 4}


def same(one, two):
    for n, columns in one.columns.items():
        assert columns.keys() == two.columns[n].keys()
        for name, values in columns.items():
            equal_nan = values.dtype.kind == "f"
            assert np.array_equal(values, two.columns[n][name], equal_nan=equal_nan), name


@pytest.fixture(scope="module")
def alone():
    """In this process; it leaves its programs in the cache on disk, for the workers."""
    return bb.study(COIN, **ASKED)


@pytest.fixture(scope="module")
def address():
    """A Dask cluster of two processes, which may take their time to start on a busy machine."""
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
    ):
        yield made.scheduler_address


@pytest.fixture(scope="module")
def workers(address):
    """The same as an executor."""
    with cluster(address) as executor:
        yield executor


def test_threads_give_the_same_numbers(alone):
    with ThreadPoolExecutor(2) as executor:
        same(alone, bb.study(COIN, **ASKED, executor=executor))


def test_a_dask_cluster_gives_the_same_numbers(alone, workers):
    same(alone, bb.study(COIN, **ASKED, executor=workers))


def test_workers_are_never_forked(address):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        processes = client.run(os.getpid).values()
    assert len(set(processes)) == 2
    assert os.getpid() not in processes
    if sys.platform == "linux":
        for process in processes:
            assert b"spawn" in Path(f"/proc/{process}/cmdline").read_bytes()


class Killing(Executor):
    """Hands everything on, and kills a worker when all chunks are on their way."""

    def __init__(self, executor, process, chunks):
        self.executor, self.process, self.left = executor, process, chunks

    def submit(self, function, /, *arguments, **named):
        future = self.executor.submit(function, *arguments, **named)
        self.left -= 1
        if self.left == 0:
            os.kill(self.process, signal.SIGKILL)
        return future


def test_a_worker_that_is_killed_costs_nothing_but_time(alone, address, workers):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        before = set(client.run(os.getpid).values())
        killing = Killing(workers, min(before), 4)
        same(alone, bb.study(COIN, **ASKED, executor=killing))
        assert killing.left == 0
        assert min(before) not in set(client.run(os.getpid).values())


def test_a_scheduler_that_does_not_answer(run):
    began = time.perf_counter()
    for address, found in (
        ("tcp://127.0.0.1:9", "nobody who answers"),
        ("nowhere.invalid:8786", "nobody who answers"),
        ("no address", "an address that is none"),
    ):
        with (
            pytest.raises(bb.BadInput, match=f"the scheduler {address}: found {found}"),
            cluster(address),
        ):
            pass
    assert time.perf_counter() - began < 20
    done = run("study", "coin", "--scheduler", "127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the scheduler 127.0.0.1:9: found nobody who answers")
    assert done.stderr.count("\n") == 1


def test_an_executor_that_forks_is_refused():
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor,
        pytest.raises(bb.BadInput, match="processes that are forked, in which JAX hangs"),
    ):
        bb.study(COIN, executor=executor)
    with pytest.raises(bb.BadInput, match="executor: found 4, expected a concurrent"):
        bb.study(COIN, executor=4)


def test_a_class_of_the_zoo_is_sent_by_its_name():
    coin = bb.load("coin")
    sent = packed(designed(coin))
    assert pickle.loads(sent).model is coin
    assert len(sent) < 1000


def test_a_model_of_a_file_is_sent_to_processes_that_have_no_such_file(alone, workers, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from bayesbench import Bernoulli, Model, Uniform, parameter, unit_interval\n\n"
        "def prior():\n    return Uniform(0, 1)\n\n"
        "class Coin(Model):\n    outcome = 'toss'\n"
        "    theta = parameter(prior(), support=unit_interval)\n\n"
        "    def likelihood(self):\n        return Bernoulli(self.theta)\n"
    )
    model = bb.load(file)
    file.unlink()
    same(alone, bb.study(model, **ASKED, executor=workers))


def test_a_process_that_dies_is_told():
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        killing = Killing(pool, pool.submit(os.getpid).result(), 4)
        with pytest.raises(bb.BadInput, match="a process that ended before its chunk was done"):
            bb.study(COIN, **ASKED, executor=killing)


class Failing(Executor):
    """Every chunk ends with the same error."""

    def __init__(self, error):
        self.error = error

    def submit(self, function, /, *arguments, **named):
        future = Future()
        future.set_exception(self.error)
        return future


def test_errors_of_workers_are_told():
    error = bb.BadInput("here", found="a", expected="b", remedy="c")
    back = pickle.loads(pickle.dumps(error))
    assert (str(back), back.found, back.remedy) == (str(error), "a", "c")
    for raised, words in (
        (ModuleNotFoundError("no", name="bayesbench"), "a process that can't import bayesbench"),
        (type("KilledWorker", (Exception,), {})(), "a process that ended before its chunk"),
        (back, "here: found a"),
    ):
        with pytest.raises(bb.BadInput, match=words):
            bb.study(COIN, **ASKED, executor=Failing(raised))
    with pytest.raises(ZeroDivisionError):
        bb.study(COIN, **ASKED, executor=Failing(ZeroDivisionError()))
