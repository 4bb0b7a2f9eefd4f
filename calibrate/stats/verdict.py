"""The verdict on a drop: proven within the budget, accepted but not proven, or over it."""

import math
from typing import Literal

from calibrate.core.verdict import Interval, IntervalResult, Outcome, Verdict
from calibrate.errors import CalibrateError
from calibrate.stats.budget import TOLERANCE, DropType, budget_at

Accept = Literal["estimate", "confident"]

FLOATING_POINT = "floating-point model"
"""Method of the interval of the floating-point model against itself, [0, 0]."""


def judge(
    label: str,
    drop: Interval,
    max_drop: float,
    accept: Accept,
    *,
    estimate: float | None = None,
    lower_bound: float = -math.inf,
) -> Verdict:
    """Return the verdict on one metric.

    A model is `proven` where the whole interval of the counted drop is within budget. With
    `accept: estimate` it is also `accepted` where the estimate is within budget, unless the count
    contradicts it: the counted drop is over budget at the one-sided confidence that
    `lower_bound` was computed with, or the whole interval is over budget.

    Args:
        label: label of the metric.
        drop: drop as counted, with its interval, in the metric's unit.
        max_drop: the budget, absolute, in the metric's unit.
        accept: `estimate`, or `confident` to require `proven`.
        estimate: a better estimate than the interval's, if there is one.
        lower_bound: one-sided lower confidence bound of the counted drop; none by default.
    """
    best = drop.estimate if estimate is None else estimate
    result = interval_result(drop, max_drop)
    return Verdict(
        metric=label,
        drop=drop,
        max_drop=max_drop,
        estimate=best,
        lower_bound=lower_bound,
        interval_result=result,
        outcome=_outcome(
            result, accept, is_acceptable=max(best, lower_bound) <= max_drop + TOLERANCE
        ),
        images_to_decide=images_to_decide(drop, max_drop) if result == "undecided" else None,
    )


def judge_floating_point(label: str, max_drop: float, images: int) -> Verdict:
    """Return the verdict on the floating-point model, whose drop is exactly 0.

    Args:
        label: label of the metric.
        max_drop: the budget, absolute, in the metric's unit.
        images: number of acceptance samples for an INT8 model.
    """
    exact = Interval(0.0, 0.0, 0.0, 1.0, FLOATING_POINT, images)
    return Verdict(label, exact, max_drop, 0.0, 0.0, "within", "floating_point")


def interval_result(drop: Interval, max_drop: float) -> IntervalResult:
    """Compare the interval of a drop with the budget, with a tolerance for rounding."""
    if drop.high <= max_drop + TOLERANCE:
        return "within"
    return "over" if drop.low > max_drop + TOLERANCE else "undecided"


def _outcome(result: IntervalResult, accept: Accept, *, is_acceptable: bool) -> Outcome:
    if result == "within":
        return "proven"
    if result == "undecided" and is_acceptable and accept == "estimate":
        return "accepted"
    return "over"


def images_to_decide(drop: Interval, max_drop: float) -> int | None:
    """Estimate how many images would bring the interval to one side of the budget.

    The distance from the estimate to the end beyond the budget shrinks with the square root of the
    number of images; the estimate is assumed not to change.

    Returns:
        The total number, those measured included; None if the estimate equals the budget or the
        interval is unbounded.
    """
    gap = max_drop - drop.estimate
    reach = drop.high - drop.estimate if gap > 0 else drop.estimate - drop.low
    if abs(gap) <= TOLERANCE or not math.isfinite(reach):
        return None
    return max(drop.images, math.ceil(drop.images * (reach / gap) ** 2 - 1e-6))


def absolute_budget(fp32_value: float, max_drop: float, drop_type: DropType) -> float:
    """Return the budget in the metric's unit, if there is one.

    Args:
        fp32_value: FP32's value of the metric, on the acceptance images.
        max_drop: budget as configured; for `relative` a share of `fp32_value`.
        drop_type: type as configured.

    Raises:
        CalibrateError: the drop is relative to a value that is 0 or not finite.
    """
    if drop_type == "relative" and (not math.isfinite(fp32_value) or fp32_value == 0):
        raise CalibrateError(
            f"a relative drop is undefined for an FP32 value of {fp32_value:g}",
            where="budget.drop_type",
            hint="use `drop_type: absolute`, or find the cause of this value by `calibrate check`",
        )
    return budget_at(fp32_value, max_drop, drop_type)


def confidence_per_look(confidence: float, looks: int) -> float:
    """Return the confidence of each of up to `looks` rounds on one set of acceptance images.

    All of the intervals then hold jointly at `confidence`, for any choice between the rounds
    (Bonferroni): with two rounds, each has half the error rate.
    """
    return 1 - (1 - confidence) / looks
