"""The charts of accuracy against latency, and of divergence against time."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from calibrate.report import numbers, verdict_text
from calibrate.report.charts.axis import Scale, scale
from calibrate.report.charts.chart import BOTTOM, LEFT, RIGHT, TOP, Chart, Line, Mark, Shape
from calibrate.report.charts.pareto_chart import Expected, expected
from calibrate.report.cost_column import cost_column
from calibrate.report.facts import SetName
from calibrate.report.schema import Report
from calibrate.report.verdict_section import MetricFacts, Score


class _Model(NamedTuple):
    key: Literal["fp32", "int8", "result"]
    title: str
    shape: Shape
    look: str

    def scores(self, facts: MetricFacts) -> Mapping[SetName, Score]:
        return {"fp32": facts.fp32, "int8": facts.int8, "result": facts.result}[self.key]


_MODELS = (
    _Model("fp32", "FP32", "square", "m-fp32"),
    _Model("int8", "plain INT8", "circle", "m-int8"),
    _Model("result", "result, the chosen point", "diamond", "m-result"),
)


def accuracy_against_latency(report: Report, label: str, name: str) -> Chart:
    """Return the chart of one metric of the three models on unseen images, with the front."""
    facts = report.metrics[label]
    front = expected(report, label)
    factor = 100.0 if facts.unit == "fraction" else 1.0
    sign = 1.0 if facts.higher_is_better else -1.0
    base = facts.fp32["acceptance"].value
    least = base - sign * facts.budget.absolute
    values = [base, least, *(base - sign * point.drop for point in front)]
    for scores in (facts.int8, facts.result):
        score = scores["acceptance"]
        values += [score.value, *(base - sign * end for end in score.interval or ())]
    times = [
        end
        for point in report.performance.values()
        for end in (point.latency_low_ms, point.latency_high_ms, point.latency_ms)
    ]
    x = scale([*times, *(point.latency_ms for point in front)], LEFT, RIGHT)
    better = (BOTTOM, TOP) if facts.higher_is_better else (TOP, BOTTOM)
    y = scale([factor * value for value in values], *better)
    lines = [Line(((LEFT, y.at(factor * least)), (RIGHT, y.at(factor * least))), "l-budget")]
    marks: list[Mark] = []
    if front:
        places = tuple(
            (x.at(point.latency_ms), y.at(factor * (base - sign * point.drop))) for point in front
        )
        lines.append(Line(places, "l-front"))
        marks += [
            Mark(*place, "dot", "m-front", _expected_text(point, facts))
            for place, point in zip(places, front, strict=True)
        ]
    marks += _models(report, label, x, y)
    legend = [(model.look, str(model.shape), model.title) for model in _MODELS]
    legend += [("m-front", "dot", "front, as expected from the measurements of each group")] * bool(
        front
    )
    legend.append(("l-budget", "line", f"budget: {numbers.budget(facts)} below FP32"))
    if not facts.higher_is_better:
        legend[-1] = ("l-budget", "line", f"budget: {numbers.budget(facts)} above FP32")
    return Chart(
        name=name,
        title=f"{label} against latency",
        description=". ".join(_model_text(report, label, model) for model in _MODELS),
        x=x,
        y=y,
        x_title="latency, ms (left is faster)",
        y_title=label
        + (", %" if facts.unit == "fraction" else f", {facts.unit}" * bool(facts.unit)),
        lines=lines,
        marks=marks,
        legend=legend,
    )


def damage_against_time(report: Report, name: str) -> Chart | None:
    """Return the chart of the front of layer choices; None if no layer fell back."""
    if not report.front:
        return None
    unit, factor = ("ms", 1e-3) if cost_column(report).timed else ("MB", 1e-6)
    measured = [point for point in report.front if point.measured_damage is not None]
    x = scale([factor * point.microseconds for point in report.front], LEFT, RIGHT)
    divergences = [point.damage for point in report.front]
    y = scale([*divergences, *(p.measured_damage or 0.0 for p in measured)], BOTTOM, TOP, zero=True)
    positions = [(x.at(factor * p.microseconds), y.at(p.damage)) for p in report.front]
    marks = []
    for place, point in zip(positions, report.front, strict=True):
        groups = numbers.count(point.groups_in_fp32, "group")
        cost = f"{numbers.significant(factor * point.microseconds)} {unit}"
        text = f"{groups} in FP32, {cost}, divergence {point.damage:.3g} predicted"
        marks.append(Mark(*place, "dot", "m-front", text))
        if point.measured_damage is not None:
            drops = [
                f"{label} drop {numbers.drop(drop, report.metrics[label].unit)} on search samples"
                for label, drop in point.drops.items()
                if label in report.metrics
            ]
            text = ", ".join([text, f"{point.measured_damage:.3g} measured", *drops])
            shape: Shape = "diamond" if point.chosen else "ring"
            look = "m-result" if point.chosen else "m-tried"
            marks.append(Mark(place[0], y.at(point.measured_damage), shape, look, text))
        elif point.chosen:
            marks.append(Mark(*place, "diamond", "m-result", text))
    legend = [("m-front", "dot", "a choice of layers, predicted")]
    if any(not point.chosen for point in measured):
        legend.append(("m-tried", "ring", "measured on the search samples"))
    if any(point.chosen for point in report.front):
        legend.append(("m-result", "diamond", "the chosen point"))
    ends = report.front[0], report.front[-1]
    described = [
        f"{numbers.count(p.groups_in_fp32, 'group')} in FP32 at divergence {p.damage:.3g}"
        for p in ends
    ]
    return Chart(
        name=name,
        title="The front: which layers to leave in FP32",
        description=f"{len(report.front)} choices of layers, from {' to '.join(described)}.",
        x=x,
        y=y,
        x_title=f"predicted {'time in all groups' if unit == 'ms' else 'size'}, {unit}",
        y_title="divergence from FP32",
        lines=[Line(tuple(positions), "l-front")],
        marks=marks,
        legend=legend,
    )


def _models(report: Report, label: str, x: Scale, y: Scale) -> list[Mark]:
    facts = report.metrics[label]
    factor = 100.0 if facts.unit == "fraction" else 1.0
    sign = 1.0 if facts.higher_is_better else -1.0
    base = facts.fp32["acceptance"].value
    marks = []
    for model in _MODELS:
        score, speed = model.scores(facts)["acceptance"], report.performance[model.key]
        if not math.isfinite(score.value) or not math.isfinite(speed.latency_ms):
            continue
        along = None
        if score.interval is not None:
            low, high = (y.at(factor * (base - sign * end)) for end in score.interval)
            along = (low, high)
        marks.append(
            Mark(
                x.at(speed.latency_ms),
                y.at(factor * score.value),
                model.shape,
                model.look,
                _model_text(report, label, model),
                (x.at(speed.latency_low_ms), x.at(speed.latency_high_ms)),
                along,
            )
        )
    return marks


def _model_text(report: Report, label: str, model: _Model) -> str:
    facts, latency = report.metrics[label], report.performance[model.key].latency_ms
    score = model.scores(facts)["acceptance"]
    value = numbers.value(score.value, facts.unit)
    text = f"{model.title}: {value} at {numbers.milliseconds(latency)}"
    if score.drop is None:
        return text
    text += f", drop {numbers.drop(score.drop, facts.unit)}"
    bounds = numbers.interval(score.interval, facts.unit, budget=facts.budget.absolute)
    if bounds and score.interval is not None and score.interval[0] != score.interval[1]:
        text += f" ({verdict_text.confidence(report)} interval {bounds})"
    return text


def _expected_text(point: Expected, facts: MetricFacts) -> str:
    groups = numbers.count(point.point.groups_in_fp32, "group")
    return (
        f"{groups} in FP32: expected {numbers.milliseconds(point.latency_ms)}, "
        f"drop {numbers.drop(point.drop, facts.unit)}"
    )
