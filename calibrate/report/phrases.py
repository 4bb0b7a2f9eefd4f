"""Sentences of a report, shared by every format."""

import json

from calibrate.core.precision import BF16, FLOAT_NAMES, FLOATS, FP16, FP32, INT8
from calibrate.report import numbers
from calibrate.report.cost_column import cost_column
from calibrate.report.performance_section import Performance
from calibrate.report.schema import Report


def speed(report: Report) -> str:
    """Describe the written model's speed against floating point as deployed, and FP32's."""
    fp32, result = report.performance["fp32"], report.performance["result"]
    reduced = report.performance.get("float")
    name = deployed_float(report)
    parts = []
    if _is_deployed_float(report):
        parts.append(
            f"floating point, which OpenVINO computes in {name} here: "
            f"{numbers.milliseconds(result.latency_ms)}"
        )
    elif reduced is not None:
        ratio = faster(latency_ratio(reduced, result))
        kind = f"{name}, which OpenVINO computes floating point in here"
        parts.append(f"{ratio} as {kind} ({_times(reduced, result.speedup_over_float_interval)})")
    if report.verdict.outcome == "floating_point" or fp32 == result:
        parts.append(f"FP32: {numbers.milliseconds(result.latency_ms)}")
    else:
        times = f"{numbers.milliseconds(result.latency_ms)} instead of "
        times += _times(fp32, result.speedup_interval)
        parts.append(f"{faster(latency_ratio(fp32, result))} as FP32 ({times})")
    return "; ".join(parts)


def _is_deployed_float(report: Report) -> bool:
    """Whether every group runs in the reduced type that floating point is deployed in."""
    title = deployed_float(report)
    titles = {precision(report, group.precision) for group in report.groups}
    return title != FP32.title and titles == {title}


def _times(model: Performance, interval: tuple[float, float] | None) -> str:
    """Return a model's latency, and the interval of the ratio to it where it is known."""
    latency = numbers.milliseconds(model.latency_ms)
    if interval is None:
        return latency
    low, high = interval
    return f"{latency}; 95 % interval of the ratio: {low:.2f} to {high:.2f}"


def latency_ratio(fp32: Performance, other: Performance) -> float:
    """Return FP32's latency over another model's; 0 if that is unknown."""
    return fp32.latency_ms / other.latency_ms if other.latency_ms > 0 else 0.0


def deployed_float(report: Report) -> str:
    """Return the type that deployed floating-point layers compute in: `FP32`, `BF16`.

    An FP32 result may need the hint `f32` where floating point is deployed in another type.
    """
    reduced = report.performance.get("float")
    if reduced is not None:
        kind = reduced.inference_precision
    else:
        kind = report.deployment.inference_precision if report.deployment else FP32.compute_type
    return next((f.title for f in FLOATS.values() if f.compute_type == kind), kind.upper())


def models(report: Report) -> dict[str, str]:
    """Return the models of a report with their column titles, the result last."""
    titles = {"fp32": "FP32"}
    if "float" in report.performance:
        titles["float"] = deployed_float(report)
    return {**titles, "int8": plain(report), "result": "result"}


def how_to_run(report: Report) -> str:
    """Return the code that runs the written model as evaluated; empty if none was written."""
    if report.model.written is None:
        return ""
    name = report.model.written.rpartition("/")[2]
    properties = report.deployment.properties if report.deployment else {}
    given = f", {properties}" if properties else ""
    dynamic = report.model.dynamic
    if dynamic is None or not dynamic.kept:
        return f'core.compile_model("{name}", "CPU"{given})'
    shapes = json.dumps({key: list(shape) for key, shape in report.model.inputs.items()})
    return (
        f'model = core.read_model("{name}"); model.reshape({shapes}); '
        f'core.compile_model(model, "CPU"{given})'
    )


def faster(speedup: float) -> str:
    """Format a speed-up: `1.65 times as fast`."""
    return f"{speedup:.2f} times as fast"


def layers(report: Report) -> str:
    """Count the groups at each precision: `5 of 6 groups in INT8, 1 in FP32 (1 for speed)`."""
    kept = [group for group in report.groups if group.precision in FLOAT_NAMES]
    count, total = len(report.groups) - len(kept), len(report.groups)
    text = f"{count} of {numbers.count(total, 'group')} {_quantized(report)}"
    for name in sorted({group.precision for group in kept}):
        groups = [group for group in kept if group.precision == name]
        given = [cost_column(report).reason(group.reason) for group in groups]
        reasons = {reason: given.count(reason) for reason in _BECAUSE}
        because = ", ".join(f"{n} {_BECAUSE[reason]}" for reason, n in reasons.items() if n)
        text += f", {len(groups)} in {precision(report, name)}"
        text += f" ({because})" if because else ""
    return text


def _quantized(report: Report) -> str:
    """Name the precisions of quantized groups: `in INT8`, `in INT8 (3) and int4_weights (5)`."""
    counts: dict[str, int] = {}
    for group in report.groups:
        if group.precision not in FLOAT_NAMES:
            name = _family(report, group.precision)
            counts[name] = counts.get(name, 0) + 1
    if len(counts) < 2:
        return f"in {next(iter(counts), 'INT8')}"
    return "in " + " and ".join(f"{name} ({n})" for name, n in sorted(counts.items()))


def plain(report: Report) -> str:
    """Name the third model compared: `plain INT8`, or the first of compressed weights."""
    settings = report.config.get("quantization")
    # Older reports contain only INT8.
    precisions = settings.get("precisions") if isinstance(settings, dict) else None
    if not isinstance(precisions, list) or not precisions or "int8" in precisions:
        return "plain INT8"
    return f"plain {precisions[0]}"


def precision(report: Report, name: str) -> str:
    """Return the title of a precision: `FP32`, `INT8`, `INT8 accurate-bias`, `int4_weights`."""
    if name in report.precisions:
        return report.precisions[name].title
    known = {value.name: value.title for value in (FP32, BF16, FP16, INT8)}
    return known.get(name, name)


def _family(report: Report, name: str) -> str:
    """Return the title without the recipe: all variants of INT8 are INT8."""
    facts = report.precisions.get(name)
    if facts is not None and facts.compute_type == INT8.compute_type:
        return INT8.title
    return precision(report, name)


def cost(report: Report) -> str:
    """Describe the cost of the run against the unavoidable part."""
    spent, floor = report.cost, report.cost.floor
    times = spent.seconds / floor.seconds if floor.seconds > 0 else 0.0
    ratio = f", {times:.1f} times the least that any run needs" if times else ""
    return (
        f"{numbers.seconds(spent.seconds)}{ratio}; "
        f"{numbers.count(spent.compilations, 'compilation')}, "
        f"{numbers.count(spent.inferences, 'inference')}"
    )


def changed_samples(report: Report) -> str:
    """Count the samples whose class changed: `7 samples of 500`, or which of them are listed."""
    listed, total = len(report.changes), report.changes_in_all or len(report.changes)
    dataset = report.dataset
    # In cross-fitting search and acceptance samples are the same.
    judged = dataset.acceptance + (dataset.search if dataset.folds == 1 else 0)
    text = f"{numbers.count(total, 'sample')} of {judged:,}"
    return text if listed == total else f"{text}; of the {listed:,} that are listed"


def timed_on(report: Report) -> str:
    """Name the CPU that the times are of: `this CPU`, or that of the machine that timed."""
    timing = report.deployment.timing_machine if report.deployment else None
    return "this CPU" if timing is None else f"{timing.host} ({timing.cpu})"


def machine(report: Report) -> str:
    """Describe the machine of the measurements, and that of the times if it is another one."""
    env = report.environment
    vnni = "VNNI" if env.vnni else "no VNNI"
    here = f"{env.cpu}, {env.instruction_set}, {vnni}, {numbers.count(env.cores, 'core')}"
    timing = report.deployment.timing_machine if report.deployment else None
    if timing is None:
        return here
    cores = numbers.count(timing.cores, "core")
    return f"{here}; timed on {timing.host} (worker {timing.worker}): {timing.cpu}, {cores}"


_BECAUSE = {
    "accuracy": "for accuracy",
    "speed": "for speed",
    "size": "for size",
    "not finite": "NaN or infinite in INT8",
    "timeout": "for want of time",
    "not quantizable": "not quantizable",
    "user": "by the config",
}
