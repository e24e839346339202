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
from bayesbench.studies import executors
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
    """In threads of this process; it leaves its programs in the cache on disk, for the workers."""
    return bb.study(COIN, **ASKED)


@pytest.fixture(scope="module")
def address():
    """A Dask cluster of two processes, which may take their time to start on a busy machine."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
    ):
        yield made.scheduler_address


@pytest.fixture(scope="module")
def workers(address):
    """The same as an executor."""
    with cluster(address) as executor:
        yield executor


def test_threads_give_the_same_numbers(alone, monkeypatch):
    """Those of an executor, and one after the other."""
    monkeypatch.setattr(executors, "cores", lambda: 1)
    same(alone, bb.study(COIN, **ASKED))
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


class Counting(Executor):
    """Hands everything on, and calls what it is told to when all chunks are on their way."""

    def __init__(self, executor, chunks, then):
        self.executor, self.left, self.then = executor, chunks, then

    def submit(self, function, /, *arguments, **named):
        future = self.executor.submit(function, *arguments, **named)
        self.left -= 1
        if self.left == 0:
            self.then()
        return future


def executing(dask_worker):
    """A worker's process, and the keys of what it computes at this moment."""
    return os.getpid(), {task.key for task in dask_worker.state.executing}


def test_a_worker_that_is_killed_costs_nothing_but_time(alone, address, workers):
    """It is stopped first, so that what it holds then it holds when it is killed."""
    from distributed import Client

    killed = []

    def kill_one_at_work():
        waited = time.monotonic() + 60
        while time.monotonic() < waited:
            for place, (process, before) in client.run(executing).items():
                os.kill(process, signal.SIGSTOP)
                time.sleep(0.3)  # for what it has said to be heard
                held = before & {*client.processing()[place]}
                os.kill(process, signal.SIGKILL if held else signal.SIGCONT)
                if held:
                    killed.append((process, held))
                    return
            time.sleep(0.01)

    with Client(address, set_as_default=False) as client:
        same(alone, bb.study(COIN, **ASKED, executor=Counting(workers, 4, kill_one_at_work)))
        ((process, held),) = killed
        assert len(held) == 1
        assert process not in {*client.run(os.getpid).values()}


def pretending(package, version):
    """Have a worker say that it has that version of a package; what it said before."""
    from bayesbench.studies import chunk

    if version is None:
        chunk.versions = chunk.said_truly
        return
    chunk.said_truly = chunk.versions
    chunk.versions = lambda: chunk.said_truly() | {package: version}


@pytest.mark.parametrize("package", ["bayesbench", "jax", "numpyro"])
def test_a_worker_with_another_version_is_refused_by_name(address, workers, package):
    from distributed import Client

    from bayesbench.studies.chunk import versions

    words = f"found a process with {package} 0.0.1, expected {package} {versions()[package]}"
    with Client(address, set_as_default=False) as client:
        one = min(client.scheduler_info()["workers"])
        client.run(pretending, package, "0.0.1", workers=[one])
        try:
            with pytest.raises(bb.BadInput, match=words):
                bb.study(COIN, **ASKED, executor=workers)
        finally:
            client.run(pretending, package, None, workers=[one])


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
        process = pool.submit(os.getpid).result()
        killing = Counting(pool, 4, lambda: os.kill(process, signal.SIGKILL))
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
