"""The workers that evaluate for one run: who is free, who has which files, who was lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.cluster import Cluster
from calibrate.runtime.executors.worker_tasks import WorkerFacts


class NoWorkerLeft(CalibrateError):
    """All workers were lost or are unfit."""


@dataclass(slots=True)
class WorkerPool:
    """Workers of one cluster; each does one thing at a time.

    A thread gets the worker that it had before, so that a model compiled there is used again.

    Attributes:
        cluster: the connection.
        workers: to use, in order.
        note: called with a message about excluded workers.
        evaluations: jobs answered by each worker, by its name.
        repeated: jobs that were sent again since their worker was lost.
        cpu_seconds: processor time of the workers' evaluations.
    """

    cluster: Cluster
    workers: tuple[WorkerFacts, ...]
    note: Callable[[str], None]
    evaluations: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    cpu_seconds: float = 0.0
    _busy: set[str] = field(default_factory=set)
    _excluded: set[str] = field(default_factory=set)
    _files: dict[str, set[str]] = field(default_factory=dict)
    _owner: dict[str, int] = field(default_factory=dict)
    _free: threading.Condition = field(default_factory=threading.Condition)

    def __len__(self) -> int:
        return len(self.workers) - len(self._excluded)

    @property
    def usable(self) -> tuple[WorkerFacts, ...]:
        """The workers that are not excluded."""
        return tuple(w for w in self.workers if w.address not in self._excluded)

    @contextmanager
    def worker(self, wanted: WorkerFacts | None = None) -> Iterator[WorkerFacts]:
        """Wait for a free worker and keep it for the duration of the context.

        Args:
            wanted: this one alone; by default the one that this thread had before, else one that
                no other thread has, else any.

        Raises:
            NoWorkerLeft: no worker is left, or the one wanted is excluded.
        """
        with self._free:
            while (chosen := self._choice(wanted)) is None:
                self._free.wait()
            self._busy.add(chosen.address)
            self._owner[chosen.address] = threading.get_ident()
        try:
            yield chosen
        finally:
            with self._free:
                self._busy.discard(chosen.address)
                self._free.notify_all()

    def _choice(self, wanted: WorkerFacts | None) -> WorkerFacts | None:
        candidates = [w for w in self.usable if wanted is None or w.address == wanted.address]
        if not candidates:
            raise NoWorkerLeft("no worker is left")
        free = [w for w in candidates if w.address not in self._busy]
        this_thread = threading.get_ident()

        def rank(worker: WorkerFacts) -> int:
            owner = self._owner.get(worker.address)
            return 0 if owner == this_thread else 1 if owner is None else 2

        return min(free, key=rank, default=None)

    def exclude(self, worker: WorkerFacts, reason: str) -> None:
        """Use a worker no more."""
        with self._free:
            if worker.address in self._excluded:
                return
            self._excluded.add(worker.address)
            self._free.notify_all()
        self.note(f"worker {worker.name} on {worker.host} is not used any more: {reason}")

    def files(self, worker: WorkerFacts) -> set[str]:
        """Return the digests of the files that a worker is known to have; for its holder alone."""
        return self._files.setdefault(worker.address, set())

    def count(self, worker: WorkerFacts, cpu_seconds: float) -> None:
        """Count an answered job."""
        with self._free:
            self.evaluations[worker.name] = self.evaluations.get(worker.name, 0) + 1
            self.cpu_seconds += cpu_seconds

    def count_repeated(self) -> None:
        """Count a job that has to be sent again."""
        with self._free:
            self.repeated += 1
