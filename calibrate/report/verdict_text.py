"""The sentences of the verdict, shared by every format."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from calibrate.core.verdict import Interval, Verdict
from calibrate.report import numbers, phrases
from calibrate.report.cost_column import cost_column
from calibrate.report.outcomes import STYLES, OutcomeStyle
from calibrate.report.schema import Report
from calibrate.report.targets import refusing
from calibrate.report.verdict_section import FloatingPointReason
from calibrate.stats.budget import TOLERANCE
from calibrate.stats.verdict import judge, judge_floating_point

_FLOATING_POINT: Mapping[FloatingPointReason, str] = {
    "": "the floating-point model is written",
    "budget": "no INT8 model that was tried keeps the budget",
    "time": "time ran out before an INT8 model within the budget was found",
    "nothing to quantize": "the model has nothing that can be quantized",
}
"""Why no INT8 model is the answer."""


def _why_floating_point(report: Report) -> str:
    reason = report.verdict.floating_point_reason
    if reason != "speed":
        return _FLOATING_POINT[reason]
    cost = cost_column(report)
    on_cpu = f" on {phrases.timed_on(report)}" if cost.timed else ""
    return f"no INT8 model within the budget is {cost.better}{on_cpu}"


def style(report: Report) -> OutcomeStyle:
    """Return name, symbol and colour of the outcome."""
    return STYLES[report.verdict.outcome]


def judged(report: Report, label: str) -> Verdict:
    """Return the verdict on one metric of the written model, on the acceptance samples."""
    facts = report.metrics[label]
    score = facts.result["acceptance"]
    if report.verdict.outcome == "floating_point":
        return judge_floating_point(label, facts.budget.absolute, report.dataset.acceptance)
    drop = score.drop if score.drop is not None else 0.0
    low, high = score.interval or (drop, drop)
    interval = Interval(
        drop, low, high, report.verdict.confidence, score.method, report.dataset.acceptance
    )
    verdict = judge(
        label,
        interval,
        facts.budget.absolute,
        report.verdict.accept,
        estimate=score.estimate,
        lower_bound=-inf if score.lower_bound is None else score.lower_bound,
    )
    return verdict if report.verdict.is_finite else replace(verdict, outcome="over")


def headline(report: Report) -> str:
    """Summarize the verdict, without its symbol."""
    name = style(report).name
    if report.verdict.outcome == "floating_point":
        return f"{name}: {_why_floating_point(report)}"
    if not report.verdict.is_finite:
        return _NOT_FINITE
    verdicts = [judged(report, label) for label in report.metrics]
    refused = [verdict for verdict in verdicts if not verdict.passed]
    if refused:
        return max((_over(verdict) for verdict in refused), key=_GRAVITY.index)
    if targets := refusing(report):
        return f"{name} for {', '.join(targets)}"
    return name


_NOT_FINITE = "Over budget: outputs are NaN or infinite"
_OVER = "Over budget"
_OVER_BY_COUNT = "Over budget by the count"
_OVER_AT_UPPER_END = "Over budget at the upper end of the interval"
_GRAVITY = (_OVER_AT_UPPER_END, _OVER_BY_COUNT, _OVER)


def _over(verdict: Verdict) -> str:
    """Say what of a refused metric is over the budget."""
    allowed = verdict.max_drop + TOLERANCE
    if verdict.estimate > allowed or verdict.interval_result == "over":
        return _OVER
    return _OVER_BY_COUNT if verdict.lower_bound > allowed else _OVER_AT_UPPER_END


def drop_sentence(report: Report, label: str) -> str:
    """Describe one metric: values, counted drop with its interval, estimated drop, and budget.

    `goes 85.0 -> 84.6 % on 200 unseen samples: drop 0.40 points counted (95 % interval -0.2 to
    1.0), 0.31 points estimated; budget 1.00 points`, without the label, so that each format can
    mark that as a name. A drop is negative where the result is better.
    """
    facts, verdict = report.metrics[label], judged(report, label)
    unit = facts.unit
    before = facts.fp32["acceptance"].value
    if verdict.outcome == "floating_point":
        value = numbers.value(before, unit)
        return f"stays at {value} on {judges(report)}; budget {numbers.budget(facts)}"
    after = facts.result["acceptance"].value
    direction = "" if facts.higher_is_better else " (lower is better)"
    counted = numbers.visible_drop(verdict.drop.estimate, unit)
    estimated = numbers.visible_drop(verdict.estimate, unit)
    text = (
        f"goes {numbers.transition(before, after, unit)}{direction} on {judges(report)}: "
        f"drop {counted} counted ({_interval(report, verdict, unit)})"
    )
    if facts.result["acceptance"].estimate is not None and estimated != counted:
        text += f", {estimated} estimated"
    return f"{text}; budget {numbers.budget(facts)}"


def _interval(report: Report, verdict: Verdict, unit: str) -> str:
    ends = (verdict.drop.low, verdict.drop.high)
    bounds = numbers.interval(ends, unit, budget=verdict.max_drop)
    return f"{confidence(report)} interval {bounds}" if bounds else "its interval is unknown"


def reason_sentence(report: Report, label: str) -> str:
    """Return a sentence on why one metric has its outcome."""
    verdict = judged(report, label)
    if not report.verdict.is_finite:
        return "Outputs are NaN or infinite on some of these samples, so no value is acceptable."
    if verdict.outcome == "accepted":
        beyond = verdict.drop.estimate > verdict.max_drop + TOLERANCE
        return _ACCEPTED_BEYOND if beyond else _ACCEPTED
    if verdict.outcome != "over":
        return _REASONS[verdict.outcome]
    if verdict.interval_result == "over":
        return "The whole interval of the drop is over the budget."
    bound = numbers.visible_drop(verdict.lower_bound, report.metrics[label].unit)
    return _REASONS_OVER[_over(verdict)].format(bound=bound)


_REASONS: Mapping[str, str] = {
    "floating_point": "The floating-point model is written, so nothing drops.",
    "proven": "The whole interval of the drop is within the budget.",
}
_ACCEPTED = (
    "The estimate and the counted drop are within the budget; the interval reaches over it, so "
    "this is not proven."
)
_ACCEPTED_BEYOND = (
    "The estimate is within the budget. The counted drop is over it, but chance explains that at "
    "the confidence of `budget.refusal_confidence`, so this is not proven."
)
_REASONS_OVER: Mapping[str, str] = {
    _OVER: "The estimated drop is over the budget.",
    _OVER_BY_COUNT: (
        "The estimate is within the budget, but the counted drop is at least {bound} at the "
        "one-sided confidence of `budget.refusal_confidence`, which is over it."
    ),
    _OVER_AT_UPPER_END: (
        "The estimate is within the budget, but the interval reaches over it, which `accept: "
        "confident` does not allow."
    ),
}


def judges(report: Report) -> str:
    """Name the samples of the verdict: `250 unseen samples`, or `500 cross-fitted samples`."""
    unseen = "unseen sample" if report.dataset.folds == 1 else "cross-fitted sample"
    return numbers.count(report.dataset.acceptance, unseen)


def cross_fitting(report: Report) -> str:
    """Say which model each half of the samples judged; empty if no sample both chose and judged."""
    if report.dataset.folds == 1 or report.verdict.outcome == "floating_point":
        return ""
    if report.verdict.judged_models == 1:
        return (
            "Cross-fitted: each half of the samples judged what the other half chose, which was "
            "the same for both."
        )
    return (
        "Cross-fitted: each half of the samples judged the model that the other half chose. The "
        "two models differ, so the drop is that of both together; the one that diverges less from "
        "FP32 is written."
    )


def confidence(report: Report) -> str:
    """Return the confidence of the intervals: `95 %`."""
    return f"{100 * report.verdict.confidence:g} %"
