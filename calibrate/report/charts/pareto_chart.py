"""The front of time and divergence, converted to latency and to a metric's value."""

import math
from dataclasses import dataclass

from calibrate.core.precision import FP32
from calibrate.report.cost_column import cost_column
from calibrate.report.fallback import quantized
from calibrate.report.schema import Report
from calibrate.report.search_section import GroupFacts, PointFacts


@dataclass(frozen=True, slots=True)
class Expected:
    """A point of the front with its expected latency and drop.

    Attributes:
        point: of the front.
        latency_ms: expected.
        drop: expected on unseen images, in the metric's unit.
    """

    point: PointFacts
    latency_ms: float
    drop: float


def expected(report: Report, label: str) -> tuple[Expected, ...]:
    """Return the front in latency and drop; empty if either cannot be derived.

    Latency goes linearly with the time spent in the groups, between the latencies measured of
    FP32 and of plain INT8. The drop grows in proportion to the damage (docs/verdict.md): the
    factor is the least-squares fit through what was measured on the search images.
    """
    factor = _drop_per_divergence(report, label)
    line = _latency_line(report)
    if factor is None or line is None:
        return ()
    offset, slope = line
    return tuple(
        Expected(point, offset + slope * point.microseconds, factor * point.damage)
        for point in report.front
    )


def _latency_line(report: Report) -> tuple[float, float] | None:
    if not report.front or not cost_column(report).timed:
        return None
    fp32 = sum(group.microseconds.get(FP32.name, 0.0) for group in report.groups)
    int8 = sum(_in_plain_int8(group) for group in report.groups)
    slow = report.performance["fp32"].latency_ms
    fast = report.performance["int8"].latency_ms
    if fp32 <= int8 or slow <= fast:
        return None
    slope = (slow - fast) / (fp32 - int8)
    return slow - slope * fp32, slope


def _in_plain_int8(group: GroupFacts) -> float:
    """Return a group's time in INT8; that of its fastest floating point where it has no INT8."""
    times = quantized(group.microseconds) or group.microseconds
    return min(times.values(), default=0.0)


def _drop_per_divergence(report: Report, label: str) -> float | None:
    pairs = [
        (point.measured_damage, point.drops[label])
        for point in report.front
        if point.measured_damage is not None and label in point.drops
    ]
    plain = next((recipe.divergence for recipe in report.recipes if recipe.name == "int8"), None)
    drop = report.metrics[label].int8["search"].drop
    if plain is not None and drop is not None:
        pairs.append((plain, drop))
    pairs = [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]
    square = sum(x * x for x, _ in pairs)
    if square <= 0:
        return None
    # A gain would reverse the front; noise aside, divergence does not improve a model.
    return max(0.0, sum(x * y for x, y in pairs) / square)
