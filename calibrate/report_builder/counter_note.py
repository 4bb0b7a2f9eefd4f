"""Describe a contradiction between the counters of single layers and the measured latency."""

from calibrate.core.precision import FP32
from calibrate.report import numbers
from calibrate.report.cost_column import cost_column
from calibrate.report.schema import Report

_FACTOR = 3.0
"""The counters of a small model add up to somewhat more than its latency: a microsecond is the
least that they show, and counting takes time. Beyond this factor something else was counted."""


def counter_note(report: Report) -> str:
    """Describe times of groups that add up to far more than the latency; other processes cause it.

    The plugin's threads wait for each other in every layer, so where others hold a processor each
    layer may take milliseconds. The latency is the median of many interleaved rounds, which such
    waits disturb less.

    Args:
        report: report with groups and latencies.

    Returns:
        Empty where the counters fit, were not taken, or are bytes.
    """
    counted = sum(group.microseconds.get(FP32.name, 0.0) for group in report.groups) / 1e3
    latency = report.performance["fp32"].latency_ms
    if not cost_column(report).timed or counted <= _FACTOR * latency:
        return ""
    return (
        f"The times of the layers are not reliable: they add up to {numbers.milliseconds(counted)} "
        f"in FP32, and the whole model takes {numbers.milliseconds(latency)}. Other processes "
        "disturbed the counters, so layers may be in floating point without being faster there: "
        "repeat the run with `--retime` on a quiet machine."
    )
