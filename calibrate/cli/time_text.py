"""Times of a run in words: exact ones of the past, rough ones of the future."""

from calibrate.core.progress import TimeLeft

_ALIKE = 1.25
"""Ratio of two estimates up to which they are shown as one."""


def clock_text(seconds: float) -> str:
    """`1:02:03`, `2:03`; 0:00 for negative ones."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def rough_text(seconds: float) -> str:
    """`5 s`, `40 s`, `3 min`, `2 h 10 min`: as exact as an estimate is; at least 5 seconds."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def left_text(left: TimeLeft) -> str:
    """`about 40 s left`, `40 s to 3 min left`, `over 40 s left` where no end is known."""
    if left.most is None:
        return f"over {rough_text(left.least)} left"
    least, most = rough_text(left.least), rough_text(left.most)
    if least == most or left.most <= _ALIKE * left.least:
        return f"about {most} left"
    return f"{least} to {most} left"
