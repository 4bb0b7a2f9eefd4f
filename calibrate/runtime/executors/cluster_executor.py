"""Evaluation on the workers of a cluster; a lost worker costs the jobs that it had."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from calibrate.runtime.executors.base import Catalog, EvaluationRequest, completed
from calibrate.runtime.executors.cluster import WorkerLost
from calibrate.runtime.executors.evaluation_worker import evaluate
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.portable import EvaluationAnswer, EvaluationJob, FileMissing
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.executors.worker_tasks import WorkerFacts
from calibrate.runtime.inference import THROUGHPUT


class ClusterExecutor:
    """Sends each request to a free worker and waits; requests of several threads run at once.

    Args:
        catalog: the models, samples and judges that requests may name.
        pool: the workers.
        files: the files of the run's evaluations.
        properties: of the CPU plugin.
        wanted: the only worker to use; by default any.
    """

    def __init__(
        self,
        catalog: Catalog,
        pool: WorkerPool,
        files: OutgoingFiles,
        properties: Mapping[str, Any] = THROUGHPUT,
        *,
        wanted: WorkerFacts | None = None,
    ) -> None:
        self._catalog = catalog
        self._pool = pool
        self._files = files
        self._properties = properties
        self._wanted = wanted
        self.seconds = 0.0
        """Wall clock of the evaluations on the workers."""

    def submit(self, request: EvaluationRequest) -> "Future[tuple[object, ...]]":
        """See `Executor.submit`; the future is done when this returns.

        It raises `NoWorkerLeft` if every worker was lost.
        """
        return completed(lambda: self._answered(request))

    def _answered(self, request: EvaluationRequest) -> tuple[object, ...]:
        job = self._files.job(self._catalog, request, self._properties)
        while True:
            with self._pool.worker(self._wanted) as worker:
                try:
                    answer = self._on(worker, job)
                except WorkerLost as error:
                    self._pool.exclude(worker, error.message)
                    self._pool.count_repeated()
                    continue
            self._pool.count(worker, answer.cpu_seconds)
            self._catalog.costs.spend(
                compilations=answer.compilations, inferences=answer.inferences
            )
            self.seconds += answer.seconds
            return answer.answers

    def _on(self, worker: WorkerFacts, job: EvaluationJob) -> EvaluationAnswer:
        """Return the answer of one worker, which gets what it lacks of the job's files.

        Raises:
            WorkerLost: it died, is cut off, or its disk is full.
            CalibrateError: the evaluation fails, as it would anywhere.
        """
        try:
            return self._sent(worker, job)
        except FileMissing:
            self._pool.files(worker).clear()
            try:
                return self._sent(worker, job)
            except FileMissing as error:
                raise WorkerLost(f"it does not keep files: {error.message}") from error

    def _sent(self, worker: WorkerFacts, job: EvaluationJob) -> EvaluationAnswer:
        cluster, known = self._pool.cluster, self._pool.files(worker)
        missing = {d: self._files.paths[d] for d in job.files if d not in known}
        if missing:
            cluster.send(worker.address, missing)
            known.update(missing)
        future = cluster.submit(worker.address, evaluate, job)
        answer: EvaluationAnswer = cluster.wait(worker.address, future)
        return answer
