"""Functions that run on a worker of a cluster: its facts, and files by digest."""

import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.worker_folder import blobs
from calibrate.version import __version__


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


def own_versions() -> dict[str, str]:
    """Return the versions of everything that results depend on."""
    return {
        "calibrate": __version__,
        "openvino": version("openvino"),
        "nncf": version("nncf"),
        "python": platform.python_version(),
    }


def torch_version() -> str:
    """Return the version of PyTorch, which only fine-tuning depends on; empty without it."""
    return version("torch") if find_spec("torch") else ""


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
        versions={**own_versions(), "torch": torch_version()},
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
