"""Evaluations of candidates on the workers of a cluster, equal to those of this process."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.evaluation.reference import Reference
from calibrate.evaluation.remote_judges import DIVERGES, OBSERVES, OUTPUTS, Assemble, judges_of
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, sample_name
from calibrate.runtime.executors.cluster_executor import ClusterExecutor
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.this_process import ThisProcess
from calibrate.runtime.executors.timing_host import TimingHost
from calibrate.runtime.executors.worker_pool import NoWorkerLeft, WorkerPool
from calibrate.runtime.executors.worker_tasks import WorkerFacts

_FEWEST, _MOST = 16, 64
"""Samples in one request: a worker compiles the model for them, and a crash loses them."""


@dataclass(frozen=True, slots=True)
class EvaluationWorkers:
    """The workers of a run, and the files that it sends to them.

    Attributes:
        pool: workers that compute as this machine does; empty where none evaluates for the search.
        files: files of the run.
        by_instruction_set: workers with other instruction sets, which evaluate for `targets`.
        timing: times on the worker that the config names; None to time in this process.
    """

    pool: WorkerPool
    files: OutgoingFiles
    by_instruction_set: Mapping[str, WorkerPool] = field(default_factory=dict)
    timing: TimingHost | None = None


Properties = Callable[[Candidate], Mapping[str, Any]]
"""Returns the properties of the CPU plugin for a candidate."""


@dataclass(slots=True)
class RemoteEvaluations:
    """Sends evaluations to workers; all methods may be called from several threads.

    Attributes:
        workers: workers that evaluate.
        assemble: returns the parts of a candidate's model, with the ledger that its build uses.
        reference: reference of the FP32 model.
        costs: the ledger of the run.
        properties: properties of the CPU plugin, for a candidate.
        batch: samples of one inference.
    """

    workers: EvaluationWorkers
    assemble: Assemble
    reference: Reference
    costs: Costs
    properties: Properties
    batch: int = 1
    _here: threading.Lock = field(default_factory=threading.Lock)
    _noted: bool = False

    def __len__(self) -> int:
        """Return the number of evaluations that run at once."""
        return max(1, len(self.workers.pool))

    def can_evaluate(self, candidate: Candidate) -> bool:
        """Return whether a candidate can be evaluated on workers."""
        return self.assemble(candidate, self.costs) is not None

    def divergences(
        self, candidate: Candidate, indices: Sequence[int]
    ) -> tuple[NDArray[np.float64], Spent]:
        """Measure each sample's divergence from FP32, [N] in the order of `indices`; its cost."""
        answers, spent = self._evaluated(candidate, indices, DIVERGES)
        return np.array(answers, np.float64), spent

    def observe(self, candidate: Candidate, indices: Sequence[int]) -> tuple[Observation, Spent]:
        """Observe samples; also return the cost."""
        observation = Observation()
        answers, spent = self._evaluated(candidate, indices, OBSERVES)
        for answer in answers:
            observation.update(answer)
        return observation, spent

    def parts(self, indices: Sequence[int]) -> list[Sequence[int]]:
        """Divide samples among the workers; every part fills whole batches but for the last."""
        share = min(_MOST, max(_FEWEST, ceil(len(indices) / len(self))))
        size = ceil(share / self.batch) * self.batch
        return [indices[start : start + size] for start in range(0, len(indices), size)]

    def exclude_unequal(self, candidates: Sequence[Candidate], indices: Sequence[int]) -> None:
        """Exclude workers whose outputs differ by a bit from those of this process.

        Args:
            candidates: models to compare the outputs of.
            indices: of the samples to compare them on.
        """
        for candidate in candidates:
            catalog, request = self._request(candidate, indices, OUTPUTS, self.costs)
            properties = self.properties(candidate)
            expected = ThisProcess(catalog, properties).submit(request).result()

            def check(worker: WorkerFacts) -> None:
                pool, files = self.workers.pool, self.workers.files
                executor = ClusterExecutor(catalog, pool, files, properties, wanted=worker)  # noqa: B023  # called in this turn
                try:
                    answers = executor.submit(request).result()  # noqa: B023
                except NoWorkerLeft:
                    return  # excluded meanwhile, with its reason
                if answers != expected:  # noqa: B023
                    pool.exclude(worker, "its outputs differ from this machine's")

            usable = self.workers.pool.usable
            with ThreadPoolExecutor(max(1, len(usable))) as threads:
                for done in [threads.submit(check, worker) for worker in usable]:
                    done.result()

    def _evaluated(
        self, candidate: Candidate, indices: Sequence[int], judge: str
    ) -> tuple[tuple[Any, ...], Spent]:
        """Return the judge's answers and their cost, which is counted."""
        costs = Costs(self.costs.clock)
        catalog, request = self._request(candidate, indices, judge, costs)
        properties = self.properties(candidate)
        executor = ClusterExecutor(catalog, self.workers.pool, self.workers.files, properties)
        try:
            answers = executor.submit(request).result()
            seconds = executor.seconds
        except NoWorkerLeft:
            with self._here:
                self._note_loss()
                begun = self.costs.clock()
                answers = ThisProcess(catalog, properties).submit(request).result()
                seconds = self.costs.clock() - begun
        total = costs.total
        self.costs.spend(compilations=total.compilations, inferences=total.inferences)
        return answers, Spent(seconds, total.compilations, total.inferences)

    def _request(
        self, candidate: Candidate, indices: Sequence[int], judge: str, costs: Costs
    ) -> tuple[Catalog, EvaluationRequest]:
        assembly = self.assemble(candidate, costs)
        assert assembly is not None  # noqa: S101  # see `can_evaluate`
        tensors = self.reference.tensors
        name = "-".join(map(str, candidate.precisions))
        catalog = Catalog({name: assembly}, tensors, judges_of(self.reference), costs)
        samples = tuple(sample_name(tensors, index) for index in indices)
        return catalog, EvaluationRequest(name, samples, judge)

    def _note_loss(self) -> None:
        if not self._noted:
            self._noted = True
            self.workers.pool.note("no worker is left: evaluation continues in this process")
