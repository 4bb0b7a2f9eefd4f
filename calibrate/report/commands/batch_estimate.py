"""The report of `calibrate run --plan` for a batch: each run, and all by number of machines."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.facts import Record
from calibrate.report.formats.escape import printable


class RunEstimate(Record):
    """The expected cost of one run of a batch."""

    name: str
    """Unique in the batch."""
    config: str
    """The run config."""
    plain_seconds: float | None = None
    """If everything quantized is within budget; None if the estimate failed."""
    full_seconds: float | None = None
    """With every recipe and the search for layers."""
    samples: int = 0
    """Of the dataset that are used."""
    groups: int = 0
    """Groups of operations that may fall back."""
    message: str = ""
    """Why there is no estimate."""


class MachinesEstimate(Record):
    """The wall-clock time of the whole batch on a number of machines like this one."""

    machines: int
    """One run at a time on each; with `--cluster`, workers."""
    plain_seconds: float
    """If every run is the shortest."""
    full_seconds: float
    """If every run is the longest."""


class BatchEstimate(Record):
    """The expected cost of a batch."""

    rows: tuple[RunEstimate, ...]
    """In the order given."""
    cores: int
    """Of this machine, for which all times hold."""
    machines: tuple[MachinesEstimate, ...]
    """By number of machines."""
    probe_seconds: float
    """Seconds that the estimate took."""

    @property
    def plain_seconds(self) -> float:
        """The sum of the shortest courses."""
        return sum(row.plain_seconds or 0.0 for row in self.rows)

    @property
    def full_seconds(self) -> float:
        """The sum of the longest courses."""
        return sum(row.full_seconds or 0.0 for row in self.rows)


def render_batch_estimate(estimate: BatchEstimate) -> RenderableType:
    """Render a line for each run, and one for each number of machines."""
    runs = _table("run", "plain INT8 passes", "full search", "samples", "groups")
    for row in estimate.rows:
        runs.add_row(
            Text(printable(row.name)),
            _seconds(row.plain_seconds),
            _seconds(row.full_seconds),
            str(row.samples or ""),
            str(row.groups or ""),
        )
    totals = _table("machines", "plain INT8 passes", "full search")
    for entry in estimate.machines:
        totals.add_row(
            str(entry.machines), _seconds(entry.plain_seconds), _seconds(entry.full_seconds)
        )
    hours = [
        f"{seconds * estimate.cores / 3600:.2g}"
        for seconds in (estimate.plain_seconds, estimate.full_seconds)
    ]
    probed = f"probed in {numbers.seconds(estimate.probe_seconds)}; good to a factor of two"
    return Group(
        Text(),
        runs,
        Text(),
        totals,
        Text(),
        *(
            Text(printable(f"{row.name}: {row.message}"), style="bold red")
            for row in estimate.rows
            if row.message
        ),
        Text(
            f"At most {hours[0]} to {hours[1]} core hours on machines like this one "
            f"({numbers.count(estimate.cores, 'core')}); {probed}"
        ),
        Text("Next: the same command without --plan", style="bold"),
    )


def _table(*titles: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for place, title in enumerate(titles):
        table.add_column(title, justify="right" if place else "left", overflow="fold")
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else numbers.seconds(value)
