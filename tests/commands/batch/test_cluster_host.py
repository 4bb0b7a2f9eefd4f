"""Runs on workers: on a pretended cluster for faults, and on two real worker processes."""

import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from calibrate.cli.main import run
from calibrate.commands.batch.batch_workers import BatchWorkers
from calibrate.commands.batch.cluster_host import ClusterHost
from calibrate.runtime.executors.cluster import WorkerLost
from calibrate.runtime.executors.lease import ENDED
from calibrate.runtime.executors.remote_run import RemoteResult
from calibrate.runtime.executors.worker_tasks import WorkerFacts
from tests.fixtures.worker_processes import comparable, scheduler, start_worker, wait_for_workers


def worker(name, **versions):
    return WorkerFacts(f"tcp://{name}", name, f"host-{name}", 2, "cpu", "avx2", versions)


@dataclass
class PretendedFuture:
    worker: str
    job: object
    outcome: object = None

    def done(self):
        return self.outcome is not None

    def cancel(self):
        self.outcome = WorkerLost("cancelled")


@dataclass
class PretendedCluster:
    """A cluster whose workers do what a test says."""

    alive: set = field(default_factory=lambda: {"tcp://a", "tcp://b"})
    futures: list = field(default_factory=list)
    leases: dict = field(default_factory=dict)

    def addresses(self):
        return frozenset(self.alive)

    def is_alive(self, worker):
        return worker in self.alive

    def submit(self, worker, function, job):
        self.futures.append(PretendedFuture(worker, job))
        return self.futures[-1]

    def result(self, future, timeout=None):
        if isinstance(future.outcome, Exception):
            raise future.outcome
        return future.outcome

    def stage(self, lease):
        return "12:00:00 Calibrating (3)"

    def renew(self, lease, value):
        self.leases[lease] = value


@pytest.fixture
def cluster():
    return PretendedCluster()


COMMAND = ["run", "job.yaml", "--no-progress", "--timing-lock", "/tmp/lock", "--set", "a=1"]


def result(code=0):
    return RemoteResult(code, b"what it said", "/root", {}, 1.0)


@pytest.fixture
def host_of(cluster):
    def make():
        notes = []
        workers = BatchWorkers(cluster, (worker("a"), worker("b")), True, notes.append)
        return ClusterHost(workers), notes

    return make


def test_a_run_goes_to_a_free_worker(cluster, host_of, tmp_path):
    host, _ = host_of()
    first, second = (host.start(COMMAND, tmp_path / name) for name in "12")
    assert [future.worker for future in cluster.futures] == ["tcp://a", "tcp://b"]
    assert "--timing-lock" not in cluster.futures[0].job.arguments
    third = host.start(COMMAND, tmp_path / "3")
    assert third.poll() is None
    assert len(cluster.futures) == 2
    cluster.futures[0].outcome = result(4)
    assert first.poll() == 4
    assert (tmp_path / "1").read_bytes() == b"what it said"
    assert third.poll() is None
    assert cluster.futures[2].worker == "tcp://a"
    cluster.futures[1].outcome = cluster.futures[2].outcome = result()
    assert (second.poll(), third.poll()) == (0, 0)


def test_the_log_tells_where_a_run_on_a_worker_is(cluster, host_of, tmp_path):
    host, _ = host_of()
    run = host.start(COMMAND, tmp_path / "log")
    assert run.poll() is None
    assert (tmp_path / "log").read_text() == "12:00:00 Calibrating (3)\n"


def test_a_stopped_run_goes_on_where_it_was(cluster):
    workers = BatchWorkers(
        cluster,
        (worker("a"), worker("b")),
        False,
        print,
        kept_runs={"tcp://b": frozenset({"key"})},
    )
    assert workers.take("key").name == "b"
    assert workers.take("key") is None  # it waits for the worker that has its measurements
    assert workers.take("other").name == "a"
    workers.exclude(worker("b"), "it vanished")
    workers.give_back(worker("a"))
    assert workers.take("key").name == "a"


@pytest.mark.parametrize("loss", ["it vanishes", "its disk is full"])
def test_a_lost_worker_costs_its_run_only(cluster, host_of, tmp_path, loss):
    host, notes = host_of()
    run = host.start(COMMAND, tmp_path / "log")
    if loss == "it vanishes":
        cluster.alive.remove("tcp://a")
    else:
        cluster.futures[0].outcome = WorkerLost("No space left on device")
    assert run.poll() is None
    assert cluster.futures[1].worker == "tcp://b"
    cluster.futures[1].outcome = result()
    assert run.poll() == 0
    assert notes[0].startswith("worker a on host-a is not used any more: ")


def test_when_no_worker_is_left_the_run_has_failed(cluster, host_of, tmp_path):
    host, _ = host_of()
    run = host.start(COMMAND, tmp_path / "log")
    cluster.alive.clear()
    assert run.poll() == -9
    assert "No worker is left" in (tmp_path / "log").read_text()


def test_ending_a_run_ends_its_lease(cluster, host_of, tmp_path):
    host, _ = host_of()
    run = host.start(COMMAND, tmp_path / "log")
    run.terminate()
    assert list(cluster.leases.values()) == [ENDED]
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(0)
    cluster.futures[0].outcome = result(130)
    assert run.wait(1) == 130


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--cluster", "local:none"], 1, "'none' is no number of workers"),
        (["--cluster", "tcp://127.0.0.1:1"], 1, "there is no scheduler"),
        (["--worker", "gpu"], 2, "--worker is for a run with --cluster"),
    ],
)
def test_wrong_clusters_are_reported(make_job, monkeypatch, capsys, words, code, message):
    pytest.importorskip("distributed")
    monkeypatch.setattr("calibrate.runtime.executors.cluster_connection._CONNECT", 0.5)
    job = make_job()
    monkeypatch.chdir(job.parent)
    assert run(["run", str(job), *words, "-q"]) == code
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_batch_on_workers_gives_what_one_machine_gives(make_job, tmp_path, monkeypatch):
    """One of two real workers, which do not see this machine's files, is killed on the way."""
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    jobs = [str(make_job(name)) for name in ("one", "two")]
    assert run(["run", *jobs, "--output-dir", "here", "-q"]) == 0
    monkeypatch.setattr("calibrate.commands.batch.cluster_host._is_shared", lambda *_: False)
    with scheduler(tmp_path) as address:
        first = start_worker(address, tmp_path / "a")
        start_worker(address, tmp_path / "b")
        wait_for_workers(address, 2)
        killer = subprocess.Popen(
            [sys.executable, "-c", f"import os, time; time.sleep(8); os.kill({first}, 9)"]
        )
        assert run(["run", *jobs, "--cluster", address, "--output-dir", "there", "-q"]) == 0
        killer.wait()
    for name in ("job", "job-2"):
        here, there = (tmp_path / place / name for place in ("here", "there"))
        assert (here / "model.bin").read_bytes() == (there / "model.bin").read_bytes()
        assert comparable(here / "report.json") == comparable(there / "report.json")
