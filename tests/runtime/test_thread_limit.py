import threading

import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime import thread_limit
from calibrate.runtime.thread_limit import require_threads


def test_enough_threads_end_again():
    before = threading.active_count()
    require_threads()
    assert threading.active_count() == before


def test_too_few(monkeypatch):
    class Limited(threading.Thread):
        """A thread of which the system starts three at once."""

        def start(self) -> None:
            if threading.active_count() - before == 3:
                raise RuntimeError("can't start new thread")
            super().start()

    before = threading.active_count()
    monkeypatch.setattr(thread_limit.threading, "Thread", Limited)
    with pytest.raises(CalibrateError, match="starts no more threads; raise the limit"):
        require_threads()
    assert threading.active_count() == before
