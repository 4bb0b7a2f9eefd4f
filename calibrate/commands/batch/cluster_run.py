"""One run of a batch on a worker of a cluster, moved to another one if its worker is lost."""

import itertools
import os
import subprocess
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from calibrate.commands.batch.batch_workers import BatchWorkers
from calibrate.commands.batch.bundle import Bundle, bundle_of
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError
from calibrate.models.write import write_bytes, write_text
from calibrate.runtime.executors import remote_run
from calibrate.runtime.executors.cluster import WorkerLost
from calibrate.runtime.executors.lease import ENDED
from calibrate.runtime.executors.remote_run import RemoteResult, RemoteRun, key_of_run
from calibrate.runtime.executors.worker_tasks import WorkerFacts

_ATTEMPTS = 3
"""Most workers that a run is tried on when workers are lost."""
_FINISHED = (0, 4)
"""Exit codes of a run that has written its report."""
_LOST = -9
"""Exit code of a run whose workers were all lost."""
_RENEW = 2.0
"""Seconds between heartbeats to the workers."""
_FLAGS = ("--no-progress", "--force", "--no-plugins", "--no-html", "--wait")
"""Options of `calibrate run` that are passed on unchanged."""
_TEXTS = (".json", ".md", ".html", ".xml", ".txt", ".log")


class ClusterRun:
    """One run, moved to another worker when its worker is lost."""

    def __init__(self, workers: BatchWorkers, command: tuple[str, ...], log: Path) -> None:
        self._workers = workers
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
        if self._attempts >= _ATTEMPTS or not self._workers.usable:
            write_text("No worker is left for this run.\n", self._log)
            self._code = _LOST
            return
        try:
            bundle = self._bundled()
        except CalibrateError as error:
            write_text(f"Error: {error}\n", self._log)
            self._code = 1
            return
        key = key_of_run(bundle.files, {bundle.config: bundle.text}) if bundle else ""
        worker = self._workers.take(key)
        if worker is None:
            return
        self._worker = worker
        self._attempts += 1
        try:
            job = self._job(worker)
            self._renew()
            self._future = self._workers.cluster.submit(worker.address, remote_run.run, job)
        except WorkerLost as error:
            self._lose(error.message)
        except CalibrateError as error:
            write_text(f"Error: {error}\n", self._log)
            self._workers.give_back(worker)
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
            if not self._workers.cluster.is_alive(self._worker.address):
                self._lose("it does not respond")
            return self._code
        try:
            result: RemoteResult = self._workers.cluster.result(self._future)
        except WorkerLost as error:
            self._lose(error.message)
            return self._code
        self._take_over(result)
        if self._bundle is not None and result.exit_code in _FINISHED:
            # A worker that is lost now keeps the run's files for a week, which does no harm.
            with suppress(WorkerLost):
                key = key_of_run(self._bundle.files, {self._bundle.config: self._bundle.text})
                self._workers.cluster.call(self._worker.address, remote_run.forget, key)
        self._workers.give_back(self._worker)
        self._code = result.exit_code
        return self._code

    def terminate(self) -> None:
        """Ask the run to end."""
        self._ending = True
        self._workers.cluster.renew(self._lease, ENDED)
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
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(list(self._command), timeout or 0)
            time.sleep(0.1)
        return code

    def _lose(self, reason: str) -> None:
        """Drop a lost or unfit worker; the next `poll` tries another."""
        assert self._worker is not None  # noqa: S101  # only a worker can be lost
        self._workers.exclude(self._worker, reason)
        self._worker, self._future = None, None
        self.begin()

    def _renew(self) -> None:
        now = time.monotonic()
        if not self._ending and now - self._last_renewal >= _RENEW:
            self._last_renewal = now
            self._workers.cluster.renew(self._lease, next(self._renewed))
            line = self._workers.cluster.stage(self._lease)
            if line:
                # The whole log comes with the result.
                write_text(f"{line}\n", self._log)

    def _job(self, worker: WorkerFacts) -> RemoteRun:
        words = _without_lock(self._command)
        bundle = self._bundled()
        if bundle is None:
            return RemoteRun(self._lease, words, {}, {})
        self._workers.cluster.send(worker.address, bundle.paths)
        flags = tuple(word for word in words[2:] if word in _FLAGS)
        arguments = ("run", f"{{root}}/{bundle.config}", *flags)
        texts = {bundle.config: bundle.text}
        return RemoteRun(self._lease, arguments, bundle.files, texts, bundle.output)

    def _bundled(self) -> Bundle | None:
        """Return the run's files to send; None where workers share this file system.

        Raises:
            CalibrateError: a file cannot be read.
        """
        if self._bundle is None and not self._workers.shared:
            words = _without_lock(self._command)
            self._bundle = bundle_of(load_config(Path(words[1]), overrides=_overrides(words)))
        return self._bundle

    def _take_over(self, result: RemoteResult) -> None:
        """Write the run's files, with this machine's paths in texts."""
        remote_root = result.root.encode()
        root = os.fsencode(self._bundle.root) if self._bundle is not None else remote_root
        write_bytes(result.log.replace(remote_root, root), self._log)
        if self._bundle is None:
            return
        output = self._bundle.root / self._bundle.output
        for name, content in result.files.items():
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            is_text = path.suffix in _TEXTS and not name.startswith("work/")
            write_bytes(content.replace(remote_root, root) if is_text else content, path)


def _without_lock(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments without this machine's timing lock: each worker's host has another."""
    if "--timing-lock" not in command:
        return command
    place = command.index("--timing-lock")
    return command[:place] + command[place + 2 :]


def _overrides(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(words[i + 1] for i, word in enumerate(words) if word == "--set")
