"""Estimate how long the rest of a batch takes."""

from collections.abc import Sequence


def time_left(
    ended: Sequence[float],
    running: Sequence[tuple[float, float | None]],
    waiting: int,
    jobs: int,
) -> float | None:
    """Return the expected seconds until all runs have ended; None before one has.

    A run is expected to take the mean of those that ended, unless its stages give a better
    estimate; one that has already taken longer is expected to end now.

    Args:
        ended: seconds that each ended run took.
        running: of each active run, the seconds that it has taken so far, and those that it is
            expected to take in all, None if unknown.
        waiting: runs that have not begun.
        jobs: runs side by side.
    """
    if not ended:
        return None
    mean = sum(ended) / len(ended)
    active = [max(0.0, (mean if total is None else total) - spent) for spent, total in running]
    rest = sum(active) + waiting * mean
    return rest / max(1, min(jobs, len(running) + waiting))
