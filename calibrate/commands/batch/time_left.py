"""Estimate how long the rest of a batch takes."""

from collections.abc import Sequence


def time_left(
    ended: Sequence[float], running: Sequence[float], waiting: int, jobs: int
) -> float | None:
    """Return the expected seconds until all runs have ended; None before one has.

    Runs are taken to need the mean of those that ended; one that took longer already is taken to
    end now.

    Args:
        ended: seconds that each ended run took.
        running: seconds that each active run has taken so far.
        waiting: runs that have not begun.
        jobs: runs side by side.
    """
    if not ended:
        return None
    mean = sum(ended) / len(ended)
    rest = sum(max(0.0, mean - spent) for spent in running) + waiting * mean
    return rest / max(1, min(jobs, len(running) + waiting))
