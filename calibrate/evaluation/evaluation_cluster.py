"""Connect a run to the workers of a cluster, each for the tasks that it can do exactly."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from calibrate.core.temporary import temporary_folder
from calibrate.errors import CalibrateError
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.cluster import Cluster
from calibrate.runtime.executors.cluster_connection import connect
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.timing_host import KEY, TimingHost, timing_worker
from calibrate.runtime.executors.worker_choice import check_versions, choose_workers
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.executors.worker_tasks import WorkerFacts, own_versions


@dataclass(frozen=True, slots=True)
class ClusterUse:
    """The tasks for which a run uses workers.

    Attributes:
        spec: `local`, `local:N` or a scheduler's address; None for no cluster.
        labels: names or hosts of the workers that evaluate; empty for all.
        timing_host: name or host of the worker that times; None to time in this process.
        evaluates: False if workers only time and evaluate for targets, because the whole run is on
            a worker already.
    """

    spec: str | None
    labels: Sequence[str] = ()
    timing_host: str | None = None
    evaluates: bool = True


@contextmanager
def evaluation_cluster(
    use: ClusterUse, note: Callable[[str], None]
) -> Iterator[EvaluationWorkers | None]:
    """Connect to the workers for the duration of the context.

    Args:
        use: the tasks of the workers.
        note: called with a message about workers that are not used.

    Raises:
        CalibrateError: there is no such cluster or worker, versions differ, or no worker can
            evaluate or time for this machine.
    """
    if use.spec is None:
        _refuse_absent_host(use.timing_host)
        yield None
        return
    with connect(use.spec) as cluster, temporary_folder() as folder:
        workers = cluster.workers()
        check_versions(workers, own_versions())
        yield _workers(cluster, workers, use, note, folder)


def _refuse_absent_host(label: str | None) -> None:
    """Refuse a timing host that cannot be reached without a cluster.

    Raises:
        CalibrateError: it is not this machine.
    """
    here = socket.gethostname()
    if label not in (None, here):
        raise CalibrateError(
            f"times are to be measured on {label}, and this run on {here} has no cluster",
            where=KEY,
            hint="name the scheduler of its worker with --cluster, or remove the key",
        )


def _workers(
    cluster: Cluster,
    workers: tuple[WorkerFacts, ...],
    use: ClusterUse,
    note: Callable[[str], None],
    folder: Path,
) -> EvaluationWorkers:
    here = this_cpu().instruction_set
    files = OutgoingFiles(folder)
    timing = None
    if use.timing_host is not None:
        timing = TimingHost(cluster, timing_worker(workers, use.timing_host, here), files)
    chosen = choose_workers(workers, use.labels)
    sets = dict.fromkeys(worker.instruction_set for worker in workers)
    by_set = {
        name: WorkerPool(cluster, tuple(w for w in workers if w.instruction_set == name), note)
        for name in sets
        if name != here
    }
    evaluating = _of_this_instruction_set(chosen, note) if use.evaluates else ()
    if use.evaluates and not evaluating and timing is None:
        raise CalibrateError(
            f"no worker has the instruction set of this machine, {here}",
            where="--cluster",
            hint="results of different instruction sets differ; start the command on a machine "
            "that is like the workers",
        )
    return EvaluationWorkers(WorkerPool(cluster, evaluating, note), files, by_set, timing)


def _of_this_instruction_set(
    workers: Sequence[WorkerFacts], note: Callable[[str], None]
) -> tuple[WorkerFacts, ...]:
    """Return the workers that compute with this machine's instructions."""
    here = this_cpu().instruction_set
    fitting = tuple(worker for worker in workers if worker.instruction_set == here)
    for worker in workers:
        if worker not in fitting:
            note(
                f"worker {worker.name} on {worker.host} does not evaluate for the search: it has "
                f"{worker.instruction_set}, this machine {here}"
            )
    return fitting
