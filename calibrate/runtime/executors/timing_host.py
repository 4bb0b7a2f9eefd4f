"""Time models on the worker that the config names as its timing host."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.runtime.benchmark import Comparison, Settings
from calibrate.runtime.executors.cluster import Cluster, WorkerLost
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.portable import FileMissing
from calibrate.runtime.executors.timing_worker import (
    NodeByNode,
    SideBySide,
    TimingAnswer,
    TimingJob,
    time_models,
)
from calibrate.runtime.executors.worker_tasks import WorkerFacts
from calibrate.runtime.timer import Profiles, TimingMachine
from calibrate.runtime.timing_effort import Effort

KEY = "deployment.timing_host"


@dataclass(slots=True)
class TimingHost:
    """Sends what is to be timed to one worker; nothing is timed elsewhere if it is lost.

    Attributes:
        cluster: the connection.
        worker: on the machine that times.
        files: of the run.
        apart: entered while that machine times, so that this process does not count as work on it.
        waited: seconds for which others on that machine were waited for.
    """

    cluster: Cluster
    worker: WorkerFacts
    files: OutgoingFiles
    apart: Callable[[], AbstractContextManager[None]] = nullcontext
    waited: float = 0.0

    @property
    def machine(self) -> TimingMachine | None:
        """See `Timer.machine`."""
        worker = self.worker
        return TimingMachine(worker.name, worker.host, worker.cpu, worker.cores)

    def compare(
        self,
        models: Mapping[str, ov.Model],
        tensors: Tensors,
        costs: Costs,
        *,
        effort: Effort,
        settings: Settings,
    ) -> Comparison:
        """See `Timer.compare`.

        Raises:
            CalibrateError: the worker is lost.
        """
        result: Comparison = self._timed(models, tensors, costs, SideBySide(effort, settings))
        return result

    def profiles(
        self, models: Sequence[ov.Model], tensors: Tensors, costs: Costs, compute_type: ComputeType
    ) -> Profiles:
        """See `Timer.profiles`.

        Raises:
            CalibrateError: the worker is lost.
        """
        named = {str(place): model for place, model in enumerate(models)}
        result: Profiles = self._timed(named, tensors, costs, NodeByNode(compute_type))
        return result

    def _timed(
        self,
        models: Mapping[str, ov.Model],
        tensors: Tensors,
        costs: Costs,
        measure: SideBySide | NodeByNode,
    ) -> Any:  # noqa: ANN401  # by `measure`
        job = TimingJob(
            {name: self.files.model(model) for name, model in models.items()},
            self.files.pickled(tensors),
            measure,
        )
        try:
            answer = self._answer(job)
        except (WorkerLost, FileMissing) as error:
            raise CalibrateError(
                f"the timing host {self.worker.name} on {self.worker.host} is lost: "
                f"{error.message}",
                where=KEY,
                hint="what was measured is kept: start its worker and the same command again",
            ) from error
        self.waited += answer.waited
        costs.spend(compilations=answer.compilations, inferences=answer.inferences)
        return answer.result

    def _answer(self, job: TimingJob) -> TimingAnswer:
        address = self.worker.address
        self.cluster.send(address, {digest: self.files.paths[digest] for digest in job.files})
        with self.apart():
            future = self.cluster.submit(address, time_models, job)
            answer: TimingAnswer = self.cluster.wait(address, future)
        return answer


def timing_worker(workers: Sequence[WorkerFacts], label: str, instruction_set: str) -> WorkerFacts:
    """Return the worker on the machine that times.

    Args:
        workers: of the cluster.
        label: name or host of the worker; of several on one host the first times, alone there.
        instruction_set: of the machine that judges accuracy.

    Raises:
        CalibrateError: there is none, or it computes with other instructions.
    """
    worker = next((worker for worker in workers if label in (worker.name, worker.host)), None)
    if worker is None:
        known = ", ".join(f"{worker.name} on {worker.host}" for worker in workers)
        raise CalibrateError(
            f"no worker of the cluster is called {label}",
            where=KEY,
            hint=f"there are: {known}; without the key, times are taken where the run is made",
        )
    if worker.instruction_set != instruction_set:
        raise CalibrateError(
            f"the timing host {worker.name} on {worker.host} has {worker.instruction_set}, and "
            f"accuracy is judged on a machine with {instruction_set}",
            where=KEY,
            hint="results of different instruction sets are not mixed: start the run on a machine "
            "like the timing host",
        )
    return worker
