"""The report's records of budgets, scores, acceptance rounds and the verdict."""

from typing import Literal

from pydantic import Field

from calibrate.core.verdict import IntervalResult, Outcome
from calibrate.report.facts import Record, SetName

FloatingPointReason = Literal["", "budget", "speed", "time", "nothing to quantize"]


class BudgetFacts(Record):
    """The budget of one metric."""

    max_drop: float
    """As in the config."""
    drop_type: Literal["absolute", "relative"]
    """As in the config."""
    absolute: float
    """The budget in the metric's unit."""


class Score(Record):
    """One model's value of one metric on one set of images."""

    value: float
    """Value of the metric."""
    drop: float | None = None
    """FP32's value minus this model's (the reverse where lower is better), paired sample by
    sample."""
    estimate: float | None = None
    """The drop that `accept: estimate` uses: counted and expected combined (docs/verdict.md)."""
    interval: tuple[float, float] | None = None
    """Interval of the drop, at the report's confidence."""
    method: str = ""
    """How the interval was computed (docs/verdict.md)."""
    lower_bound: float | None = None
    """The counted drop is at least this, at the one-sided `budget.refusal_confidence`."""


class MetricFacts(Record):
    """One metric of every model on every set."""

    unit: str
    """`fraction` is printed as per cent, drops in points."""
    higher_is_better: bool
    """The metric's direction."""
    budget: BudgetFacts
    """How much may be lost."""
    fp32: dict[SetName, Score]
    """The prepared FP32 model."""
    float: dict[SetName, Score] | None = None
    """Nothing quantized, in BF16 or FP16 as floating point is deployed; None where that is FP32."""
    int8: dict[SetName, Score]
    """Plain INT8: every layer, NNCF's defaults and the config's settings."""
    result: dict[SetName, Score]
    """The model that was written; on acceptance samples what was judged: `judged_models`."""


class AcceptanceLook(Record):
    """One acceptance round: a candidate evaluated on the acceptance samples."""

    candidate: str
    """Short description: the number of groups at each precision."""
    drops: dict[str, float]
    """Drops by metric."""
    outcome: Outcome
    """Worst over the metrics."""
    passed: bool
    """Under the `accept` rule, for every target too."""
    targets: dict[str, bool] = Field(default={})
    """Whether it was accepted, by target."""


class TargetScore(Record):
    """One metric of the result as another CPU computes it."""

    drop: float
    """As `Score.drop`, against FP32 on this CPU."""
    estimate: float
    """As `Score.estimate`."""
    interval: tuple[float, float]
    """Interval of the drop, at the report's confidence."""
    outcome: Outcome
    """As `VerdictFacts.outcome`, of this metric."""
    interval_result: IntervalResult
    """Whole interval within budget, none of it, or neither."""
    passed: bool
    """Whether the outcome is anything but `over`."""


class TargetFacts(Record):
    """The verdict for a further CPU, on the acceptance samples."""

    target: str
    """Name in the config."""
    instruction_set: str
    """oneDNN's name of it."""
    how: Literal["here", "limited", "worker", "simulated"]
    """`here`: that of this CPU; `limited`: native, in a process limited to it; `worker`: native, on
    workers of a cluster that have it; `simulated`: above this CPU, rounded as INT8 and multiplied
    in FP32, which cannot saturate."""
    passed: bool
    """Whether every metric is accepted."""
    metrics: dict[str, TargetScore]
    """Scores by metric."""


class VerdictFacts(Record):
    """The verdict and its statistical basis."""

    outcome: Outcome
    """`proven`: the whole interval is within budget. `accepted`: not proven, but the estimate is
    within budget and the count does not contradict it. `over`: neither. `floating_point`: no
    INT8 model was accepted, and the floating-point model is written. The worst over metrics."""
    is_finite: bool = True
    """False where an output of the result was NaN or infinite on an acceptance sample; the outcome
    is then `over`, independent of the metrics."""
    interval_result: IntervalResult
    """Whole interval of the counted drop within budget, none of it, or neither."""
    floating_point_reason: FloatingPointReason = ""
    """Why the floating-point model is written: no INT8 model that was tried keeps the budget, none
    that does is faster on this CPU, time ran out first, or nothing can be quantized."""
    judged_models: int = 1
    """2 where the halves of a cross-fitted run chose different models: each half judged the other's
    choice, and the one that diverges less from FP32 is written."""
    passed: bool
    """Whether the outcome is anything but `over`, for every target too; decides the exit code."""
    accept: Literal["estimate", "confident"]
    """The rule, `budget.accept`."""
    confidence: float
    """Confidence of all intervals together; each acceptance round uses a part of the error."""
    summary: str
    """One sentence."""
    looks: tuple[AcceptanceLook, ...]
    """Every acceptance round, in order, those of faster candidates after the timing included."""
    images_to_decide: int | None
    """Approximate number of acceptance samples that would decide an undecided verdict."""
    next_steps: tuple[str, ...]
    """Suggestions for the user, as sentences."""
    targets: tuple[TargetFacts, ...] = ()
    """The same for the further CPUs of the config's `targets`."""
