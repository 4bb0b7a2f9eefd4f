"""Times are measured on the machine that the config names, alone there."""

import fcntl

import pytest

from calibrate.core.costs import Costs
from calibrate.errors import CalibrateError
from calibrate.runtime.benchmark import Settings
from calibrate.runtime.executors.cluster import WorkerLost
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.timing_host import TimingHost, timing_worker
from calibrate.runtime.executors.worker_folder import machine_timing_lock
from calibrate.runtime.executors.worker_tasks import WorkerFacts
from calibrate.runtime.timer import ThisMachine
from calibrate.runtime.timing_effort import Effort
from calibrate.runtime.timing_lock import TimingLock


@pytest.fixture
def timing_host(pool, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    return TimingHost(pool.cluster, pool.workers[1], OutgoingFiles(files))


def compared(timing_host, world, models):
    costs = Costs(lambda: 0.0)
    comparison = timing_host.compare(
        models, world.tensors.first(4), costs, effort=Effort(0.02, rounds=2), settings=Settings()
    )
    return comparison, costs


def test_models_are_timed_by_name_and_counted(timing_host, world, classifier_model):
    models = {"fp32": classifier_model(), "other": classifier_model(noise=0.1)}
    comparison, costs = compared(timing_host, world, models)
    assert list(comparison.timings) == ["fp32", "other"]
    assert comparison.timings["other"].latency_ms > 0
    assert costs.total.compilations == 4
    assert costs.total.inferences > 8
    assert timing_host.machine.worker == timing_host.worker.name


def test_nodes_are_those_of_this_machine(timing_host, world, classifier_model):
    model, few, costs = classifier_model(), world.tensors.first(4), Costs(lambda: 0.0)
    (there,), _ = timing_host.profiles([model], few, costs, "f32")
    (here,), _ = ThisMachine().profiles([model], few, costs, "f32")
    assert [(node.names, node.primitive) for node in there] == [
        (node.names, node.primitive) for node in here
    ]


def test_other_work_of_the_machine_pauses(timing_host, world, classifier_model, monkeypatch):
    """This process works on the timing host itself, and lets go while it waits."""
    taken = []
    timed = ThisMachine.compare

    def compare(*arguments, **named):
        with machine_timing_lock().open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                taken.append(True)
        return timed(*arguments, **named)

    monkeypatch.setattr(ThisMachine, "compare", compare)
    with TimingLock(machine_timing_lock()) as lock:
        timing_host.apart = lock.apart
        compared(timing_host, world, {"fp32": classifier_model()})
        assert taken == [True]
        with machine_timing_lock().open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it works again


def test_nothing_is_timed_elsewhere_if_the_host_is_lost(
    timing_host, world, classifier_model, monkeypatch
):
    def lost(*_):
        raise WorkerLost("it gives no sign of life")

    monkeypatch.setattr(type(timing_host.cluster), "wait", lost)
    with pytest.raises(CalibrateError, match="is lost: it gives no sign of life") as caught:
        compared(timing_host, world, {"fp32": classifier_model()})
    assert caught.value.where == "deployment.timing_host"


WORKERS = tuple(
    WorkerFacts(f"tcp://{name}", name, host, 2, "cpu", instructions, {})
    for name, host, instructions in (
        ("a", "one", "avx2"),
        ("b", "two", "avx2"),
        ("c", "two", "avx512_core_vnni"),
    )
)


@pytest.mark.parametrize(("label", "name"), [("a", "a"), ("one", "a"), ("two", "b"), ("b", "b")])
def test_the_timing_host_is_a_name_or_a_host(label, name):
    assert timing_worker(WORKERS, label, "avx2").name == name


@pytest.mark.parametrize(
    ("label", "message", "hint"),
    [
        ("d", "no worker of the cluster is called d", "a on one, b on two, c on two"),
        ("c", "has avx512_core_vnni, and accuracy is judged on a machine with avx2", "not mixed"),
    ],
)
def test_an_unfit_timing_host_is_refused(label, message, hint):
    with pytest.raises(CalibrateError, match=message) as caught:
        timing_worker(WORKERS, label, "avx2")
    assert caught.value.where == "deployment.timing_host"
    assert hint in caught.value.hint
