"""Run a batch on the workers of a cluster instead of in local processes."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from calibrate.commands.batch.batch_workers import BatchWorkers
from calibrate.commands.batch.child import Child
from calibrate.commands.batch.cluster_run import ClusterRun
from calibrate.models.write import write_text
from calibrate.runtime.executors import remote_run, worker_tasks
from calibrate.runtime.executors.cluster import Cluster, WorkerLost
from calibrate.runtime.executors.cluster_connection import connect
from calibrate.runtime.executors.worker_choice import check_versions, choose_workers
from calibrate.runtime.executors.worker_tasks import WorkerFacts


@dataclass(frozen=True, slots=True)
class ClusterHost:
    """Starts runs on free workers.

    Attributes:
        workers: workers of the batch.
    """

    workers: BatchWorkers

    def start(self, command: Sequence[str], log: Path) -> Child:
        """Start `calibrate` with these arguments on a free worker."""
        run = ClusterRun(self.workers, tuple(command), log)
        run.begin()
        return run


@contextmanager
def cluster_host(
    spec: str, labels: Sequence[str], folder: Path, note: Callable[[str], None]
) -> Iterator["ClusterHost"]:
    """Connect to the workers of a cluster for the duration of the context.

    Args:
        spec: `local`, `local:N`, or a scheduler's address.
        labels: names or hosts of the workers to use; empty for all.
        folder: folder of the batch; a file in it shows whether workers share this file system.
        note: called with a message about lost workers.

    Raises:
        CalibrateError: there is no such cluster, no such worker, or versions differ.
    """
    with connect(spec) as cluster:
        workers = cluster.workers()
        check_versions(workers, worker_tasks.own_versions())
        chosen = choose_workers(workers, labels)
        shared = _is_shared(cluster, chosen, folder)
        kept = {worker.address: _kept(cluster, worker) for worker in chosen}
        yield ClusterHost(BatchWorkers(cluster, chosen, shared, note, kept_runs=kept))


def _kept(cluster: Cluster, worker: WorkerFacts) -> frozenset[str]:
    """Return the keys of runs that a worker has kept; none if it is lost."""
    try:
        answer: frozenset[str] = cluster.call(worker.address, remote_run.kept_runs)
    except WorkerLost:
        return frozenset()
    return answer


def _is_shared(cluster: Cluster, workers: Sequence[WorkerFacts], folder: Path) -> bool:
    token = folder.absolute() / ".batch" / "token"
    content = uuid.uuid4().hex
    write_text(content, token)
    try:
        return all(_sees(cluster, worker, token, content) for worker in workers)
    finally:
        token.unlink(missing_ok=True)


def _sees(cluster: Cluster, worker: WorkerFacts, token: Path, content: str) -> bool:
    """Return whether a worker sees a file of this machine; True if it is lost, so not used."""
    try:
        answer: bool = cluster.call(worker.address, worker_tasks.sees, str(token), content)
    except WorkerLost:
        return True
    return answer
