"""What the images say about a drop: an estimate, its interval, and the judgement on it."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["within", "over", "undecided"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with the interval it rests on.

    Attributes:
        estimate: the point estimate, in the metric's unit.
        low: lower end; -inf where there is none.
        high: upper end; inf where there is none.
        confidence: nominal coverage of [low, high], 0-1.
        method: how it was made, for instance `paired t`, as docs/verdict.md lists them.
        images: how many images it rests on.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str
    images: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one metric's drop.

    Attributes:
        metric: label of the metric.
        drop: FP32 minus INT8 in the metric's good direction (positive: INT8 is worse).
        max_drop: the budget, absolute, in the metric's unit.
        estimate: the drop that `accept: estimate` goes by; the interval's own, or a better one.
        outcome: `within` when the whole interval is within budget, `over` when none of it is,
            `undecided` otherwise.
        passed: whether the promise is accepted under the config's `accept` rule.
        images_to_decide: about how many images would decide an undecided one, None if decided
            or if no number would (the estimate stands on the budget).
    """

    metric: str
    drop: Interval
    max_drop: float
    estimate: float
    outcome: Outcome
    passed: bool
    images_to_decide: int | None = None
