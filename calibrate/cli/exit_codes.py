"""What the process says with its exit code; scripts and pipelines rely on these."""

from collections.abc import Iterable

WITHIN_BUDGET = 0
"""Done; where there is a budget, it is met."""
ERROR = 1
"""The user's input or environment: what is wrong is on stderr."""
USAGE = 2
"""The command line itself."""
UNEXPECTED = 3
"""A failure that nobody foresaw; a log file is named on stderr."""
OVER_BUDGET = 4
"""The promise does not hold: over budget, or worse than a baseline; where a model was searched for,
the best found is written."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM; what was measured is kept."""

_WORST_FIRST = (INTERRUPTED, UNEXPECTED, USAGE, ERROR, OVER_BUDGET, WITHIN_BUDGET)


def worst(codes: Iterable[int]) -> int:
    """The one that a batch ends with: what says least of the models comes first.

    A signal that ended a process (negative) is a failure that nobody foresaw.
    """
    found = {code if code in _WORST_FIRST else UNEXPECTED for code in codes}
    return next((code for code in _WORST_FIRST if code in found), WITHIN_BUDGET)
