"""The judgement on a drop: within the budget, over it, or undecided."""

import math
from collections.abc import Mapping
from typing import Literal

from calibrate.core.verdict import Interval, Outcome, Verdict
from calibrate.errors import CalibrateError

Accept = Literal["estimate", "confident"]

TOLERANCE = 1e-9
"""Drops are differences of means of floats: 0.86 - 0.855 is not the 0.005 that was allowed."""


def judge(
    label: str,
    drop: Interval,
    max_drop: float,
    accept: Accept,
    *,
    estimate: float | None = None,
) -> Verdict:
    """Judge one metric.

    Args:
        label: of the metric.
        drop: with its interval, in the metric's unit.
        max_drop: the budget, absolute, in the metric's unit.
        accept: `estimate` passes when the estimate is within budget, `confident` only when the
            upper end of the interval is.
        estimate: a better estimate than the interval's own, where there is one.
    """
    best = drop.estimate if estimate is None else estimate
    budget = max_drop + TOLERANCE
    outcome: Outcome = "undecided"
    if drop.high <= budget:
        outcome = "within"
    elif drop.low > budget:
        outcome = "over"
    return Verdict(
        metric=label,
        drop=drop,
        max_drop=max_drop,
        outcome=outcome,
        estimate=best,
        passed=best <= budget if accept == "estimate" else outcome == "within",
        images_to_decide=images_to_decide(drop, max_drop) if outcome == "undecided" else None,
    )


def judge_all(
    drops: Mapping[str, Interval],
    budgets: Mapping[str, float],
    accept: Accept,
    estimates: Mapping[str, float] | None = None,
) -> tuple[Verdict, ...]:
    """Judge several metrics of one model; the promise holds when each of them passed.

    Requiring all of them costs no confidence: a model that is over in one metric is let through
    only if that very metric errs.

    Args:
        drops: by the metric's label.
        budgets: absolute, for the same labels.
        accept: as in `judge`.
        estimates: better than the intervals' own, for the labels that have one.
    """
    better = estimates or {}
    return tuple(
        judge(label, drop, budgets[label], accept, estimate=better.get(label))
        for label, drop in drops.items()
    )


def images_to_decide(drop: Interval, max_drop: float) -> int | None:
    """About how many images would bring the interval to one side of the budget.

    The distance from the estimate to the end that straddles shrinks with the square root of
    the number of images, and the estimate is taken to stay where it is.

    Returns:
        The number in all, those seen included; None where the estimate stands on the budget or
        the interval has no end.
    """
    gap = max_drop - drop.estimate
    reach = drop.high - drop.estimate if gap > 0 else drop.estimate - drop.low
    if abs(gap) <= TOLERANCE or not math.isfinite(reach):
        return None
    return max(drop.images, math.ceil(drop.images * (reach / gap) ** 2 - 1e-6))


def absolute_budget(
    fp32_value: float, max_drop: float, drop_type: Literal["absolute", "relative"]
) -> float:
    """The budget in the metric's unit.

    Args:
        fp32_value: of the metric, on the images that judge.
        max_drop: as configured; for `relative` a share of `fp32_value`.
        drop_type: as configured.

    Raises:
        CalibrateError: a share of zero, or of what is no number, was asked for.
    """
    if drop_type == "absolute":
        return max_drop
    if not math.isfinite(fp32_value) or fp32_value == 0:
        raise CalibrateError(
            f"a relative drop has no meaning for an FP32 value of {fp32_value:g}",
            where="budget.drop_type",
            hint="use `drop_type: absolute`, or look why FP32 scores nothing (`calibrate check`)",
        )
    return max_drop * abs(fp32_value)


def confidence_per_look(confidence: float, looks: int) -> float:
    """The confidence of each of up to `looks` judgements on one set of acceptance images.

    All of the intervals together then hold at `confidence`, whatever is chosen between looks
    (Bonferroni): who may look twice has to be twice as sure each time.
    """
    return 1 - (1 - confidence) / looks
