"""Refuse to begin where the system starts fewer threads than OpenVINO, which aborts then."""

import os
import threading

from calibrate.core.resource_errors import thread_error

_FURTHER = 4
"""Threads of a command beside one for each core: reading, writing, watching."""


def require_threads() -> None:
    """Start as many threads as a command takes at once, and end them.

    Takes about 50 microseconds a thread.

    Raises:
        CalibrateError: the system refuses one of them.
    """
    end = threading.Event()
    threads: list[threading.Thread] = []
    try:
        for _ in range(len(os.sched_getaffinity(0)) + _FURTHER):
            thread = threading.Thread(target=end.wait, daemon=True)
            thread.start()
            threads.append(thread)
    except RuntimeError as error:  # "can't start new thread"
        raise thread_error() from error
    finally:
        end.set()
        for thread in threads:
            thread.join()
