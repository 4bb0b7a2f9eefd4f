"""Exit codes of the process, on which scripts and pipelines rely."""

import signal
from collections.abc import Iterable

WITHIN_BUDGET = 0
"""Success; the budget, if any, is met."""
ERROR = 1
"""An error of the user's input or environment, described on stderr."""
USAGE = 2
"""An error of the command line."""
UNEXPECTED = 3
"""An unexpected failure; stderr names a log file."""
OVER_BUDGET = 4
"""Over budget, or worse than a baseline; a search still writes the best model."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM; measurements are kept."""

_ENDINGS = (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
_WORST_FIRST = (INTERRUPTED, UNEXPECTED, USAGE, ERROR, OVER_BUDGET, WITHIN_BUDGET)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a batch: the worst of its runs.

    A process that somebody or the system ended (a negative code: `kill`, the out-of-memory
    killer) counts as an error, one that crashed as an unexpected failure.
    """
    distinct = {
        code if code in _WORST_FIRST else ERROR if -code in _ENDINGS else UNEXPECTED
        for code in codes
    }
    return next((code for code in _WORST_FIRST if code in distinct), WITHIN_BUDGET)
