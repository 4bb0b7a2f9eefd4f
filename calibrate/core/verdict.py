"""Records of a drop: the estimate, its interval, and the verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["proven", "accepted", "over", "floating_point"]
"""The outcome of the verdict on a drop.

`proven`: the whole interval of the counted drop is within budget. `accepted`: not proven, but the
estimate is within budget and the count does not contradict it. `over`: neither, so the model
does not pass. `floating_point`: the written model is the floating-point model itself, because no
INT8 model was accepted; its drop is 0 by definition.
"""

IntervalResult = Literal["within", "over", "undecided"]
"""Where the interval of the counted drop lies: within budget, over it, or on both sides."""

_WORST_FIRST: tuple[Outcome, ...] = ("over", "accepted", "proven", "floating_point")


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes:
        estimate: the point estimate, in the metric's unit.
        low: lower end; -inf if unbounded.
        high: upper end; inf if unbounded.
        confidence: nominal coverage of [low, high], 0-1.
        method: for instance `paired t`; docs/verdict.md lists the methods.
        images: number of samples.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str
    images: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one metric's drop.

    Attributes:
        metric: label of the metric.
        drop: FP32 minus INT8 in the metric's good direction (positive: INT8 is worse), as counted.
        max_drop: the budget, absolute, in the metric's unit.
        estimate: the drop that `accept: estimate` uses; the interval's own, or a better one.
        lower_bound: the counted drop is at least this, at `budget.refusal_confidence` (one-sided);
            a model is refused if it is over budget. -inf if nothing was counted.
        interval_result: where the interval of the counted drop lies.
        outcome: under the config's `accept` rule.
        images_to_decide: about how many samples would decide an undecided interval; None if it
            is decided or if no number would (the estimate equals the budget).
    """

    metric: str
    drop: Interval
    max_drop: float
    estimate: float
    lower_bound: float
    interval_result: IntervalResult
    outcome: Outcome
    images_to_decide: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the model may be written: anything but `over`."""
        return self.outcome != "over"


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a model from those of its metrics: the one that guarantees least.

    Args:
        outcomes: at least one.
    """
    return min(outcomes, key=_WORST_FIRST.index)
