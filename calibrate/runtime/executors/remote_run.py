"""Whole runs on a worker of a cluster, each in a child process."""

import errno
import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from calibrate.child_process import start_module
from calibrate.runtime.executors.lease import PATIENCE, Lease, Stages
from calibrate.runtime.executors.worker_folder import (
    blobs,
    machine_timing_lock,
    remove_old,
    worker_folder,
)

_POLL = 0.5
"""Seconds between two looks at a run."""


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """One `calibrate run` on a worker.

    Attributes:
        lease: ends with the client.
        arguments: of `calibrate`; `{root}` stands for the folder that contains the files.
        files: digests by path relative to the root; empty where worker and client share a file
            system, and the arguments name the paths themselves.
        texts: further small files by path relative to the root.
        output: the output folder relative to the root; empty on a shared file system.
    """

    lease: str
    arguments: tuple[str, ...]
    files: Mapping[str, str]
    texts: Mapping[str, str]
    output: str = ""

    @property
    def key(self) -> str:
        """Name of the run's folder: equal for the same files, settings and options."""
        return key_of_run(self.files, self.texts)


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """The result of a run on a worker.

    Attributes:
        exit_code: of its process.
        log: its output on the terminal.
        root: the folder that stood for the client's root, as text in reports.
        files: contents by path relative to the output folder; empty on a shared file system.
        seconds: wall clock.
    """

    exit_code: int
    log: bytes
    root: str
    files: Mapping[str, bytes]
    seconds: float


def run(job: RemoteRun) -> RemoteResult:
    """Execute one run in a child process, which ends with this worker and with the client.

    Raises:
        KeyError: a file was removed from the store meanwhile.
        OSError: the disk of this machine is full.
    """
    begun = time.monotonic()
    folder = _kept_folder(job)
    folder.mkdir(parents=True, exist_ok=True)
    # The same run may be ending here, for a client that has ended.
    with FileLock(folder.with_suffix(".lock")):
        return _run_in(folder, job, begun)


def forget(key: str) -> None:
    """Remove a run whose result has arrived at the client."""
    shutil.rmtree(worker_folder() / "runs" / key, ignore_errors=True)


def kept_runs() -> frozenset[str]:
    """Return the keys of runs whose results no client has, and which can be continued here."""
    folder = worker_folder() / "runs"
    if not folder.is_dir():
        return frozenset()
    return frozenset(path.name for path in folder.iterdir() if path.is_dir())


def key_of_run(files: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return the digest of a run's files and settings, by which a stopped one is found again."""
    content = json.dumps([sorted(files.items()), sorted(texts.items())])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _kept_folder(job: RemoteRun) -> Path:
    """Return the folder of a run; one without files works in the client's folders."""
    return worker_folder() / "runs" / (job.key if job.files else job.lease)


def _run_in(folder: Path, job: RemoteRun, begun: float) -> RemoteResult:
    """Execute a run in its folder, which is kept until the client has its result: see `forget`."""
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    watch, useless = Lease(job.lease), not job.files
    try:
        store = blobs()
        for name, digest in job.files.items():
            store.place(digest, root / name)
        for name, text in job.texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        lock = machine_timing_lock()
        words = [word.replace("{root}", str(root)) for word in job.arguments]
        words += ["--timing-lock", str(lock), *_helpers()]
        code = _run(words, folder / "log", watch, Stages(job.lease))
        return RemoteResult(
            exit_code=code,
            log=(folder / "log").read_bytes(),
            root=str(root),
            files=_written(root / job.output) if job.output else {},
            seconds=time.monotonic() - begun,
        )
    except OSError as error:
        useless = useless or error.errno in (errno.ENOSPC, errno.EDQUOT)  # it cannot go on here
        raise
    finally:
        if useless:
            shutil.rmtree(folder, ignore_errors=True)
        remove_old(folder.parent)
        blobs().tidy()


def _helpers() -> tuple[str, ...]:
    """Return the option that names the scheduler, and let its other tasks begin beside this one.

    What is timed here by them is timed while this run pauses, by the lock that both share.
    """
    from distributed import get_worker, secede

    secede()
    return "--helpers", get_worker().scheduler.address


def _run(arguments: list[str], log: Path, watch: Lease, stages: Stages) -> int:
    with log.open("wb") as stream:
        child = start_module(
            "calibrate",
            arguments,
            streams={"stdin": subprocess.DEVNULL, "stdout": stream, "stderr": subprocess.STDOUT},
            new_session=True,
        )
    try:
        while child.poll() is None:
            if watch.is_over():
                child.terminate()
                break
            stages.publish(log)
            time.sleep(_POLL)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=PATIENCE)
    finally:
        child.kill()  # nothing happens where it has ended
        code = child.wait()
    return code


def _written(output: Path) -> dict[str, bytes]:
    """Return the result, reports and measurements, without reproducible models in work."""
    files = {}
    for path in sorted(output.rglob("*")):
        relative = path.relative_to(output)
        if path.is_file() and relative.parts[:2] != ("work", "models"):
            files[relative.as_posix()] = path.read_bytes()
    return files
