"""The result of `calibrate analyze` as one self-contained HTML page."""

from dataclasses import dataclass

from calibrate.core.precision import FP32, INT8
from calibrate.core.text import rounded
from calibrate.report import numbers
from calibrate.report.charts.group_chart import Entry, columns_of
from calibrate.report.commands.analyze import AnalyzeReport, GroupCost
from calibrate.report.cost_column import CostColumn
from calibrate.report.fallback import quantized
from calibrate.report.formats.escape import utf8
from calibrate.report.formats.html import environment
from calibrate.report.formats.page_parts import page_part, policy_digest
from calibrate.report.source_names import source_name


@dataclass(frozen=True, slots=True)
class _Row:
    """A group with what the table derives from it; None for times that were not measured."""

    group: GroupCost
    share: float
    slow: float | None
    fast: float | None

    @property
    def saved(self) -> float | None:
        return None if self.slow is None or self.fast is None else self.slow - self.fast


def analyze_html(analysis: AnalyzeReport) -> str:
    """Render the page; like that of a run it loads nothing."""
    style, script = page_part("style.css"), page_part("script.js")
    total = sum(group.sensitivity for group in analysis.groups)
    rows = [_row(group, total) for group in analysis.groups]
    names = dict.fromkeys(name for group in analysis.groups for name in group.microseconds)
    looks = {name: "p-fp32" if name == FP32.name else "p-int8" for name in names or (INT8.name,)}
    return utf8(
        environment()
        .get_template("analysis.html.j2")
        .render(
            analysis=analysis,
            rows=rows,
            total=total,
            columns=columns_of([_entry(index, row) for index, row in enumerate(rows)], looks),
            looks=looks,
            cost_column=CostColumn(timed=True),
            numbers=numbers,
            source_name=source_name,
            stylesheet=style,
            script=script,
            style_digest=policy_digest(style),
            script_digest=policy_digest(script),
        )
    )


def _row(group: GroupCost, total: float) -> _Row:
    times = group.microseconds
    fast = min(quantized(times).values(), default=None)
    return _Row(group, group.sensitivity / (total or 1.0), times.get(FP32.name), fast)


def _entry(index: int, row: _Row) -> Entry:
    group = row.group
    saves = "" if row.saved is None else f"; INT8 saves {rounded(row.saved, 0)} µs"
    return Entry(
        value=group.sensitivity,
        error=group.error,
        microseconds=group.microseconds,
        chosen=None,
        text=(
            f"{index + 1}. {group.name}: INT8 alone moves the output by "
            f"{numbers.significant(group.sensitivity)}, {100 * row.share:.1f} % of all{saves}; "
            f"{', '.join(group.types)}"
        ),
    )
