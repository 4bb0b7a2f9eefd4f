"""Workers on hosts of their own: network namespaces of this machine, joined by a bridge.

One worker is cut off on the way, one is killed, one has a full disk and one other versions; what
is left evaluates to the same result. Needs root and takes minutes:
`CALIBRATE_FAULTS=long pytest tests/faults/test_network_namespaces.py`.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from calibrate.cli.main import run
from calibrate.commands.batch import cluster_host
from calibrate.core.costs import Costs
from calibrate.core.precision import INT8, Candidate
from calibrate.errors import CalibrateError
from calibrate.evaluation.candidate_evaluator import CandidateEvaluator
from calibrate.evaluation.observe import observe_reference
from calibrate.evaluation.remote_evaluations import EvaluationWorkers, RemoteEvaluations
from calibrate.runtime.executors import cluster as cluster_module
from calibrate.runtime.executors.cluster import Cluster
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.portable import Assembly
from calibrate.runtime.executors.worker_choice import check_versions
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.executors.worker_tasks import own_versions
from calibrate.runtime.inference import THROUGHPUT, Network
from tests.fixtures.worker_processes import comparable, wait_for_workers

ROOT = Path(__file__).parents[2]
BRIDGE, SUBNET, PORT = "caltbr", "10.213.77", 48786
NAMES = ("cut", "killed", "full", "sound")
CANDIDATES = [Candidate.only(4, index, INT8) for index in range(4)]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("CALIBRATE_FAULTS") != "long", reason="CALIBRATE_FAULTS=long"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="there is no `ip` (iproute2)"),
]


def sh(line: str) -> None:
    subprocess.run(line.split(), check=True, capture_output=True)


def start(*words: str, **environment: str) -> subprocess.Popen:
    path = os.pathsep.join([*environment.pop("path", "").split(), str(ROOT)])
    return subprocess.Popen(words, env={**os.environ, "PYTHONPATH": path, **environment}, **QUIET)


@pytest.fixture
def network():
    """A bridge with a namespace for each worker; everything is removed at the end."""
    with ExitStack() as undo:

        def ended(line: str) -> None:
            undo.callback(subprocess.run, line.split(), check=False, capture_output=True)

        try:
            sh(f"ip link add {BRIDGE} type bridge")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no bridge can be made here: {error.stderr.decode().strip()}")
        ended(f"ip link del {BRIDGE}")
        sh(f"ip addr add {SUBNET}.1/24 dev {BRIDGE}")
        sh(f"ip link set {BRIDGE} up")
        for number, name in enumerate((*NAMES, "other"), 2):
            sh(f"ip netns add calt-{name}")
            ended(f"ip netns del calt-{name}")
            sh(f"ip link add calt{number} type veth peer name eth0 netns calt-{name}")
            sh(f"ip link set calt{number} master {BRIDGE} up")
            sh(f"ip netns exec calt-{name} ip addr add {SUBNET}.{number}/24 dev eth0")
            sh(f"ip netns exec calt-{name} ip link set eth0 up")
            sh(f"ip netns exec calt-{name} ip link set lo up")
        yield


@pytest.fixture
def processes(network, tmp_path):
    """The scheduler and the workers by name; the one of the full disk has 512 KiB."""
    address = f"tcp://{SUBNET}.1:{PORT}"
    started = {
        "scheduler": start(
            sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard",
            "--host", f"{SUBNET}.1", "--port", str(PORT),
        )
    }  # fmt: skip
    (tmp_path / "full").mkdir()
    sh(f"mount -t tmpfs -o size=512k tmpfs {tmp_path / 'full'}")
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import calibrate.version\ncalibrate.version.__version__ = '9.9'\n"
    )
    for number, name in enumerate((*NAMES, "other"), 2):
        folder, scratch = tmp_path / name, tmp_path / f"{name}-scratch"
        folder.mkdir(exist_ok=True)
        started[name] = start(
            "ip", "netns", "exec", f"calt-{name}", sys.executable,
            "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny",
            "--host", f"{SUBNET}.{number}", "--name", name, "--no-dashboard",
            "--local-directory", str(scratch),
            TMPDIR=str(folder), path=str(patch) if name == "other" else "",
        )  # fmt: skip
    try:
        yield started
    finally:
        for process in started.values():
            process.kill()
            process.wait()
        sh(f"umount -l {tmp_path / 'full'}")


def test_the_result_is_the_same_whatever_happens_to_workers(
    processes, world, classifier_model, tmp_path, monkeypatch
):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_module, "SILENCE", 15.0)
    with distributed.Client(
        f"tcp://{SUBNET}.1:{PORT}", timeout=120, set_as_default=False
    ) as client:
        client.wait_for_workers(len(NAMES) + 1, timeout=240)
        cluster = Cluster(client)
        # One has another version: it is refused by name before any work.
        with pytest.raises(CalibrateError, match=r"other \(.*has calibrate 9\.9"):
            check_versions(cluster.workers(), own_versions())
        processes["other"].kill()
        wait_until(lambda: len(cluster.addresses()) == len(NAMES))

        notes: list[str] = []
        pool = WorkerPool(cluster, cluster.workers(), notes.append)
        (tmp_path / "full" / "filler").write_bytes(b"0" * (500 << 10))
        here, there, costs = evaluators(world, classifier_model, pool, tmp_path)
        assert there.observe(CANDIDATES[0], range(30)) == here.observe(CANDIDATES[0], range(30))
        processes["killed"].kill()
        sh(f"ip link set calt{2 + NAMES.index('cut')} down")
        for candidate in CANDIDATES[1:]:
            assert there.observe(candidate, range(30)) == here.observe(candidate, range(30))
            values = there.divergence(candidate, range(30), lambda _: False)
            assert list(values) == list(here.divergence(candidate, range(30), lambda _: False))
        assert [worker.name for worker in pool.usable] == ["sound"]
        assert sorted(note.split()[1] for note in notes) == ["cut", "full", "killed"]
        # Every sample was observed once and compared once; what lost workers did is not counted.
        assert costs.total.inferences == 30 * (1 + 2 * len(CANDIDATES[1:]))


@pytest.mark.exhaustive
def test_a_batch_gives_the_same_results_whatever_happens_to_workers(
    processes, make_job, tmp_path, monkeypatch, capsys
):
    """Three runs begin on the worker to be cut off, the one to be killed, and that of the disk."""
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster_module, "SILENCE", 15.0)
    monkeypatch.setattr(cluster_host, "_is_shared", lambda *_: False)
    jobs = [str(make_job(name)) for name in ("one", "two", "three")]
    assert run(["run", *jobs, "--output-dir", "here", "-q"]) == 0
    (tmp_path / "full" / "filler").write_bytes(b"0" * (500 << 10))
    address = f"tcp://{SUBNET}.1:{PORT}"
    there = ["run", *jobs, "--cluster", address, "--output-dir", "there"]
    wait_for_workers(address, len(NAMES) + 1, timeout=240)
    assert run([*there, "-q"]) == 1
    assert "has calibrate 9.9" in capsys.readouterr().err
    processes["other"].kill()
    processes["other"].wait()

    def strike() -> None:
        for name in ("cut", "killed"):
            wait_until(lambda: list((tmp_path / name).glob("*/runs/*/root")))  # noqa: B023
        time.sleep(5)
        processes["killed"].kill()
        sh(f"ip link set calt{2 + NAMES.index('cut')} down")

    striking = threading.Thread(target=strike)
    striking.start()
    assert run([*there, "--no-progress"]) == 0
    striking.join()
    lost = [line.split()[2] for line in capsys.readouterr().err.splitlines() if "not used" in line]
    assert sorted(lost) == ["cut", "full", "killed"]
    for name in ("job", "job-2", "job-3"):
        first, second = (tmp_path / place / name for place in ("here", "there"))
        assert (first / "model.bin").read_bytes() == (second / "model.bin").read_bytes()
        assert comparable(first / "report.json") == comparable(second / "report.json")


def evaluators(world, classifier_model, pool, folder):
    network = Network(classifier_model(), Costs(lambda: 0.0))
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, lambda: None)
    models = {str(index): classifier_model(noise=0.1 * index) for index in range(5)}

    def assemble(candidate, costs):
        name = str(candidate.precisions.index(INT8) + 1) if INT8 in candidate.precisions else "0"
        return Assembly(take(name), {name: models[name]}, costs)

    def compose(candidate):
        return assemble(candidate, world.costs)()

    outgoing = folder / "outgoing"
    outgoing.mkdir()
    costs = Costs(lambda: 0.0)
    workers = EvaluationWorkers(pool, OutgoingFiles(outgoing))
    remote = RemoteEvaluations(workers, assemble, reference, costs, lambda _: THROUGHPUT)
    here = CandidateEvaluator(compose, reference, world.costs)
    return here, CandidateEvaluator(compose, reference, costs, remote=remote), costs


def take(name: str):
    """A build that takes one of the parts."""
    return lambda parts, costs: parts[name]


def wait_until(true) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.5)
