"""Run a batch on the workers of a cluster instead of in local processes."""

import itertools
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calibrate.commands.batch.bundle import Bundle, bundle_of
from calibrate.commands.batch.scheduler import Child
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError
from calibrate.models.write import write_bytes, write_text
from calibrate.runtime.executors import worker_tasks
from calibrate.runtime.executors.cluster import (
    Cluster,
    WorkerLost,
    check_versions,
    choose_workers,
    connect,
)
from calibrate.runtime.executors.worker_tasks import (
    ENDED,
    RemoteResult,
    RemoteRun,
    WorkerFacts,
)

_ATTEMPTS = 3
"""Most workers that a run is tried on when workers are lost."""
_LOST = -9
"""Exit code of a run whose workers were all lost."""
_RENEW = 2.0
"""Seconds between heartbeats to the workers."""
_FLAGS = ("--no-progress", "--force", "--no-plugins")
"""Options of `calibrate run` that are passed on unchanged."""
_TEXTS = (".json", ".md", ".html", ".xml", ".txt", ".log")


@contextmanager
def cluster_host(
    spec: str, labels: Sequence[str], folder: Path, note: Callable[[str], None]
) -> Iterator["ClusterHost"]:
    """Connect to the workers of a cluster for the duration of the context.

    Args:
        spec: `local`, `local:N`, or a scheduler's address.
        labels: names or hosts of the workers to use; empty for all.
        folder: of the batch; a file in it shows whether workers share this file system.
        note: called with a message about lost workers.

    Raises:
        CalibrateError: there is no such cluster, no such worker, or versions differ.
    """
    with connect(spec) as cluster:
        workers = cluster.workers()
        check_versions(workers, worker_tasks.own_versions())
        chosen = choose_workers(workers, labels)
        yield ClusterHost(cluster, chosen, _is_shared(cluster, chosen, folder), note)


def _is_shared(cluster: Cluster, workers: Sequence[WorkerFacts], folder: Path) -> bool:
    token = folder.absolute() / ".batch" / "token"
    content = uuid.uuid4().hex
    write_text(content, token)
    try:
        return all(_sees(cluster, worker, token, content) for worker in workers)
    finally:
        token.unlink(missing_ok=True)


def _sees(cluster: Cluster, worker: WorkerFacts, token: Path, content: str) -> bool:
    """Return whether a worker sees a file of this machine; a lost one decides nothing."""
    try:
        answer: bool = cluster.call(worker.address, worker_tasks.sees, str(token), content)
    except WorkerLost:
        return True
    return answer


@dataclass(slots=True)
class ClusterHost:
    """Starts runs on free workers.

    Attributes:
        cluster: the connection.
        workers: to use.
        shared: whether they share this machine's file system.
        note: called with a message about lost workers.
        clock: seconds, monotonic.
        runs_of_worker: runs begun on each worker, by its name.
    """

    cluster: Cluster
    workers: tuple[WorkerFacts, ...]
    shared: bool
    note: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    runs_of_worker: dict[str, int] = field(default_factory=dict)
    _busy: dict[str, "ClusterRun"] = field(default_factory=dict)
    _excluded: set[str] = field(default_factory=set)

    def start(self, command: Sequence[str], log: Path) -> Child:
        """Start `calibrate` with these arguments on a free worker."""
        run = ClusterRun(self, tuple(command), log)
        run.begin()
        return run

    def take(self, run: "ClusterRun") -> WorkerFacts | None:
        """Return a free worker for a run; None if there is none now."""
        alive = self.cluster.addresses()
        for worker in self.workers:
            address = worker.address
            if address in alive and address not in self._excluded and address not in self._busy:
                self._busy[address] = run
                self.runs_of_worker[worker.name] = self.runs_of_worker.get(worker.name, 0) + 1
                return worker
        return None

    def give_back(self, worker: WorkerFacts) -> None:
        """Free a worker."""
        self._busy.pop(worker.address, None)

    def exclude(self, worker: WorkerFacts, reason: str) -> None:
        """Exclude a worker from further use."""
        self._excluded.add(worker.address)
        self.give_back(worker)
        self.note(f"worker {worker.name} on {worker.host} is not used any more: {reason}")

    @property
    def usable(self) -> int:
        """Return the workers that are alive and not excluded."""
        alive = self.cluster.addresses()
        return sum(
            worker.address in alive and worker.address not in self._excluded
            for worker in self.workers
        )


class ClusterRun:
    """One run, moved to another worker when its worker is lost."""

    def __init__(self, host: ClusterHost, command: tuple[str, ...], log: Path) -> None:
        self._host = host
        self._command = command
        self._log = log
        self._lease = uuid.uuid4().hex
        self._renewed = itertools.count()
        self._last_renewal = -_RENEW
        self._worker: WorkerFacts | None = None
        self._future: Any = None
        self._attempts = 0
        self._code: int | None = None
        self._ending = False
        self._bundle: Bundle | None = None

    def begin(self) -> None:
        """Find a worker and send the run there; `poll` retries if none is free."""
        if self._code is not None or self._ending:
            return
        if self._attempts >= _ATTEMPTS or not self._host.usable:
            write_text("No worker is left that this run could be made on.\n", self._log)
            self._code = _LOST
            return
        worker = self._host.take(self)
        if worker is None:
            return
        self._worker = worker
        self._attempts += 1
        try:
            job = self._job(worker)
            self._renew()
            self._future = self._host.cluster.submit(worker.address, worker_tasks.run, job)
        except WorkerLost as error:
            self._lose(error.message)
        except CalibrateError as error:
            write_text(f"Error: {error}\n", self._log)
            self._host.give_back(worker)
            self._code = 1

    def poll(self) -> int | None:
        """Return the exit code; None while the run is active."""
        if self._code is not None:
            return self._code
        if self._future is None:
            self.begin()
            return self._code
        self._renew()
        assert self._worker is not None  # noqa: S101  # there is a future only with a worker
        if not self._future.done():
            if not self._host.cluster.is_alive(self._worker.address):
                self._lose("it gives no sign of life")
            return self._code
        try:
            result: RemoteResult = self._host.cluster.result(self._future)
        except WorkerLost as error:
            self._lose(error.message)
            return self._code
        self._host.give_back(self._worker)
        self._take_over(result)
        self._code = result.exit_code
        return self._code

    def terminate(self) -> None:
        """Ask the run to end."""
        self._ending = True
        self._host.cluster.renew(self._lease, ENDED)
        if self._future is None:
            self._code = _LOST

    def kill(self) -> None:
        """Abandon the run."""
        if self._future is not None:
            self._future.cancel()
        self._code = _LOST

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the run to end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: there was none in time.
        """
        until = None if timeout is None else self._host.clock() + timeout
        while (code := self.poll()) is None:
            if until is not None and self._host.clock() > until:
                raise subprocess.TimeoutExpired(list(self._command), timeout or 0)
            time.sleep(0.1)
        return code

    def _lose(self, reason: str) -> None:
        """Drop a lost or unfit worker; the next `poll` tries another."""
        assert self._worker is not None  # noqa: S101  # only a worker can be lost
        self._host.exclude(self._worker, reason)
        self._worker, self._future = None, None
        self.begin()

    def _renew(self) -> None:
        now = self._host.clock()
        if not self._ending and now - self._last_renewal >= _RENEW:
            self._last_renewal = now
            self._host.cluster.renew(self._lease, next(self._renewed))

    def _job(self, worker: WorkerFacts) -> RemoteRun:
        words = _without_lock(self._command)
        if self._host.shared:
            return RemoteRun(self._lease, words, {}, {})
        if self._bundle is None:
            config, overrides = Path(words[1]), _overrides(words)
            self._bundle = bundle_of(load_config(config, overrides=overrides))
        bundle = self._bundle
        self._host.cluster.send(worker.address, bundle.paths)
        flags = tuple(word for word in words[2:] if word in _FLAGS)
        arguments = ("run", f"{{root}}/{bundle.config}", *flags)
        texts = {bundle.config: bundle.text}
        return RemoteRun(self._lease, arguments, bundle.files, texts, bundle.output)

    def _take_over(self, result: RemoteResult) -> None:
        """Write the run's files, with this machine's paths in texts."""
        theirs = result.root.encode()
        ours = os.fsencode(self._bundle.root) if self._bundle is not None else theirs
        write_bytes(result.log.replace(theirs, ours), self._log)
        if self._bundle is None:
            return
        output = self._bundle.root / self._bundle.output
        for name, content in result.files.items():
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            is_text = path.suffix in _TEXTS and not name.startswith("work/")
            write_bytes(content.replace(theirs, ours) if is_text else content, path)


def _without_lock(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments without this machine's timing lock: each worker's host has another."""
    if "--timing-lock" not in command:
        return command
    place = command.index("--timing-lock")
    return command[:place] + command[place + 2 :]


def _overrides(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(words[i + 1] for i, word in enumerate(words) if word == "--set")
