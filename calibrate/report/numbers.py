"""How values are spelled, the same in every form of the report."""

import math

from calibrate.core.text import drop_text as drop
from calibrate.core.text import rounded
from calibrate.core.text import value_text as value
from calibrate.report.verdict_section import MetricFacts, Score

__all__ = ["drop", "value"]

_NOTHING = 1e-9
"""What sums of floats differ by."""


def lost(number: float, unit: str) -> str:
    """A drop in words: `lost 0.40 points`, `gained 0.05 dB`, `lost nothing`."""
    if not math.isfinite(number):
        return "lost an unknown amount"
    told = drop(abs(number), unit)
    if float(told.split()[0]) == 0:
        return "lost nothing"
    return f"{'lost' if number > 0 else 'gained'} {told}"


def lost_at_all(number: float, unit: str) -> str:
    """As `lost`, but what is only too small to be shown is not nothing: a budget may be zero."""
    told = lost(number, unit)
    if told != "lost nothing" or abs(number) < _NOTHING:
        return told
    amount, *name = drop(0.0, unit).split()
    least = " ".join([f"{amount[:-1]}1", *name])
    return f"{'lost' if number > 0 else 'gained'} less than {least}"


def interval(score: Score, unit: str) -> str:
    """The interval of a drop: `-0.3 to 1.1`, without the unit."""
    if score.interval is None:
        return ""
    scale, digits = (100, 1) if unit == "fraction" else (1, 3)
    low, high = score.interval
    return f"{rounded(scale * low, digits)} to {rounded(scale * high, digits)}"


def between(bounds: tuple[float, float], unit: str) -> str:
    """The interval of a drop in words: `0.3 gained to 1.1 lost`."""
    scale, digits = (100, 1) if unit == "fraction" else (1, 3)
    low, high = (rounded(scale * abs(bound), digits) for bound in bounds)
    if bounds[0] >= 0:
        return f"{low} to {high} lost"
    if bounds[1] <= 0:
        return f"{high} to {low} gained"
    return f"{low} gained to {high} lost"


def budget(facts: MetricFacts) -> str:
    """The budget: `1.00 points`, with the share it was given as."""
    told = drop(facts.budget.absolute, facts.unit)
    if facts.budget.drop_type == "relative":
        return f"{told} ({100 * facts.budget.max_drop:g} % of FP32)"
    return told


def size(count: int) -> str:
    """Bytes for people: `42.9 kB`, `10.4 MB`, `25.3 GB`."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def seconds(number: float) -> str:
    """A duration: `8.3 s`, `2 min 05 s`."""
    if number < 60:
        return f"{number:.1f} s"
    return f"{int(number // 60)} min {int(number % 60):02d} s"


def count(number: int, singular: str, plural: str = "") -> str:
    """A number of things: `1 image`, `1,250 images`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def share(part: float, whole: float) -> str:
    """A part of a whole: `27 %`; empty where there is no whole."""
    return f"{100 * part / whole:.0f} %" if whole > 0 else ""


def milliseconds(number: float) -> str:
    """A latency: `0.213 ms`, `4.13 ms`, `36.0 ms`, `412 ms`."""
    return f"{significant(number)} ms"


def significant(number: float) -> str:
    """Three significant digits without an exponent: `0.213`, `4.13`, `412`."""
    if not math.isfinite(number) or number == 0:
        return f"{number:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    return f"{number:.{min(digits, 9)}f}"
