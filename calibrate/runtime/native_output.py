"""Keep native code from printing where answers for scripts are printed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def suppress_native_output() -> Iterator[None]:
    """Nothing that native code writes to standard output inside gets there.

    HiGHS prints a line of its own debugging now and then, whatever its options say, and a line in
    front of JSON makes it no JSON. It is the process's own descriptor that is turned away, so
    other threads are mute for that time, too.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        yield  # nobody listens
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)
