"""The summary on the terminal: read in ten seconds, the next step at its end."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.record import MetricFacts, Report

_COLUMNS = (("fp32", "FP32"), ("int8", "plain INT8"), ("result", "result"))


def render(report: Report) -> RenderableType:
    """Verdict first, then accuracy, performance, layers, cost, and what to do next."""
    return Group(
        _headline(report),
        _accuracy(report),
        _performance(report),
        *_layers(report),
        _cost(report),
        *(Text(note, style="yellow") for note in report.notes),
        *(Text(f"Next: {step}", style="bold") for step in report.verdict.next_steps),
        Text(f"Written: {report.model.written}" if report.model.written else "Nothing written"),
    )


def _headline(report: Report) -> Text:
    verdict = report.verdict
    style = "bold green" if verdict.passed else "bold red"
    told = "WITHIN BUDGET" if verdict.passed else "OVER BUDGET"
    if verdict.outcome == "undecided":
        told += " by the estimate, undecided by the interval"
    return Text(f"\n{told} ", style=style).append(f"{verdict.summary}.", style="not bold default")


def _accuracy(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("accuracy", "FP32", "plain INT8", "result", "drop", "interval", "budget"):
        table.add_column(title, justify="left" if title == "accuracy" else "right")
    for label, facts in report.metrics.items():
        for name in ("acceptance", "search"):
            table.add_row(*_row(label, facts, name), style="" if name == "acceptance" else "dim")
    return table


def _row(label: str, facts: MetricFacts, name: str) -> list[str]:
    result = facts.result[name]  # type: ignore[index]  # both names are SetName
    values = [
        numbers.value(scores[name].value, facts.unit)  # type: ignore[index]  # as above
        for scores in (facts.fp32, facts.int8, facts.result)
    ]
    lost = numbers.drop(result.drop or 0.0, facts.unit)
    allowed = numbers.budget(facts) if name == "acceptance" else ""
    told = f"{label} ({'unseen images' if name == 'acceptance' else 'search images'})"
    return [told, *values, lost, numbers.interval(result, facts.unit), allowed]


def _performance(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("this CPU")
    for _, title in _COLUMNS:
        table.add_column(title, justify="right")
    measured = [report.performance[name] for name, _ in _COLUMNS]
    table.add_row("latency", *(f"{p.latency_ms:.2f} ms" for p in measured))
    table.add_row("speed-up", *(f"{p.speedup:.2f}×" for p in measured))
    table.add_row("throughput", *(f"{p.throughput:.0f}/s" for p in measured))
    table.add_row("file", *(numbers.size(p.file_bytes) for p in measured))
    table.add_row("peak memory", *(numbers.size(p.peak_memory_bytes) for p in measured))
    return table


def _layers(report: Report) -> list[Text]:
    kept = [group for group in report.groups if group.reason]
    lines = [
        Text(
            f"{len(report.groups) - len(kept)} of {len(report.groups)} groups in INT8"
            + (f"; in FP32: {', '.join(_kept(g.name, g.reason) for g in kept[:6])}" if kept else "")
            + (f" and {len(kept) - 6} more" if len(kept) > 6 else "")
        )
    ]
    chosen = [recipe for recipe in report.recipes if recipe.chosen]
    if chosen:
        names = ", ".join(f"{recipe.name} ({recipe.reason})" for recipe in chosen)
        lines.append(Text(f"Recipe: {names}"))
    return lines


def _kept(name: str, reason: str) -> str:
    return f"{name} ({reason})"


def _cost(report: Report) -> Text:
    cost, env = report.cost, report.environment
    return Text(
        f"{numbers.seconds(cost.seconds)} ({cost.seconds / max(cost.floor.seconds, 1e-9):.1f}× the "
        f"floor of {numbers.seconds(cost.floor.seconds)}), {cost.compilations} compilations, "
        f"{cost.inferences} inferences; {env.cpu}, {env.instruction_set}, {env.cores} cores",
        style="dim",
    )
