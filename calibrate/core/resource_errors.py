"""Failures for want of memory or threads, as Python and native libraries report them."""

import importlib
import sys

from calibrate.errors import CalibrateError

MAPPED_BY_A_RUN = 2 << 30
"""Bytes of address space in which the run of a tiny model is known to fit, libraries included."""

_MEMORY = ("failed to map segment", "bad_alloc", "Cannot allocate memory")
_THREADS = ("can't start new thread", "Resource temporarily unavailable")


def resource_error(error: Exception) -> CalibrateError | None:
    """Return what the machine or a limit of the process refused; None for another error."""
    text = str(error)
    # A library that does not fit under `ulimit -v` is an ImportError.
    if isinstance(error, MemoryError) or any(sign in text for sign in _MEMORY):
        return _memory_error(soft_limit("RLIMIT_AS"))
    if isinstance(error, RuntimeError) and any(sign in text for sign in _THREADS):
        return thread_error()
    return None


def thread_error() -> CalibrateError:
    """Return the error where threads cannot be started, perhaps since their stacks do not fit."""
    mapped = soft_limit("RLIMIT_AS")
    if mapped is not None and mapped <= MAPPED_BY_A_RUN:
        return _memory_error(mapped)
    hint = "raise the limit of processes and threads (`ulimit -u`, the container's pids limit)"
    return CalibrateError("the system starts no more threads", hint=hint)


def soft_limit(kind: str) -> int | None:
    """Return a limit of this process, `RLIMIT_AS` for instance; None without one."""
    if sys.platform == "win32":
        return None
    resource = importlib.import_module("resource")
    soft: int = resource.getrlimit(getattr(resource, kind))[0]
    return None if soft == resource.RLIM_INFINITY else soft


def _memory_error(mapped: int | None) -> CalibrateError:
    if mapped is None:
        message = "the memory of this machine does not suffice"
        return CalibrateError(message, hint="lower search.memory_limit")
    return CalibrateError(
        f"the {mapped / 2**30:.2g} GiB that this process may map (`ulimit -v`) do not suffice",
        hint="raise the limit, or ask the batch system for more (h_vmem, --mem); the run of a "
        f"tiny model fits in {MAPPED_BY_A_RUN >> 30} GiB",
    )
