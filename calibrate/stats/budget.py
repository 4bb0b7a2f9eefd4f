"""The budget of a drop in the metric's unit, and the tolerance of comparisons with it."""

from typing import Literal

DropType = Literal["absolute", "relative"]

TOLERANCE = 1e-9
"""Tolerance for rounding: drops are differences of means, and 0.86 - 0.855 is not exactly 0.005."""


def budget_at(fp32_value: float, max_drop: float, drop_type: DropType) -> float:
    """Return the budget in the metric's unit; a relative one is 0 if FP32's value is.

    Args:
        fp32_value: FP32's value of the metric, on the samples that the budget is for.
        max_drop: budget as configured; for `relative` a share of `fp32_value`.
        drop_type: type as configured.
    """
    return max_drop * abs(fp32_value) if drop_type == "relative" else max_drop
