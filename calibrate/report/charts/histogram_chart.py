"""A small histogram of values, with the quantization range marked."""

from dataclasses import dataclass

from calibrate.report.search_section import Histogram

WIDTH, HEIGHT = 200.0, 44.0


@dataclass(frozen=True, slots=True)
class SpreadBars:
    """The bars of a histogram and the range, in units of a drawing of 200 x 44.

    Attributes:
        bars: left edge, top, width and height of each bar that is not empty.
        range: left and right end of the quantization range.
        zero: place of zero; None where it is outside.
    """

    bars: tuple[tuple[float, float, float, float], ...]
    range: tuple[float, float]
    zero: float | None


def spread_bars(histogram: Histogram, low: float, high: float) -> SpreadBars:
    """Return the bars; heights are square roots of shares, so that rare values show too.

    Args:
        histogram: of the values.
        low: lower end of the quantization range.
        high: upper end.
    """
    width = WIDTH / len(histogram.shares)
    top = max(histogram.shares) ** 0.5 or 1.0
    extent = histogram.high - histogram.low

    def at(value: float) -> float:
        return round(WIDTH * min(max((value - histogram.low) / extent, 0.0), 1.0), 2)

    bars = tuple(
        (round(index * width, 2), round(HEIGHT - height, 2), round(width, 2), round(height, 2))
        for index, share in enumerate(histogram.shares)
        if (height := max(HEIGHT * share**0.5 / top, 0.8 if share else 0.0))
    )
    zero = at(0.0) if histogram.low < 0 < histogram.high else None
    return SpreadBars(bars, (at(low), at(high)), zero)
