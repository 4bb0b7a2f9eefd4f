"""Functions that run on a worker of a cluster: facts, files by digest, and whole runs."""

import os
import platform
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from calibrate.child_process import start_module
from calibrate.errors import CalibrateError
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.blob_store import BlobStore
from calibrate.version import __version__

LEASES = "calibrate-leases"
ENDED = "ended"
"""The value of a lease whose client no longer waits."""
_PATIENCE = 60.0
"""Seconds without renewal after which the work of a client is stopped."""
_POLL = 0.5


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """Facts of a worker.

    Attributes:
        address: its address at the scheduler.
        name: the label that it was started with, or its address.
        host: the name of its machine.
        cores: number that it may use.
        cpu: model of its CPU.
        instruction_set: the set that the CPU plugin uses there.
        versions: by package.
    """

    address: str
    name: str
    host: str
    cores: int
    cpu: str
    instruction_set: str
    versions: Mapping[str, str]


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


def own_versions() -> dict[str, str]:
    """Return the versions of everything that results depend on."""
    return {
        "calibrate": __version__,
        "openvino": version("openvino"),
        "nncf": version("nncf"),
        "python": platform.python_version(),
    }


def facts(dask_worker: Any) -> WorkerFacts:  # noqa: ANN401  # distributed is not typed
    """Return the facts of this worker.

    Args:
        dask_worker: the worker; `Client.run` gives it to a parameter of this name.
    """
    cpu = this_cpu()
    return WorkerFacts(
        address=dask_worker.address,
        name=str(dask_worker.name),
        host=socket.gethostname(),
        cores=cpu.cores,
        cpu=cpu.name,
        instruction_set=cpu.instruction_set,
        versions=own_versions(),
    )


def sees(path: str, content: str) -> bool:
    """Return whether the client's file exists here: both share a file system."""
    try:
        return Path(path).read_text(encoding="utf-8") == content
    except OSError:
        return False


def missing(digests: tuple[str, ...]) -> tuple[str, ...]:
    """Return the digests of files that the store lacks."""
    return blobs().missing(digests)


def append(digest: str, offset: int, chunk: bytes) -> None:
    """Append a part of a file."""
    blobs().append(digest, offset, chunk)


def commit(digest: str) -> None:
    """Accept a file if its content has its digest."""
    blobs().commit(digest)


def put(files: Mapping[str, bytes]) -> None:
    """Accept small files whose contents have their digests, and keep the store within its bound."""
    blobs().put(files)
    blobs().tidy()


def run(job: RemoteRun) -> RemoteResult:
    """Execute one run in a child process, which ends with this worker and with the client.

    Raises:
        KeyError: a file was removed from the store meanwhile.
        OSError: the disk of this machine is full.
    """
    begun = time.monotonic()
    folder = _folder() / "runs" / f"{os.getpid()}-{job.lease}"
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
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
        code = _run([*words, "--timing-lock", str(lock)], folder / "log", job.lease)
        return RemoteResult(
            exit_code=code,
            log=(folder / "log").read_bytes(),
            root=str(root),
            files=_written(root / job.output) if job.output else {},
            seconds=time.monotonic() - begun,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        blobs().tidy()


def _run(arguments: list[str], log: Path, lease: str) -> int:
    with log.open("wb") as stream:
        child = start_module(
            "calibrate",
            arguments,
            streams={"stdin": subprocess.DEVNULL, "stdout": stream, "stderr": subprocess.STDOUT},
            new_session=True,
        )
    watch = _Lease(lease)
    try:
        while child.poll() is None:
            if watch.is_over():
                child.terminate()
                break
            time.sleep(_POLL)
        return child.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise


class _Lease:
    """Checks whether the client still waits: it changes the value of its lease regularly."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._value: object = None
        self._changed = self._queried = time.monotonic()

    def is_over(self) -> bool:
        from distributed import get_client

        now = time.monotonic()
        if now - self._queried < _PATIENCE / 20:
            return False
        self._queried = now
        try:
            value = get_client().get_metadata([LEASES, self._name], default=None)
        except (OSError, TimeoutError):
            value = self._value
        if value == ENDED:
            return True
        if value != self._value:
            self._value, self._changed = value, now
        return now - self._changed > _PATIENCE


def _written(output: Path) -> dict[str, bytes]:
    """Return the result, reports and measurements, without reproducible models in work."""
    files = {}
    for path in sorted(output.rglob("*")):
        relative = path.relative_to(output)
        if path.is_file() and relative.parts[:2] != ("work", "models"):
            files[relative.as_posix()] = path.read_bytes()
    return files


def blobs() -> BlobStore:
    """Return the files that all workers of this user on this machine share."""
    return BlobStore(_folder() / "files")


def machine_timing_lock() -> Path:
    """Return the lock that all work of this user on this machine shares while something is timed.

    Raises:
        CalibrateError: the folder belongs to another user.
    """
    return _folder() / "timing-lock"


def _folder() -> Path:
    """Return this user's folder for workers, which no other user can write to.

    Raises:
        CalibrateError: the name is taken by another user, or by a link.
    """
    folder = Path(tempfile.gettempdir()) / f"calibrate-worker-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise CalibrateError(
            "the folder of the workers' files can be written to by other users",
            where=str(folder),
            hint="remove it, or set TMPDIR to a folder of yours",
        )
    return folder
