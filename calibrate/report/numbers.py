"""Format values, the same in every format of the report."""

import math
from collections.abc import Sequence

from calibrate.core.text import decimals, rounded
from calibrate.core.text import drop_text as drop
from calibrate.core.text import value_text as value
from calibrate.report.verdict_section import MetricFacts

__all__ = ["drop", "value"]

_NOTHING = 1e-9
"""What sums of floats differ by."""
_MOST_FURTHER_DIGITS = 3


def visible_drop(number: float, unit: str) -> str:
    """Format a drop as `drop` does, but never round a nonzero drop to 0: a budget may be zero."""
    text = drop(number, unit)
    if not math.isfinite(number):
        return "unknown"
    if float(text.split()[0]) != 0 or abs(number) < _NOTHING:
        return text
    amount, *name = text.split()
    least = " ".join([f"{amount[:-1]}1", *name])
    return f"less than {least}" if number > 0 else f"more than -{least}"


def transition(before: float, after: float, unit: str) -> str:
    """Format a value before and after: `86.0 -> 85.8 %`, `25.36 -> 25.31 dB`, `0.431 -> 0.44`."""
    first, last = value(before, unit), value(after, unit)
    return f"{first.split()[0]} -> {last}"


def interval(bounds: tuple[float, float] | None, unit: str, *, budget: float | None = None) -> str:
    """Format the ends of a drop's interval: `-0.3 to 1.1`, without the unit; empty without one.

    Args:
        bounds: ends of the interval, infinite where unknown; None without an interval.
        unit: unit of the metric.
        budget: allowed drop; an end above or below it has digits that show on which side it lies.
    """
    if bounds is None:
        return ""
    scale, least, significant = (100, 1, 1) if unit == "fraction" else (1, 3, 2)
    low, high = bounds
    widest = max((abs(scale * end) for end in bounds if math.isfinite(end)), default=0.0)
    digits = decimals(widest, least=least, significant=significant)
    if budget is not None:
        digits += _digits_apart([scale * end for end in bounds], scale * budget, digits)
    shown = [rounded(scale * end, digits) if math.isfinite(end) else "" for end in (low, high)]
    if all(shown):
        return f"{shown[0]} to {shown[1]}"
    if shown[0]:
        return f"at least {shown[0]}"
    return f"at most {shown[1]}" if shown[1] else ""


def _digits_apart(ends: Sequence[float], limit: float, digits: int) -> int:
    """Return the number of further digits that distinguish the ends of an interval from a limit."""
    near = [end for end in ends if math.isfinite(end) and abs(end - limit) > _NOTHING]
    return next(
        (
            more
            for more in range(_MOST_FURTHER_DIGITS)
            if all(round(end, digits + more) != round(limit, digits + more) for end in near)
        ),
        _MOST_FURTHER_DIGITS,
    )


def budget(facts: MetricFacts) -> str:
    """Format the budget: `1.00 points`, with its share if it was given as one."""
    text = visible_drop(facts.budget.absolute, facts.unit)
    if facts.budget.drop_type == "relative":
        return f"{text} ({100 * facts.budget.max_drop:g} % of FP32)"
    return text


def size(count: int | None) -> str:
    """Format bytes: `42.9 kB`, `10.4 MB`, `25.3 GB`; `unknown` if not measured."""
    if count is None:
        return "unknown"
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def seconds(number: float) -> str:
    """Format a duration: `8.3 s`, `2 min 05 s`."""
    if number < 60:
        return f"{number:.1f} s"
    return f"{int(number // 60)} min {int(number % 60):02d} s"


def count(number: int, singular: str, plural: str = "") -> str:
    """Format a count: `1 image`, `1,250 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def share(part: float | None, whole: float | None) -> str:
    """Format a share of a whole: `27 %`; empty if the whole is 0 or either is unknown."""
    return f"{100 * part / whole:.0f} %" if part is not None and whole else ""


def nearly(part: float) -> str:
    """Format a share, 0-1, as `100 %` only if it is 1: `27 %`, `more than 99 %`."""
    if 0.995 <= part < 1 - _NOTHING:
        return "more than 99 %"
    if _NOTHING < part < 0.005:
        return "less than 1 %"
    return f"{100 * part:.0f} %"


def milliseconds(number: float) -> str:
    """Format a latency: `0.213 ms`, `4.13 ms`, `36.0 ms`, `412 ms`."""
    return f"{significant(number)} ms"


def significant(number: float) -> str:
    """Format three significant digits without an exponent: `0.213`, `4.13`, `412`."""
    if not math.isfinite(number) or number == 0:
        return f"{number:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    return f"{number:.{min(digits, 9)}f}"
