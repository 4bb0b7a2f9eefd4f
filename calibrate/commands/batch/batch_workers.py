"""The workers of a batch: free, busy and excluded ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from calibrate.runtime.executors.cluster import Cluster
from calibrate.runtime.executors.worker_tasks import WorkerFacts


@dataclass(slots=True)
class BatchWorkers:
    """The workers of a batch; each makes one run at a time.

    Attributes:
        cluster: the connection.
        workers: workers to use.
        shared: whether they share this machine's file system.
        note: called with a message about lost workers.
        runs_of_worker: runs begun on each worker, by its name.
        kept_runs: keys of runs that were stopped on workers, by address; there they continue.
    """

    cluster: Cluster
    workers: tuple[WorkerFacts, ...]
    shared: bool
    note: Callable[[str], None]
    runs_of_worker: dict[str, int] = field(default_factory=dict)
    kept_runs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _excluded: set[str] = field(default_factory=set)

    def take(self, key: str = "") -> WorkerFacts | None:
        """Reserve a free worker and return it; None if there is none now.

        Args:
            key: of the run; if a worker has kept it, only that worker is returned.
        """
        usable = self._usable()
        keeping = [w for w in usable if key in self.kept_runs.get(w.address, ())]
        for worker in keeping or usable:
            if worker.address not in self._busy:
                self._busy.add(worker.address)
                self.runs_of_worker[worker.name] = self.runs_of_worker.get(worker.name, 0) + 1
                return worker
        return None

    def give_back(self, worker: WorkerFacts) -> None:
        """Free a worker."""
        self._busy.discard(worker.address)

    def exclude(self, worker: WorkerFacts, reason: str) -> None:
        """Exclude a worker from further use."""
        self._excluded.add(worker.address)
        self.give_back(worker)
        self.note(f"worker {worker.name} on {worker.host} is not used any more: {reason}")

    @property
    def usable(self) -> int:
        """The number of workers that are alive and not excluded."""
        return len(self._usable())

    def _usable(self) -> list[WorkerFacts]:
        alive = self.cluster.addresses()
        return [
            worker
            for worker in self.workers
            if worker.address in alive and worker.address not in self._excluded
        ]
