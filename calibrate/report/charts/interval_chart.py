"""Small horizontal charts: the interval against the budget, the cost by stage, the ranges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.core.stage import FLOOR
from calibrate.report import numbers, verdict_text
from calibrate.report.charts.axis import Scale, scale
from calibrate.report.schema import Report
from calibrate.report.search_section import RangeFacts

WIDTH = 560.0
_MARGIN = 28.0


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """A drop's interval against its budget.

    Attributes:
        axis: of the drop, losses to the right.
        budget: place of the budget.
        estimate: place of the estimate.
        count: place of the counted drop; None where it is the estimate.
        low: left end of the interval.
        high: right end.
        labels: place and text of the ticks.
        unit: of the ticks.
    """

    axis: Scale
    budget: float
    estimate: float
    count: float | None
    low: float
    high: float
    labels: tuple[tuple[float, str], ...]
    unit: str


def interval_chart(report: Report, label: str) -> IntervalChart:
    """Return the chart of one metric's interval and budget."""
    facts, verdict = report.metrics[label], verdict_text.judged(report, label)
    factor, unit = (100.0, "points") if facts.unit == "fraction" else (1.0, facts.unit)
    low, high, budget = (
        factor * value for value in (verdict.drop.low, verdict.drop.high, verdict.max_drop)
    )
    # An unknown end is drawn at the edge of the axis.
    reach = max(abs(factor * verdict.drop.estimate), budget, 1e-9) * 1.4
    low, high = max(low, -reach) if math.isinf(low) else low, reach if math.isinf(high) else high
    shown = [low, high, 1.4 * budget, -0.2 * budget]
    axis = scale(shown, _MARGIN, WIDTH - _MARGIN, ticks=6, zero=True)
    return IntervalChart(
        axis=axis,
        budget=axis.at(budget),
        estimate=axis.at(factor * verdict.estimate),
        count=None
        if verdict.drop.estimate == verdict.estimate
        else axis.at(factor * verdict.drop.estimate),
        low=axis.at(low),
        high=axis.at(high),
        labels=tuple((axis.at(tick), axis.label(tick)) for tick in axis.ticks()),
        unit=unit,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's share of the run.

    Attributes:
        name: of the stage.
        x: left edge.
        width: of the bar.
        look: CSS class.
        unavoidable: whether it belongs to the floor.
        text: name and numbers.
    """

    name: str
    x: float
    width: float
    look: str
    unavoidable: bool
    text: str


def stages(report: Report) -> tuple[Stage, ...]:
    """Return the cost by stage, end to end: the floor first, then what the search added."""
    spent = report.cost.stages
    total = sum(stage.seconds for stage in spent.values())
    if not total > 0 or not math.isfinite(total):
        return ()
    bars, x = [], 0.0
    for unavoidable in (True, False):
        chosen = [name for name in spent if (name in FLOOR) == unavoidable]
        for position, name in enumerate(chosen):
            width = WIDTH * spent[name].seconds / total
            kind = "floor" if unavoidable else "extra"
            text = f"{name}: {numbers.seconds(spent[name].seconds)}"
            look = f"{kind}{position % 4}"
            bars.append(Stage(name, round(x, 2), round(width, 2), look, unavoidable, text))
            x += width
    return tuple(bars)


@dataclass(frozen=True, slots=True)
class RangeStrip:
    """One calibrated range (a band) and the observed range (a line), on a separate axis."""

    facts: RangeFacts
    band: tuple[float, float]
    line: tuple[float, float]
    zero: float | None


def range_strips(ranges: Sequence[RangeFacts], width: float = 160.0) -> tuple[RangeStrip, ...]:
    """Return a strip for each range, on separate axes: layers differ by orders of magnitude."""
    strips = []
    for facts in ranges:
        ends = (facts.low, facts.high, facts.observed_low, facts.observed_high)
        if not all(map(math.isfinite, ends)) or max(ends) <= min(ends):
            continue
        axis = Scale(min(ends), max(ends), 2, width - 2, 1.0)
        zero = axis.at(0) if min(ends) < 0 < max(ends) else None
        strips.append(
            RangeStrip(
                facts,
                (axis.at(facts.low), axis.at(facts.high)),
                (axis.at(facts.observed_low), axis.at(facts.observed_high)),
                zero,
            )
        )
    return tuple(strips)
