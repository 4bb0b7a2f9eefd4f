"""What a report says in sentences, the same in every form."""

from math import inf

from calibrate.core.precision import BF16, FP16, FP32, INT8
from calibrate.core.verdict import Interval, Verdict
from calibrate.report import numbers
from calibrate.report.prices import prices
from calibrate.report.schema import Report
from calibrate.report.targets import refusing
from calibrate.stats.verdict import TOLERANCE, judge, judge_floating_point


def judged(report: Report, label: str) -> Verdict:
    """The verdict on one metric of the written model, on the acceptance images."""
    facts = report.metrics[label]
    score = facts.result["acceptance"]
    drop = score.drop if score.drop is not None else 0.0
    low, high = score.interval or (drop, drop)
    confidence = report.verdict.confidence
    interval = Interval(drop, low, high, confidence, score.method, report.dataset.acceptance)
    if report.verdict.outcome == "floating_point":
        return judge_floating_point(label, facts.budget.absolute, report.dataset.acceptance)
    return judge(
        label,
        interval,
        facts.budget.absolute,
        report.verdict.accept,
        estimate=score.estimate,
        lower_bound=-inf if score.lower_bound is None else score.lower_bound,
    )


def headline(report: Report) -> str:
    """The verdict in a few words."""
    verdict = report.verdict
    refused = refusing(report)
    if refused and all(judged(report, label).passed for label in report.metrics):
        return f"Within budget here, not accepted for {', '.join(refused)}"
    if verdict.interval_result == "undecided":
        if verdict.passed:
            return "Within budget by the estimate, not proven by the interval"
        within = all(
            judged(report, m).estimate <= judged(report, m).max_drop for m in report.metrics
        )
        return (
            "Within budget by the estimate, not proven" if within else "Over budget by the estimate"
        )
    return "Within budget" if verdict.passed else "Over budget"


def promise(report: Report, label: str) -> str:
    """One metric: what was lost on unseen images, how sure that is, and what was allowed.

    `lost 0.40 points on 250 unseen images (95 % interval: 0.3 gained to 1.1 lost); budget 1.00
    points`, without the label, so that each form can mark that as a name.
    """
    facts, verdict = report.metrics[label], judged(report, label)
    told = f"{numbers.lost(verdict.drop.estimate, facts.unit)} on {judges(report)}"
    score = facts.result["acceptance"]
    if score.interval is not None and verdict.drop.low != verdict.drop.high:
        told += f" ({confidence(report)} interval: {numbers.between(score.interval, facts.unit)})"
    better = numbers.lost_at_all(verdict.estimate, facts.unit)
    if better != numbers.lost_at_all(verdict.drop.estimate, facts.unit):
        told += f"; counted and expected together it {better}"
    told += f"; budget {numbers.budget(facts)}"
    return told + _opposed(verdict)


def _opposed(verdict: Verdict) -> str:
    """Why the count alone says otherwise than the verdict, where it does."""
    allowed = verdict.max_drop + TOLERANCE
    counted, expected = (found <= allowed for found in (verdict.drop.estimate, verdict.estimate))
    if counted == expected:
        return ""
    side = "within" if counted else "over"
    return (
        f"; the count alone is {side} budget, but it turns on a few images that flipped either "
        "way, so the verdict goes by both together"
    )


def judges(report: Report) -> str:
    """The images that judged: `250 unseen images`, or `500 cross-fitted images`."""
    unseen = "unseen image" if report.dataset.folds == 1 else "cross-fitted image"
    return numbers.count(report.dataset.acceptance, unseen)


def confidence(report: Report) -> str:
    """Of the intervals: `95 %`."""
    return f"{100 * report.verdict.confidence:g} %"


def speed(report: Report) -> str:
    """The written model's speed against FP32's."""
    fp32, result = report.performance["fp32"], report.performance["result"]
    if fp32 == result:
        return f"FP32 itself: {numbers.milliseconds(fp32.latency_ms)}"
    return (
        f"{faster(result.speedup)} as FP32 ({numbers.milliseconds(result.latency_ms)} instead of "
        f"{numbers.milliseconds(fp32.latency_ms)})"
    )


def faster(speedup: float) -> str:
    """A speed-up: `1.65 times as fast`."""
    return f"{speedup:.2f} times as fast"


def layers(report: Report) -> str:
    """How many groups run at what."""
    kept = [group for group in report.groups if group.precision == FP32.name]
    count, total = len(report.groups) - len(kept), len(report.groups)
    told = f"{count} of {numbers.count(total, 'group')} {_quantized(report)}"
    if not kept:
        return told
    found = [prices(report).reason(group.reason) for group in kept]
    reasons = {reason: found.count(reason) for reason in _BECAUSE}
    because = ", ".join(f"{n} {_BECAUSE[reason]}" for reason, n in reasons.items() if n)
    return f"{told}, {len(kept)} in FP32" + (f" ({because})" if because else "")


def _quantized(report: Report) -> str:
    """What groups not in FP32 run at: `in INT8`, `in INT8 (3) and int4_weights (5)`."""
    counts: dict[str, int] = {}
    for group in report.groups:
        if group.precision != FP32.name:
            name = _family(report, group.precision)
            counts[name] = counts.get(name, 0) + 1
    if len(counts) < 2:
        return f"in {next(iter(counts), 'INT8')}"
    return "in " + " and ".join(f"{name} ({n})" for name, n in sorted(counts.items()))


def plain(report: Report) -> str:
    """What is compared with FP32 besides the result: `plain INT8`, or the first of the weights'."""
    settings = report.config.get("quantization")
    # Reports of before know of INT8 alone.
    precisions = settings.get("precisions", ["int8"]) if isinstance(settings, dict) else ["int8"]
    return "plain INT8" if "int8" in precisions else f"plain {precisions[0]}"


def precision(report: Report, name: str) -> str:
    """A precision for people: `FP32`, `INT8`, `INT8 accurate-bias`, `int4_weights`."""
    if name in report.precisions:
        return report.precisions[name].title
    known = {value.name: value.title for value in (FP32, BF16, FP16, INT8)}
    return known.get(name, name)


def _family(report: Report, name: str) -> str:
    """The title without the recipe: all variants of INT8 are INT8."""
    facts = report.precisions.get(name)
    if facts is not None and facts.compute_type == INT8.compute_type:
        return INT8.title
    return precision(report, name)


def cost(report: Report) -> str:
    """What the run spent against what nobody can avoid."""
    spent, floor = report.cost, report.cost.floor
    ratio = f", {spent.seconds / floor.seconds:.1f} times its floor" if floor.seconds > 0 else ""
    return (
        f"{numbers.seconds(spent.seconds)}{ratio}; "
        f"{numbers.count(spent.compilations, 'compilation')}, "
        f"{numbers.count(spent.inferences, 'inference')}"
    )


def machine(report: Report) -> str:
    """Where it was measured."""
    env = report.environment
    vnni = "VNNI" if env.vnni else "no VNNI"
    return f"{env.cpu}, {env.instruction_set}, {vnni}, {numbers.count(env.cores, 'core')}"


_BECAUSE = {
    "accuracy": "for accuracy",
    "speed": "for speed",
    "size": "for size",
    "not finite": "NaN or infinite in INT8",
    "not quantizable": "not quantizable",
    "user": "by the config",
}
