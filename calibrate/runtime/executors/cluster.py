"""A Dask cluster: connection, facts of its workers, and tasks on one of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from calibrate.errors import CalibrateError
from calibrate.runtime.executors import worker_tasks
from calibrate.runtime.executors.worker_tasks import WorkerFacts


class WorkerLost(CalibrateError):
    """A worker died, does not respond, or cannot do its work; another worker may succeed."""


LOCAL = "local"
_CONNECT = 20.0
"""Seconds to wait for the scheduler and for the first worker."""
_ANSWER = 120.0
"""Timeout for one part of a file in seconds."""
_CHUNK = 4 << 20
"""Bytes of a file sent at once."""


@dataclass(slots=True)
class Traffic:
    """The amount of transferred data.

    Attributes:
        bytes: sent to workers.
        files: sent to workers.
    """

    bytes: int = 0
    files: int = 0


class Cluster:
    """A connection to a scheduler.

    Args:
        client: of `distributed`.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401  # distributed is not typed
        self._client = client
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
        try:
            facts: Mapping[str, WorkerFacts] = self._client.run(worker_tasks.facts)
        except (ImportError, ModuleNotFoundError) as error:
            raise CalibrateError(
                f"a worker cannot import calibrate: {error}",
                where="--cluster",
                hint="install the same version of openvino-calibrate on every worker",
            ) from error
        return tuple(facts[address] for address in sorted(facts))

    def addresses(self) -> frozenset[str]:
        """Return the addresses of the workers that the scheduler knows now."""
        return frozenset(self._client.nthreads())

    def submit(self, worker: str, function: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401  # a future of distributed
        """Submit a function to one worker; it is never run elsewhere or twice."""
        return self._client.submit(function, *arguments, workers=[worker], pure=False, retries=0)

    def result(self, future: Any, timeout: float | None = None) -> Any:  # noqa: ANN401
        """Return the result of a function.

        Raises:
            WorkerLost: its worker died, did not respond in time, or its disk is full.
        """
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            return future.result(timeout=timeout)
        except (OSError, TimeoutError, KeyError, CancelledError, KilledWorker) as error:
            reason = str(error).strip().splitlines()
            raise WorkerLost(reason[0] if reason else type(error).__name__) from error

    def call(self, worker: str, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  # the result of the function
        """Run a function on one worker and return its result.

        Raises:
            WorkerLost: as `result`.
        """
        return self.result(self.submit(worker, function, *arguments), _ANSWER)

    def send(self, worker: str, files: Mapping[str, Any]) -> None:
        """Send files that a worker lacks, each verified by its digest there.

        Args:
            worker: its address.
            files: paths by digest.

        Raises:
            WorkerLost: the worker died or its disk is full.
            CalibrateError: a file arrived with another digest.
        """
        for digest in self.call(worker, worker_tasks.missing, tuple(files)):
            path = files[digest]
            with path.open("rb") as file:
                offset = 0
                while True:
                    chunk = file.read(_CHUNK)
                    if not chunk and offset:
                        break
                    self.call(worker, worker_tasks.append, digest, offset, chunk)
                    offset += len(chunk)
                    self.traffic.bytes += len(chunk)
                    if not chunk:
                        break
            self.call(worker, worker_tasks.commit, digest)
            self.traffic.files += 1

    def renew(self, lease: str, value: object) -> None:
        """Renew a lease: the client still waits for the work of its workers."""
        self._client.set_metadata([worker_tasks.LEASES, lease], value)


@contextmanager
def connect(spec: str) -> Iterator[Cluster]:
    """Connect to a cluster for the duration of the context.

    Args:
        spec: `local`, `local:N` for N worker processes of this machine, or a scheduler's address.

    Raises:
        CalibrateError: `distributed` is not installed, or there is no scheduler at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise CalibrateError(
            "a cluster needs the package distributed",
            where="--cluster",
            hint="pip install 'openvino-calibrate[cluster]'",
        ) from error
    if spec == LOCAL or spec.startswith(f"{LOCAL}:"):
        count = _count(spec)
        with (
            LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
            ) as local,
            Client(local) as client,
        ):
            yield Cluster(client)
        return
    try:
        client = Client(spec, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CalibrateError(
            f"there is no scheduler: {str(error).splitlines()[0] if str(error) else 'no answer'}",
            where=f"--cluster {spec}",
            hint="local, local:N, or the address that `dask scheduler` prints",
        ) from error
    try:
        yield Cluster(client)
    finally:
        client.close()


def _count(spec: str) -> int | None:
    _, _, count = spec.partition(":")
    if not count:
        return None
    if not count.isdecimal() or int(count) < 1:
        raise CalibrateError(
            f"'{count}' is no number of workers", where=f"--cluster {spec}", hint="local:2"
        )
    return int(count)


def check_versions(workers: tuple[WorkerFacts, ...], expected: Mapping[str, str]) -> None:
    """Refuse workers whose versions differ from the client's.

    Raises:
        CalibrateError: with each worker, package and both versions.
    """
    different = [
        f"{worker.name} ({worker.host}) has {name} {worker.versions.get(name, 'missing')}, "
        f"not {version}"
        for worker in workers
        for name, version in expected.items()
        if worker.versions.get(name) != version
    ]
    if different:
        raise CalibrateError(
            f"versions differ: {'; '.join(different)}",
            where="--cluster",
            hint="results of different versions are not mixed: install the same ones everywhere",
        )
