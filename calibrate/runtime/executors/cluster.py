"""A Dask cluster: facts of its workers, and tasks on one of them."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from calibrate.errors import CalibrateError
from calibrate.runtime.executors import worker_tasks
from calibrate.runtime.executors.lease import LEASES, STAGES
from calibrate.runtime.executors.worker_tasks import WorkerFacts


class FutureTimeoutError(Exception):
    """The result of a function is not there yet."""


class WorkerLost(CalibrateError):
    """A worker died, does not respond, or cannot do its work; another worker may succeed."""


_ANSWER = 120.0
"""Timeout for one part of a file in seconds."""
_GATHER = 600.0
"""Timeout for the transfer of a result in seconds."""
_CHUNK = 4 << 20
"""Bytes of a file sent at once."""
_SMALL = 1 << 20
"""Files up to this size are sent together."""
_LOOK = 1.0
"""Seconds between two looks whether a worker lives."""
SILENCE = 60.0
"""Seconds without a sign of life after which a worker counts as lost."""


@dataclass(slots=True)
class Traffic:
    """The amount of transferred data.

    Attributes:
        bytes: sent to workers.
        files: sent to workers.
    """

    bytes: int = 0
    files: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, size: int, files: int) -> None:
        """Count bytes and files; several threads send at once."""
        with self._lock:
            self.bytes += size
            self.files += files


def _wait_until_done(future: Any, timeout: float) -> None:  # noqa: ANN401  # of distributed
    """Wait for a function to end.

    `Future.result` with a short timeout is not used: it cancels the transfer of a result that has
    just begun, and then fails in a way of its own.

    Raises:
        FutureTimeoutError: it has not ended in time.
    """
    end, pause = time.monotonic() + timeout, 0.002
    while not future.done():
        if time.monotonic() > end:
            raise FutureTimeoutError
        time.sleep(pause)
        pause = min(0.05, 2 * pause)


class Cluster:
    """A connection to a scheduler.

    Args:
        client: of `distributed`.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401  # distributed is not typed
        self._client = client
        self._heard: dict[str, tuple[float, float]] = {}
        self.traffic = Traffic()

    def workers(self) -> tuple[WorkerFacts, ...]:
        """Return the facts of each worker, in the order of their addresses.

        Raises:
            CalibrateError: there is no worker, or calibrate cannot be imported on one.
        """
        addresses = self.addresses()
        if not addresses:
            raise CalibrateError(
                "the cluster has no worker",
                where="--cluster",
                hint="start `dask worker SCHEDULER` in an environment with openvino-calibrate",
            )
        answers = self._ask(lambda: self._client.run(worker_tasks.facts, on_error="return"))
        unfit = [error for error in answers.values() if isinstance(error, ImportError)]
        if unfit:
            raise CalibrateError(
                f"a worker cannot import calibrate: {unfit[0]}",
                where="--cluster",
                hint="install the same version of openvino-calibrate on every worker",
            )
        # What else is raised comes from a worker that has just ended.
        facts = {a: answer for a, answer in answers.items() if isinstance(answer, WorkerFacts)}
        return tuple(facts[address] for address in sorted(facts))

    def _ask(self, question: Callable[[], Any]) -> Any:  # noqa: ANN401  # the answer
        """Return an answer of the scheduler.

        Raises:
            CalibrateError: the scheduler is lost.
        """
        try:
            return question()
        except (OSError, TimeoutError, RuntimeError) as error:
            raise CalibrateError(
                f"the scheduler is lost: {str(error) or type(error).__name__}",
                where="--cluster",
                hint="what was measured is kept: start a scheduler and the same command again",
            ) from error

    def addresses(self) -> frozenset[str]:
        """Return the addresses of the workers that the scheduler knows now.

        Raises:
            CalibrateError: the scheduler is lost.
        """
        return frozenset(self._ask(self._client.nthreads))

    def submit(self, worker: str, function: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401  # a future of distributed
        """Submit a function to one worker; it is never run elsewhere or twice."""
        return self._ask(
            lambda: self._client.submit(
                function, *arguments, workers=[worker], pure=False, retries=0
            )
        )

    def result(self, future: Any, timeout: float | None = None) -> Any:  # noqa: ANN401
        """Return the result of a function.

        Args:
            future: of the function.
            timeout: seconds until it has to be there; None if it is there.

        Raises:
            FutureTimeoutError: there is none after `timeout` seconds.
            WorkerLost: its worker died, or its disk is full.
        """
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        if timeout is not None:
            _wait_until_done(future, timeout)
        try:
            return future.result(timeout=_GATHER)
        except TimeoutError as error:
            raise WorkerLost(str(error) or "it gives no answer") from error
        except (OSError, KeyError, CancelledError, KilledWorker) as error:
            reason = str(error).strip().splitlines()
            raise WorkerLost(reason[0] if reason else type(error).__name__) from error

    def call(self, worker: str, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  # the result of the function
        """Run a short function on one worker and return its result.

        Raises:
            WorkerLost: as `result`; or there was no answer in time.
        """
        try:
            return self.result(self.submit(worker, function, *arguments), _ANSWER)
        except FutureTimeoutError as error:
            raise WorkerLost(f"it gives no answer within {_ANSWER:g} s") from error

    def send(self, worker: str, files: Mapping[str, Any]) -> None:
        """Send files that a worker lacks, each verified by its digest there.

        Args:
            worker: its address.
            files: paths by digest.

        Raises:
            WorkerLost: the worker died or its disk is full.
            CalibrateError: a file arrived with another digest.
        """
        wanted = self.call(worker, worker_tasks.missing, tuple(files))
        small, size = dict[str, bytes](), 0
        for digest in wanted:
            path = files[digest]
            if path.stat().st_size <= _SMALL:
                small[digest] = path.read_bytes()
                size += len(small[digest])
                if size >= _CHUNK:
                    self._put(worker, small)
                    small, size = {}, 0
                continue
            with path.open("rb") as file:
                offset = 0
                while True:
                    chunk = file.read(_CHUNK)
                    if not chunk and offset:
                        break
                    self.call(worker, worker_tasks.append, digest, offset, chunk)
                    offset += len(chunk)
                    self.traffic.add(len(chunk), 0)
                    if not chunk:
                        break
            self.call(worker, worker_tasks.commit, digest)
            self.traffic.add(0, 1)
        if small:
            self._put(worker, small)

    def _put(self, worker: str, files: Mapping[str, bytes]) -> None:
        """Send small files in one message."""
        self.call(worker, worker_tasks.put, files)
        self.traffic.add(sum(map(len, files.values())), len(files))

    def wait(
        self,
        worker: str,
        future: Any,  # noqa: ANN401  # of distributed
        patience: float | None = None,
        *,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Any:  # noqa: ANN401  # the result
        """Wait for the result of a function, as long as its worker lives.

        Args:
            worker: its address.
            future: of the function.
            patience: seconds without a sign of life after which the worker counts as lost.
            meanwhile: called about every second.

        Raises:
            WorkerLost: the worker died, is cut off, or its disk is full.
        """
        while True:
            with suppress(FutureTimeoutError):
                return self.result(future, _LOOK)
            meanwhile()
            if not self.is_alive(worker, patience):
                future.cancel()
                raise WorkerLost("it gives no sign of life")

    def is_alive(self, worker: str, patience: float | None = None) -> bool:
        """Return whether the scheduler has heard of a worker within `patience` seconds (`SILENCE`).

        The scheduler itself takes minutes to drop a worker whose network is cut.
        """
        workers = self._ask(self._identity)["workers"]
        if worker not in workers:
            return False
        heard = workers[worker]["last_seen"]
        now = time.monotonic()
        if self._heard.get(worker, (None, 0.0))[0] != heard:
            self._heard[worker] = heard, now
        return now - self._heard[worker][1] < (SILENCE if patience is None else patience)

    def stage(self, lease: str) -> str:
        """Return what the run with a lease does now, as its log says; empty if unknown."""
        line = self._ask(lambda: self._client.get_metadata([STAGES, lease], default=""))
        return str(line)

    def _identity(self) -> Any:  # noqa: ANN401  # of distributed
        """Return the scheduler's facts of all workers.

        `Client.scheduler_info` is not used: it returns what the client keeps, and the client
        replaces that every few seconds by facts without workers.
        """
        return self._client.sync(self._client.scheduler.identity)

    def renew(self, lease: str, value: object) -> None:
        """Renew a lease: the client still waits for the work of its workers."""
        self._ask(lambda: self._client.set_metadata([LEASES, lease], value))
