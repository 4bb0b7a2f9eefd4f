"""Two runs side by side: what changed in verdict, accuracy, speed, size and layers."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.baseline import deployed_type, judging_samples
from calibrate.report.formats.escape import printable
from calibrate.report.outcomes import STYLES
from calibrate.report.schema import Report

_SHOWN = 20
"""Most groups listed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both runs.

    Attributes:
        name: what it is.
        first: of the first run, as text.
        second: of the second run, as text.
    """

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether the two are shown differently."""
        return self.first != self.second


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs.

    Attributes:
        lines: figures, in the order of the report.
        groups: groups that run at another precision: name, first, second.
        only_first: groups that the second run does not have.
        only_second: groups that the first run does not have.
        cautions: reasons why figures may not be comparable.
    """

    lines: tuple[Line, ...]
    groups: tuple[Line, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    cautions: tuple[str, ...]


def compare_runs(first: Report, second: Report) -> Comparison:
    """Compare two reports."""
    before = {group.name: group.precision for group in first.groups}
    after = {group.name: group.precision for group in second.groups}
    groups = tuple(
        Line(name, before[name], after[name])
        for name in before
        if name in after and before[name] != after[name]
    )
    return Comparison(
        lines=tuple(_lines(first, second)),
        groups=groups,
        only_first=tuple(name for name in before if name not in after),
        only_second=tuple(name for name in after if name not in before),
        cautions=tuple(_cautions(first, second)),
    )


def render_comparison(comparison: Comparison) -> RenderableType:
    """Render the comparison as tables for the terminal."""
    figures = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for title in ("", "first", "second"):
        figures.add_column(title, overflow="fold", justify="right" if title else "left")
    for line in comparison.lines:
        style = "bold" if line.differs else ""
        figures.add_row(line.name, printable(line.first), printable(line.second), style=style)
    parts: list[RenderableType] = [Text(), figures, Text()]
    if comparison.groups:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for title in ("group", "first", "second"):
            table.add_column(title, overflow="fold")
        for line in comparison.groups[:_SHOWN]:
            table.add_row(*(printable(text) for text in (line.name, line.first, line.second)))
        parts.append(table)
        if len(comparison.groups) > _SHOWN:
            parts.append(Text(f"and {len(comparison.groups) - _SHOWN} more groups"))
    else:
        parts.append(Text("Every group that both runs have runs at the same precision."))
    for title, names in (("first", comparison.only_first), ("second", comparison.only_second)):
        if names:
            parts.append(Text(f"{numbers.count(len(names), 'group')} only in the {title} run"))
    parts += [Text(printable(f"Caution: {text}"), style="yellow") for text in comparison.cautions]
    return Group(*parts)


def _lines(first: Report, second: Report) -> list[Line]:
    reports = (first, second)
    lines = [
        Line("model", *(report.model.name for report in reports)),
        Line("verdict", *(STYLES[report.verdict.outcome].name for report in reports)),
    ]
    for label in dict.fromkeys([*first.metrics, *second.metrics]):
        for name in ("fp32", "result"):
            title = "floating point" if name == "fp32" else "result"
            lines.append(Line(f"{label}, {title}", *(_value(r, label, name) for r in reports)))
        lines.append(Line(f"{label}, budget", *(_budget(report, label) for report in reports)))
    for name, title in (("result", "result"), ("fp32", "floating point")):
        lines.append(
            Line(
                f"latency, {title}",
                *(numbers.milliseconds(r.performance[name].latency_ms) for r in reports),
            )
        )
    speeds = (f"{report.performance['result'].speedup:.2f}×" for report in reports)
    sizes = (numbers.size(report.performance["result"].file_bytes) for report in reports)
    floats = (_in_float(report) for report in reports)
    seconds = (numbers.seconds(report.cost.seconds) for report in reports)
    return [
        *lines,
        Line("speed-up", *speeds),
        Line("file", *sizes),
        Line("groups in floating point", *floats),
        Line("time of the run", *seconds),
    ]


def _value(report: Report, label: str, name: str) -> str:
    if label not in report.metrics:
        return "not measured"
    facts = report.metrics[label]
    scores = facts.fp32 if name == "fp32" else facts.result
    return numbers.value(scores["acceptance"].value, facts.unit)


def _budget(report: Report, label: str) -> str:
    facts = report.metrics.get(label)
    return "not measured" if facts is None else numbers.budget(facts)


def _in_float(report: Report) -> str:
    count = sum(group.reason != "" for group in report.groups)
    return f"{count} of {len(report.groups)}"


def _cautions(first: Report, second: Report) -> list[str]:
    pairs: dict[str, tuple[object, object]] = {
        "the models' sources differ": (first.model.digest, second.model.digest),
        "the samples differ": (first.dataset.digest, second.dataset.digest),
        "other samples judged": (judging_samples(first), judging_samples(second)),
        "floating point was measured at another inference precision": (
            deployed_type(first),
            deployed_type(second),
        ),
        "the CPUs differ, so latencies are not comparable": (
            first.environment.cpu,
            second.environment.cpu,
        ),
        "the OpenVINO versions differ": (first.environment.openvino, second.environment.openvino),
        "the NNCF versions differ": (first.environment.nncf, second.environment.nncf),
    }
    return [
        text for text, (first_value, second_value) in pairs.items() if first_value != second_value
    ]
