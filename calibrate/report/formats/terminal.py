"""The terminal summary of a report, with the next step at its end."""

import os
from collections.abc import Iterable
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.core.precision import INT8
from calibrate.core.text import capitalized
from calibrate.report import numbers, phrases, verdict_text
from calibrate.report.cost_column import CostColumn, cost_column
from calibrate.report.dimensions import dimensions
from calibrate.report.elide import elided
from calibrate.report.facts import SetName
from calibrate.report.fallback import Fallback, fallbacks
from calibrate.report.formats.escape import printable
from calibrate.report.performance_section import Performance
from calibrate.report.schema import Report
from calibrate.report.targets import on_cpus
from calibrate.report.verdict_section import MetricFacts

_LAYERS = 6
_INDENT = "  "
_NAME = 30
"""Most characters shown of a layer's name."""


def render_terminal(report: Report) -> RenderableType:
    """Render the verdict, the numbers, the layers that fell back, the cost, and the next steps."""
    verdict, written, style = report.verdict, report.model.written, verdict_text.style(report)
    return Group(
        Text(),
        Text(
            f"{style.symbol} {verdict_text.headline(report).upper()}", style=f"bold {style.colour}"
        ),
        *(_metric(report, label) for label in report.metrics),
        *(
            _line(
                f"{on_cpu.label} for {on_cpu.target}, {on_cpu.how}: {on_cpu.sentence}",
                style=on_cpu.style.colour,
            )
            for on_cpu in on_cpus(report)
        ),
        _line(capitalized(phrases.speed(report))),
        Text(),
        _numbers(report),
        Text(),
        _line(_layers(report)),
        *_fallen_back(report),
        *([_line(fitted)] if (fitted := verdict_text.cross_fitting(report)) else []),
        Text(phrases.cost(report), style="dim"),
        _line(phrases.machine(report), style="dim"),
        *([_line(dimensions(report))] if dimensions(report) else []),
        *([_line(f"{report.model.model_type_reason}.")] if report.model.model_type_reason else []),
        *(_line(note, style="yellow") for note in report.notes),
        *(_line(f"Next: {step}", style="bold") for step in verdict.next_steps),
        *([_line(f"Run it with {phrases.how_to_run(report)}")] if report.deployment else []),
        _line(f"Written: {_from_here(written)}" if written else "Nothing written"),
    )


def _metric(report: Report, label: str) -> Text:
    reason = verdict_text.reason_sentence(report, label)
    return _line(f"{label} {verdict_text.drop_sentence(report, label)}. {reason}")


def _from_here(path: str) -> str:
    """Return a path relative to the current folder, absolute if it lies outside."""
    near = os.path.relpath(path)
    return os.path.normpath(path) if near.startswith(os.pardir) else near


def plain(report: Report, width: int = 100) -> str:
    """Return the same summary as plain text, without colours."""
    console = Console(width=width, file=StringIO(), force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(render_terminal(report), highlight=False)
    return captured.get()


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style)


def _table(*titles: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(titles[0], no_wrap=True, overflow="ellipsis", max_width=32)
    for title in titles[1:-1]:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column(titles[-1], no_wrap=True)
    return table


def _numbers(report: Report) -> Table:
    models = phrases.models(report)
    table = _table("", *models.values(), "against FP32")
    for label, facts in report.metrics.items():
        table.add_row(printable(label), *_scores(facts, models, "acceptance"))
        if report.dataset.folds == 1:  # in cross-fitting they are the same samples
            table.add_row(
                f"{_INDENT}search samples", *_scores(facts, models, "search"), style="dim"
            )
    measured = [report.performance[name] for name in models]
    for row in _performance(measured):
        table.add_row(*row)
    return table


def _scores(facts: MetricFacts, models: Iterable[str], images: SetName) -> list[str]:
    by_model = {"fp32": facts.fp32, "float": facts.float, "int8": facts.int8}
    scores = [by_model.get(name, facts.result) for name in models]
    values = [
        numbers.value(by_set[images].value, facts.unit) if by_set else "" for by_set in scores
    ]
    return [*values, f"drop {numbers.drop(facts.result[images].drop or 0.0, facts.unit)}"]


def _performance(measured: list[Performance]) -> list[list[str]]:
    fp32, result = measured[0], measured[-1]
    rate = result.throughput / fp32.throughput if fp32.throughput > 0 else 0.0
    latencies = [numbers.milliseconds(model.latency_ms) for model in measured]
    files = [numbers.size(model.file_bytes) for model in measured]
    peaks = [numbers.size(model.peak_memory_bytes) for model in measured]
    peak = numbers.share(result.peak_memory_bytes, fp32.peak_memory_bytes)
    return [
        ["latency", *latencies, phrases.faster(phrases.latency_ratio(fp32, result))],
        ["throughput", *(f"{model.throughput:.0f}/s" for model in measured), f"{rate:.2f} times"],
        ["file", *files, numbers.share(result.file_bytes, fp32.file_bytes)],
        ["peak memory", *peaks, peak],
    ]


def _layers(report: Report) -> str:
    names = [recipe.name for recipe in report.recipes if recipe.chosen and recipe.name != INT8.name]
    return phrases.layers(report) + (f"; recipe {', '.join(names)}" if names else "")


def _fallen_back(report: Report) -> list[RenderableType]:
    """List the fallbacks that avoid the most divergence."""
    ranked = sorted(fallbacks(report), key=lambda fallback: -fallback.avoided)
    if not any(fallback.measured for fallback in ranked):
        return []
    costs = cost_column(report)
    table = _table(f"{_INDENT}in FP32", "damage avoided", f"{costs.noun} given up", "because of")
    for fallback in ranked[:_LAYERS]:
        name = elided(printable(fallback.group.name), _NAME)
        table.add_row(
            f"{_INDENT}{name}", *_gain(fallback, costs), costs.reason(fallback.group.reason)
        )
    rest = len(ranked) - _LAYERS
    return [table, *([Text(f"{_INDENT}and {rest} more", style="dim")] if rest > 0 else [])]


def _gain(fallback: Fallback, cost_column: CostColumn) -> tuple[str, str]:
    avoided = f"{100 * fallback.avoided_share:.1f} %" if fallback.measured else "not measured"
    given_up = cost_column.amount_text(fallback.given_up) if fallback.timed else "not measured"
    return avoided, given_up
