"""The stages of the runs of a batch, read from their logs."""

import re
from collections.abc import Mapping, Sequence
from statistics import mean

_LINE = re.compile(r"(\d\d):(\d\d):(\d\d) (.+?)(?: \(\d+\))?$")
"""A line of a log: time, and the title of a stage with its count."""
_DAY = 24 * 3600


def stage_of(line: str) -> str:
    """Return the title of the stage in a line of a log; empty if it has none."""
    match = _LINE.match(line.strip())
    return match[4] if match else ""


def stage_shares(log: str) -> dict[str, float]:
    """Return the share of its time at which a run first came to each stage, 0 to 1.

    Args:
        log: log of a run that has ended.
    """
    begun: dict[str, int] = {}
    first = last = None
    for line in log.splitlines():
        if (match := _LINE.match(line.strip())) is None:
            continue
        hours, minutes, seconds = (int(match[group]) for group in (1, 2, 3))
        now = hours * 3600 + minutes * 60 + seconds
        first = now if first is None else first
        last = (now - first) % _DAY
        begun.setdefault(match[4], last)
    return {title: start / last for title, start in begun.items()} if last else {}


def expected_seconds(
    stage: str, spent: float, shares: Sequence[Mapping[str, float]]
) -> float | None:
    """Return how long a run takes in all, if it divides its time as others did; None if unknown.

    Args:
        stage: stage that the run has just come to.
        spent: seconds until then.
        shares: shares of runs that have ended, see `stage_shares`.
    """
    of_stage = [share[stage] for share in shares if stage in share]
    if not of_stage or mean(of_stage) < _EARLY:
        return None
    return spent / mean(of_stage)


_EARLY = 0.2
"""A stage that begins before this share of the time is a poor measure of the pace of a run."""
