"""The report of `calibrate estimate`: the predicted cost of two possible courses of a run."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.core.precision import INT8
from calibrate.report import numbers
from calibrate.report.facts import Record
from calibrate.report.search_section import StageCost


class Course(Record):
    """One possible course of a run."""

    seconds: float
    """Wall clock."""
    compilations: int
    """Models compiled."""
    inferences: int
    """Inferences run, calibration included."""
    stages: dict[str, StageCost]
    """By stage."""


class EstimateReport(Record):
    """The expected cost of a run."""

    first: str = INT8.name
    """The precision that is tried first."""
    plain: Course
    """Every group at it is within budget; layers are searched only where they have a choice."""
    full: Course
    """Every recipe is tried, and then layers are searched."""
    peak_memory_bytes: int
    """Of the run's process, resident."""
    beside_memory_bytes: int = 0
    """Of each process beside it, of which two at most run at once: they measure the memory of
    models, and one runs a model with a smaller instruction set."""
    samples: int
    """Of the dataset that are used."""
    groups: int
    """Groups of operations that may fall back."""
    timeout: float | None
    """Seconds after which the search takes the best answer so far; None without a limit."""
    probe_seconds: float
    """Seconds that the estimate took."""


def render_estimate(forecast: EstimateReport) -> RenderableType:
    """Render both courses side by side, a line for each stage."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("")
    first = "plain INT8" if forecast.first == INT8.name else f"plain {forecast.first}"
    table.add_column(f"{first} passes", justify="right")
    table.add_column("full search", justify="right")
    plain, full = forecast.plain, forecast.full
    table.add_row("time", numbers.seconds(plain.seconds), numbers.seconds(full.seconds))
    table.add_row("compilations", f"{plain.compilations:,}", f"{full.compilations:,}")
    table.add_row("inferences", f"{plain.inferences:,}", f"{full.inferences:,}")
    for name in full.stages:
        cells = [_seconds(course.stages, name) for course in (plain, full)]
        table.add_row(f"  {name}", *cells, style="dim")
    samples = numbers.count(forecast.samples, "sample")
    probed = f"probed in {numbers.seconds(forecast.probe_seconds)}; good to a factor of two"
    beside = numbers.size(forecast.beside_memory_bytes)
    lines = [
        f"Peak memory about {numbers.size(forecast.peak_memory_bytes)}",
        f"Beside it two processes at most, each about {beside}",
        f"{samples}, {numbers.count(forecast.groups, 'group')}; {probed}",
    ]
    if forecast.timeout is not None:
        lines.append(f"The search ends after {numbers.seconds(forecast.timeout)} at the latest")
    step = Text("Next: the same command without --plan", style="bold")
    return Group(Text(), table, Text(), *(Text(line) for line in lines), step)


def _seconds(stages: Mapping[str, StageCost], name: str) -> str:
    return numbers.seconds(stages[name].seconds) if name in stages else ""
