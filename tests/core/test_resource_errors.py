import resource

import pytest

from calibrate.core.resource_errors import resource_error

MEMORY = "the memory of this machine does not suffice; lower search.memory_limit"
MAPPED = "the 1.5 GiB that this process may map (`ulimit -v`) do not suffice"
THREADS = "the system starts no more threads; raise the limit of processes and threads"


@pytest.mark.parametrize(
    ("error", "limit", "expected"),
    [
        (MemoryError(), resource.RLIM_INFINITY, MEMORY),
        (MemoryError(), 3 << 29, MAPPED),
        (ImportError("x.so: failed to map segment from shared object"), 3 << 29, MAPPED),
        (RuntimeError("Exception from core.cpp:\nstd::bad_alloc"), 3 << 29, MAPPED),
        (RuntimeError("can't start new thread"), resource.RLIM_INFINITY, THREADS),
        (RuntimeError("can't start new thread"), 3 << 29, MAPPED),
        (RuntimeError("Resource temporarily unavailable"), 8 << 30, THREADS),
    ],
)
def test_what_the_machine_refuses(error, limit, expected, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limit, limit))
    assert str(resource_error(error)).startswith(expected)


@pytest.mark.parametrize("error", [RuntimeError("Check failed"), ValueError("x"), OSError(2, "x")])
def test_what_it_does_not(error):
    assert resource_error(error) is None
