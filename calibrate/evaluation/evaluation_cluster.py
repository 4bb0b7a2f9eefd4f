"""Connect a run to the workers of a cluster that can evaluate exactly as this machine does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from calibrate.core.temporary import temporary_folder
from calibrate.errors import CalibrateError
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.cluster import check_versions, choose_workers, connect
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.executors.worker_tasks import WorkerFacts, own_versions


@contextmanager
def evaluation_cluster(
    spec: str | None, labels: Sequence[str], note: Callable[[str], None]
) -> Iterator[EvaluationWorkers | None]:
    """Connect to the workers for the duration of the context.

    Args:
        spec: `local`, `local:N` or a scheduler's address; None for no cluster.
        labels: names or hosts of the workers to use; empty for all.
        note: called with a message about workers that are not used.

    Raises:
        CalibrateError: there is no such cluster or worker, versions differ, or no worker has the
            instruction set of this machine.
    """
    if spec is None:
        yield None
        return
    with connect(spec) as cluster, temporary_folder() as folder:
        workers = cluster.workers()
        check_versions(workers, own_versions())
        fitting = _of_this_instruction_set(choose_workers(workers, labels), note)
        yield EvaluationWorkers(WorkerPool(cluster, fitting, note), OutgoingFiles(folder))


def _of_this_instruction_set(
    workers: Sequence[WorkerFacts], note: Callable[[str], None]
) -> tuple[WorkerFacts, ...]:
    """Return the workers that compute with this machine's instructions.

    Raises:
        CalibrateError: there is none.
    """
    here = this_cpu().instruction_set
    fitting = tuple(worker for worker in workers if worker.instruction_set == here)
    for worker in workers:
        if worker not in fitting:
            note(
                f"worker {worker.name} on {worker.host} does not evaluate: it has "
                f"{worker.instruction_set}, this machine {here}"
            )
    if not fitting:
        raise CalibrateError(
            f"no worker has the instruction set of this machine, {here}",
            where="--cluster",
            hint="results of different instruction sets differ; start the command on a machine "
            "that is like the workers",
        )
    return fitting
