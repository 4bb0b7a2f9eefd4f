"""The record of a batch, a row a run, and the table of it."""

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
    """What the written model of a run loses in one metric, on unseen images."""

    metric: str
    """The metric's label."""
    unit: str
    """As in the report."""
    drop: float
    """The one that the verdict goes by."""
    budget: float
    """What was allowed, absolute."""


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
    """The verdict in a few words, or what went wrong."""
    exit_code: int | None = None
    """Of the run's process; negative for the signal that ended it, None where there was none."""
    seconds: float = 0.0
    """Wall clock of the run's process."""
    limit: float | None = None
    """Seconds of the batch's time that its search was given, where its config gives it more."""
    drops: tuple[MetricDrop, ...] = ()
    """Metric by metric; empty where it failed."""
    speedup: float | None = None
    """Of the written model over FP32."""
    file_bytes: int | None = None
    """Size of the written model's files."""
    report: str | None = None
    """Path of its report.json."""
    log: str | None = None
    """Path of what its process said."""
    kept: bool = False
    """Whether it was finished by an earlier batch and not run again."""
    basis: str = ""
    """Digest of all that the result rests on: as long as it is the same, it is not run again."""

    @property
    def cut_short(self) -> bool:
        """Whether it may have ended for want of time."""
        return self.limit is not None and self.seconds >= self.limit


class BatchReport(Record):
    """A whole batch; `batch.json`."""

    version: Literal[2] = VERSION
    """Of this record."""
    created: str
    """ISO 8601, UTC; when the batch began."""
    seconds: float
    """Wall clock of this sitting."""
    rows: tuple[Row, ...]
    """In the order given; the runs that have not ended yet are missing."""


def finished(
    report: Report, row: Row, *, seconds: float, exit_code: int | None, kept: bool = False
) -> Row:
    """The row of a run that has written its report.

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
            "speedup": report.performance["result"].speedup,
            "file_bytes": report.performance["result"].file_bytes,
            "kept": kept,
        }
    )


def _drop(report: Report, label: str) -> MetricDrop:
    facts, verdict = report.metrics[label], verdict_text.judged(report, label)
    return MetricDrop(metric=label, unit=facts.unit, drop=verdict.estimate, budget=verdict.max_drop)


def render_batch(report: BatchReport, folder: str) -> RenderableType:
    """The table, and where the rest is.

    Args:
        report: of the batch.
        folder: that holds `batch.json`.
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
        Text(f"{summary(report.rows)} in {numbers.seconds(report.seconds)}", style="bold"),
        Text(printable(f"Written: {folder}/batch.json, .xml, .md and .html")),
    )


def summary(rows: Sequence[Row]) -> str:
    """How many runs ended how: `3 runs: 2 proven within budget, 1 failed`."""
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in STYLES}
    text = ", ".join(
        f"{count} {STYLES[outcome].name.lower()}" for outcome, count in counts.items() if count
    )
    return f"{numbers.count(len(rows), 'run')}: {text or 'none ended'}"


def drops(row: Row) -> str:
    """Every metric's drop and budget, with the names where there are several."""
    texts = [
        f"drop {numbers.visible_drop(entry.drop, entry.unit)}, budget "
        f"{numbers.drop(entry.budget, entry.unit)}"
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


def _failure(row: Row) -> Text:
    log = f" (log: {row.log})" if row.log else ""
    return Text(printable(f"{row.name}: {row.message}{log}"), style=STYLES[row.outcome].colour)
