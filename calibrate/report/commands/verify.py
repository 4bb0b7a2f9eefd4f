"""The report of `calibrate verify` on a certified model, and how the terminal shows it."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.core.verdict import Outcome, Verdict, worst_outcome
from calibrate.report import numbers
from calibrate.report.formats.escape import printable
from calibrate.report.outcomes import STYLES
from calibrate.report.tables import table
from calibrate.stats.verdict import FLOATING_POINT

UNPAIRED = "difference from the recorded FP32 value"
"""Method of a drop computed without the FP32 model."""

_WITHOUT_INTERVAL = (UNPAIRED, FLOATING_POINT)


@dataclass(frozen=True, slots=True)
class VerifiedMetric:
    """One metric of the certified model, measured again.

    Attributes:
        verdict: on the drop here, with its interval.
        unit: of the metric.
        fp32: the FP32 model's value on these images.
        value: the certified model's, here.
        certified_value: what the certificate says, on the certified acceptance images.
        certified_drop: the drop that the certificate records.
    """

    verdict: Verdict
    unit: str
    fp32: float
    value: float
    certified_value: float | None
    certified_drop: float | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of verifying a certified model.

    Attributes:
        model: the IR.
        changed: what has changed since certification (`graph or weights`, `names or metadata`,
            `certificate`, `weights file` for bytes after the weights, `signature`), so that
            nothing was measured; None if nothing has.
        images: number of images measured.
        new_images: whether they differ from the certified acceptance images.
        metrics: in the config's order.
        certified: CPU, instruction set and version under which it was certified.
        here: the same for this run.
        notes: what a reader should know.
    """

    model: str
    changed: str | None
    images: int
    new_images: bool
    metrics: tuple[VerifiedMetric, ...]
    certified: str
    here: str
    notes: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether graph, weights, metadata and certificate are unchanged since certification."""
        return self.changed is None

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of the metrics; `over` if nothing was measured."""
        return worst_outcome([metric.verdict.outcome for metric in self.metrics] or ["over"])

    @property
    def passed(self) -> bool:
        """Whether it is the certified model and every metric is within budget."""
        return self.intact and all(metric.verdict.passed for metric in self.metrics)


def render_verify(report: VerifyReport) -> RenderableType:
    """Render the verdict, the numbers, and what to do."""
    if report.changed is not None:
        return _not_certified(report.model, report.changed)
    images = "new samples" if report.new_images else "certified acceptance samples"
    style = STYLES[report.outcome]
    headline = Text(f"{style.symbol} {style.name.upper()} ", style=f"bold {style.colour}").append(
        f"on {report.images} {images}; weights and graph are those that were certified.",
        style="not bold default",
    )
    shown = table(
        ("metric", "FP32", "certified", "here", "drop counted", "interval", "estimated", "budget")
    )
    for metric in report.metrics:
        shown.add_row(*_row(metric))
    lines = [Text(f"Certified on {report.certified}"), Text(f"Verified on  {report.here}")]
    notes = [Text(note, style="yellow") for note in report.notes]
    return Group(headline, shown, *lines, *notes, *_next(report))


def _not_certified(model: str, changed: str) -> RenderableType:
    if changed == "signature":
        reason = "its certificate is not signed with the key that was named; nothing was measured."
        step = "ask whoever calibrated it for the model or for the key."
    else:
        was = "has" if changed in ("certificate", "weights file") else "have"
        reason = f"its {changed} {was} changed since it was certified; nothing was measured."
        step = f"copy {printable(model)} and its .bin again, or calibrate anew."
    headline = Text("NOT THE CERTIFIED MODEL ", style="bold red")
    return Group(
        headline.append(reason, style="not bold default"), Text(f"Next: {step}", style="bold")
    )


def _row(metric: VerifiedMetric) -> list[str]:
    drop, unit = metric.verdict.drop, metric.unit
    return [
        metric.verdict.metric,
        numbers.value(metric.fp32, unit),
        "" if metric.certified_value is None else numbers.value(metric.certified_value, unit),
        numbers.value(metric.value, unit),
        numbers.drop(drop.estimate, unit),
        "" if drop.method in _WITHOUT_INTERVAL else numbers.interval((drop.low, drop.high), unit),
        numbers.drop(metric.verdict.estimate, unit),
        numbers.drop(metric.verdict.max_drop, unit),
    ]


def _next(report: VerifyReport) -> list[Text]:
    if report.passed:
        return []
    step = (
        "calibrate on this machine, or with the versions it will run with: `calibrate run`."
        if report.certified != report.here
        else "allow more drop, or calibrate again with more samples: `calibrate run`."
    )
    return [Text(f"Next: {step}", style="bold")]
