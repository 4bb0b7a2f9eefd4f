"""A promise held against new measurements: the facts, and how the terminal shows them."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.core.verdict import Outcome, Verdict, worst_outcome
from calibrate.report import numbers
from calibrate.report.formats.escape import printable
from calibrate.report.outcomes import STYLES
from calibrate.report.tables import table

UNPAIRED = "difference from the recorded FP32 value"
"""How a drop was taken where the FP32 model is not there."""


@dataclass(frozen=True, slots=True)
class VerifiedMetric:
    """One metric's promise, measured again.

    Attributes:
        verdict: on the drop here, with its interval.
        unit: of the metric.
        fp32: the FP32 model's value on these images.
        value: the certified model's, here.
        certified_value: what the certificate says, on the certified acceptance images.
        certified_drop: likewise.
    """

    verdict: Verdict
    unit: str
    fp32: float
    value: float
    certified_value: float | None
    certified_drop: float | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found.

    Attributes:
        model: the IR.
        changed: what is not as it was certified (`graph or weights`, `names or metadata`,
            `certificate`, `signature`), for which nothing was measured; None where all is.
        images: on how many it was measured.
        new_images: whether they are others than the certified acceptance images.
        metrics: in the config's order.
        certified: CPU, instruction set and version under which it was certified.
        here: likewise, now.
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
        """Whether graph, weights, metadata and certificate are as they were certified."""
        return self.changed is None

    @property
    def outcome(self) -> Outcome:
        """The worst over the metrics; `over` where nothing was measured."""
        return worst_outcome([kept.verdict.outcome for kept in self.metrics] or ["over"])

    @property
    def passed(self) -> bool:
        """Whether it is the certified model and every metric is within budget."""
        return self.intact and all(kept.verdict.passed for kept in self.metrics)


def render_verify(found: VerifyReport) -> RenderableType:
    """The verdict first, then the numbers, then what to do."""
    if found.changed is not None:
        return _not_certified(found.model, found.changed)
    images = "new images" if found.new_images else "certified acceptance images"
    style = STYLES[found.outcome]
    headline = Text(f"{style.symbol} {style.name.upper()} ", style=f"bold {style.colour}").append(
        f"on {found.images} {images}; weights and graph are those that were certified.",
        style="not bold default",
    )
    shown = table(
        ("metric", "FP32", "certified", "here", "drop counted", "interval", "estimated", "budget")
    )
    for kept in found.metrics:
        shown.add_row(*_row(kept))
    lines = [Text(f"Certified on {found.certified}"), Text(f"Verified on  {found.here}")]
    notes = [Text(note, style="yellow") for note in found.notes]
    return Group(headline, shown, *lines, *notes, *_next(found))


def _not_certified(model: str, changed: str) -> RenderableType:
    if changed == "signature":
        reason = "its certificate is not signed with the key that was named; nothing was measured."
        step = "ask whoever calibrated it for the model or for the key."
    else:
        was = "has" if changed == "certificate" else "have"
        reason = f"its {changed} {was} changed since it was certified; nothing was measured."
        step = f"copy {printable(model)} and its .bin again, or calibrate anew."
    headline = Text("NOT THE CERTIFIED MODEL ", style="bold red")
    return Group(
        headline.append(reason, style="not bold default"), Text(f"Next: {step}", style="bold")
    )


def _row(kept: VerifiedMetric) -> list[str]:
    drop, unit = kept.verdict.drop, kept.unit
    return [
        kept.verdict.metric,
        numbers.value(kept.fp32, unit),
        "" if kept.certified_value is None else numbers.value(kept.certified_value, unit),
        numbers.value(kept.value, unit),
        numbers.drop(drop.estimate, unit),
        "" if drop.method == UNPAIRED else numbers.interval((drop.low, drop.high), unit),
        numbers.drop(kept.verdict.estimate, unit),
        numbers.drop(kept.verdict.max_drop, unit),
    ]


def _next(found: VerifyReport) -> list[Text]:
    if found.passed:
        return []
    step = (
        "calibrate on this machine, or with the versions it will run with: `calibrate run`."
        if found.certified != found.here
        else "allow more drop, or calibrate again with more images: `calibrate run`."
    )
    return [Text(f"Next: {step}", style="bold")]
