"""Keep native code from printing to standard output, which scripts read."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def suppress_native_output() -> Iterator[None]:
    """Discard what native code writes to standard output inside the context.

    HiGHS sometimes prints a debugging line whatever its options, and such a line makes JSON output
    invalid. The descriptor of the process is redirected, so the output of other threads is
    discarded too.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        yield  # standard output is closed
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)
