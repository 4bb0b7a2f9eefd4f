"""What the process says with its exit code; scripts and pipelines rely on these."""

WITHIN_BUDGET = 0
"""Done; where there is a budget, it is met."""
ERROR = 1
"""The user's input or environment: what is wrong is on stderr."""
USAGE = 2
"""The command line itself."""
UNEXPECTED = 3
"""A failure that nobody foresaw; a log file is named on stderr."""
OVER_BUDGET = 4
"""The promise does not hold; where a model was searched for, the best found is written."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM; what was measured is kept."""
