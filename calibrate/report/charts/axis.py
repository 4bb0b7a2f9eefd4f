"""Linear axes with round ticks: from values to positions in the drawing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_LEAST, _GREATEST = 1e-100, 1e100
"""Smaller magnitudes are drawn as zero and larger ones are left out: no real value is there."""

_MOST_DECIMALS = 5

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis.

    Attributes:
        low: the value at `start`.
        high: the value at `end`; greater than `low`.
        start: where the axis begins, in units of the drawing; may be greater than `end`.
        end: where it ends.
        step: between ticks.
    """

    low: float
    high: float
    start: float
    end: float
    step: float

    def at(self, value: float) -> float:
        """Return the position of a value, clamped to the axis, rounded to hundredths."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self) -> tuple[float, ...]:
        """Return the round values on the axis."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return tuple(k * self.step for k in range(first, last + 1))

    def label(self, value: float) -> str:
        """Format a tick's value with as many decimals as the step needs; `1.5e-05` if many."""
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        if abs(self.step * 10**decimals - round(self.step * 10**decimals)) > 1e-6:
            decimals += 1
        if decimals > _MOST_DECIMALS:
            return "0" if abs(value) < self.step / 2 else f"{value:.3g}"
        return f"{value + 0.0:.{decimals}f}"


def scale(
    values: Iterable[float], start: float, end: float, *, ticks: int = 5, zero: bool = False
) -> Scale:
    """Return an axis that covers all finite values, its ends on ticks.

    Args:
        values: to cover.
        start: where it begins, in units of the drawing.
        end: where it ends.
        ticks: about how many.
        zero: whether zero is on it.
    """
    finite = [
        value if abs(value) > _LEAST else 0.0 for value in values if abs(value) < _GREATEST
    ] + ([0.0] if zero else [])
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-9):
        room = abs(high) * 0.1 or 1.0
        low, high = low - (0 if zero and low == 0 else room), high + room
    step = _round_step((high - low) / ticks)
    return Scale(
        low=math.floor(low / step + 1e-9) * step,
        high=math.ceil(high / step - 1e-9) * step,
        start=start,
        end=end,
        step=step,
    )


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in _STEPS if factor * power >= least * (1 - 1e-9))
