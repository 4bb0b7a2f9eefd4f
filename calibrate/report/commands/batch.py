"""The record of a batch, with a row for each run, and its table."""

from collections.abc import Sequence
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.report import numbers, verdict_text
from calibrate.report.facts import Record
from calibrate.report.formats.escape import printable
from calibrate.report.outcomes import STYLES, RunOutcome
from calibrate.report.schema import Report

VERSION: Literal[2] = 2


class MetricDrop(Record):
    """The drop of a run's written model in one metric, on unseen images."""

    metric: str
    """The metric's label."""
    unit: str
    """As in the report."""
    drop: float
    """The estimated drop, which `accept: estimate` uses; 0 for floating point."""
    budget: float
    """The absolute budget."""


class Row(Record):
    """One run of a batch."""

    name: str
    """Unique in the batch."""
    config: str
    """The run config."""
    outcome: RunOutcome
    """As the report's; `failed`: it ended with an error; `not run`: it has not ended, or there was
    no time for it."""
    message: str
    """A summary of the verdict, or the error."""
    exit_code: int | None = None
    """Of the run's process; negative for the signal that ended it, None where there was none."""
    seconds: float = 0.0
    """Wall clock of the run's process."""
    limit: float | None = None
    """Seconds of the batch's time given to its search, if its config allows more."""
    drops: tuple[MetricDrop, ...] = ()
    """Metric by metric; empty where it failed."""
    quantized: bool = False
    """Whether a group of the written model is quantized."""
    speedup: float | None = None
    """Of the written model over FP32."""
    file_bytes: int | None = None
    """Size of the written model's files."""
    report: str | None = None
    """Path of its report.json."""
    log: str | None = None
    """Path of its log."""
    kept: bool = False
    """Whether it was finished by an earlier batch and not run again."""
    regressions: tuple[str, ...] = ()
    """What is worse than in the `--baseline` by more than the tolerance."""
    incomparable: tuple[str, ...] = ()
    """Why differences from the baseline may not be due to the model."""
    basis: str = ""
    """Digest of all inputs of the result: while it is the same, the run is not repeated."""

    @property
    def cut_short(self) -> bool:
        """Whether the run may have ended for lack of time."""
        return self.limit is not None and self.seconds >= self.limit


class BatchReport(Record):
    """A whole batch; `batch.json`."""

    version: Literal[2] = VERSION
    """Of this record."""
    created: str
    """ISO 8601, UTC; when the batch began."""
    seconds: float
    """Wall clock of this execution."""
    rows: tuple[Row, ...]
    """In the order given; the runs that have not ended yet are missing."""


def finished(
    report: Report, row: Row, *, seconds: float, exit_code: int | None, kept: bool = False
) -> Row:
    """Return the row of a run that has written its report.

    Args:
        report: of the run.
        row: name and files.
        seconds: wall clock of its process.
        exit_code: of its process.
        kept: whether it is an earlier batch's.
    """
    return row.model_copy(
        update={
            "outcome": report.verdict.outcome,
            "message": verdict_text.headline(report),
            "exit_code": exit_code,
            "seconds": seconds,
            "drops": tuple(_drop(report, label) for label in report.metrics),
            "quantized": report.is_quantized,
            "speedup": report.performance["result"].speedup,
            "file_bytes": report.performance["result"].file_bytes,
            "kept": kept,
        }
    )


def _drop(report: Report, label: str) -> MetricDrop:
    facts, verdict = report.metrics[label], verdict_text.judged(report, label)
    return MetricDrop(metric=label, unit=facts.unit, drop=verdict.estimate, budget=verdict.max_drop)


def render_batch(report: BatchReport, folder: str) -> RenderableType:
    """Render the table and the location of the reports.

    Args:
        report: of the batch.
        folder: of `batch.json`.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("drop", overflow="fold")
    table.add_column("speed-up", justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(*_cells(row))
    return Group(
        Text(),
        table,
        Text(),
        *(_failure(row) for row in report.rows if row.outcome in ("failed", "not run")),
        *(_regression(row) for row in report.rows if row.regressions),
        Text(f"{summary(report.rows)} in {numbers.seconds(report.seconds)}", style="bold"),
        Text(printable(f"Written: {folder}/batch.json, .xml and .md")),
    )


def summary(rows: Sequence[Row]) -> str:
    """Count the runs by outcome: `3 runs: 2 proven within budget, 1 failed`."""
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in STYLES}
    text = ", ".join(
        f"{count} {STYLES[outcome].name.lower()}" for outcome, count in counts.items() if count
    )
    return f"{numbers.count(len(rows), 'run')}: {text or 'none ended'}"


def drops(row: Row) -> str:
    """Format every metric's drop and budget, with names if there are several."""
    name = "drop" if row.outcome == "floating_point" else "estimated drop"
    texts = [
        f"{name} {numbers.visible_drop(entry.drop, entry.unit)}, budget "
        f"{numbers.visible_drop(entry.budget, entry.unit)}"
        for entry in row.drops
    ]
    if len(texts) == 1:
        return texts[0]
    return "\n".join(
        f"{entry.metric}: {text}" for entry, text in zip(row.drops, texts, strict=True)
    )


def _cells(row: Row) -> list[RenderableType]:
    took, style = numbers.seconds(row.seconds), STYLES[row.outcome]
    return [
        Text(printable(row.name)),
        Text(f"{style.symbol} {style.name}", style=style.colour),
        Text(printable(drops(row), lines=True)),
        Text(f"{row.speedup:.2f}" if row.speedup is not None else ""),
        Text(f"kept ({took})" if row.kept else took, style="dim" if row.kept else ""),
    ]


def _regression(row: Row) -> Text:
    text = f"{row.name} is worse than the baseline: {'; '.join(row.regressions)}"
    notes = f" ({', '.join(row.incomparable)})" if row.incomparable else ""
    return Text(printable(text + notes), style="red")


def _failure(row: Row) -> Text:
    log = f" (log: {row.log})" if row.log else ""
    return Text(printable(f"{row.name}: {row.message}{log}"), style=STYLES[row.outcome].colour)
