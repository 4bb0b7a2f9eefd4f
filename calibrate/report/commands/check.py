"""What two samples looked like on their way through the chain, and how the terminal shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.tables import table


@dataclass(frozen=True, slots=True)
class Seen:
    """An array.

    Attributes:
        name: of the input or output, or the key of the sample.
        shape: without the batch.
        type: of its elements.
        low: least value.
        high: greatest value.
        mean: of all values.
    """

    name: str
    shape: tuple[int, ...]
    type: str
    low: float
    high: float
    mean: float


@dataclass(frozen=True, slots=True)
class SampleSeen:
    """One sample on its way.

    Attributes:
        id: the sample's.
        source: its file.
        decoded: as the adapter gives it.
        inputs: as the model takes it.
        outputs: what FP32 makes of it.
        label: the annotation in words.
        predicted: the prediction in words.
    """

    id: str
    source: str
    decoded: tuple[Seen, ...]
    inputs: tuple[Seen, ...]
    outputs: tuple[Seen, ...]
    label: str
    predicted: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that was seen.

    Attributes:
        config: the file.
        model: the file.
        inputs: name, bound shape, type and layout of each input in words.
        dataset: its name.
        samples: entries that a run would use.
        calibration: how many of them would set ranges.
        search: how many would choose the layers.
        acceptance: how many would judge.
        measured: samples on which the floating-point model was measured.
        seen: the samples that are shown.
        metrics: value over the measured samples, by label; nan where they give none.
        units: of the metrics.
        problems: why a verdict on this floating-point model would mean nothing.
        is_implausible_allowed: whether the config goes on in spite of that.
        better: settings with which the floating-point model would score more, in sentences.
        notes: what looks wrong although it works.
    """

    config: str
    model: str
    inputs: tuple[str, ...]
    dataset: str
    samples: int
    calibration: int
    search: int
    acceptance: int
    measured: int
    seen: tuple[SampleSeen, ...]
    metrics: Mapping[str, float]
    units: Mapping[str, str]
    problems: tuple[str, ...]
    is_implausible_allowed: bool
    better: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether a run would begin its search."""
        return not self.problems or self.is_implausible_allowed


def render_check(found: CheckReport) -> RenderableType:
    """The chain from file to metric, a block a sample, and what the metric says of the base."""
    return Group(
        _headline(found).append(
            f"Model {found.model}: {'; '.join(found.inputs)}", style="not bold default"
        ),
        Text(
            f"Dataset {found.dataset}: {found.samples} samples; {_sets(found)}, "
            f"{found.calibration}{_shared(found)} set the ranges"
        ),
        _samples(found),
        *(_words(sample) for sample in found.seen),
        Text(f"The floating-point model on {found.measured} samples: {_metrics(found)}"),
        *(Text(f"Implausible: {problem}", style="bold red") for problem in found.problems),
        *(Text(f"{sentence}.", style="yellow") for sentence in found.better),
        *(Text(note, style="yellow") for note in found.notes),
        Text(f"Next: {_next(found)}", style="bold"),
    )


def _headline(found: CheckReport) -> Text:
    if found.problems:
        return Text("The config can be run, but its base makes no sense. ", style="bold red")
    if found.better:
        return Text("The config works, but other settings score more. ", style="bold yellow")
    return Text("The config works. ", style="bold green")


def _next(found: CheckReport) -> str:
    if found.better:
        return f"correct {found.config} and check it again"
    if not found.passed:
        return f"correct preprocessing, class numbers or decoder in {found.config}"
    return f"calibrate run {found.config}"


def _samples(found: CheckReport) -> RenderableType:
    shown = table(("sample", "stage", "shape", "type", "range", "mean"), left=5)
    for sample in found.seen:
        stages = (
            ("decoded", sample.decoded),
            ("model input", sample.inputs),
            ("FP32 output", sample.outputs),
        )
        name = sample.id
        for stage, arrays in stages:
            for seen in arrays:
                label = f"{stage} {seen.name}"
                shape = "×".join(str(side) for side in seen.shape)
                values = f"{seen.low:.4g} to {seen.high:.4g}"
                shown.add_row(name, label, shape, seen.type, values, f"{seen.mean:.4g}")
                name = ""
    return shown


def _sets(found: CheckReport) -> str:
    if found.acceptance + found.search > found.samples:
        return f"{found.acceptance} would choose the layers and judge the result by turns"
    return f"{found.acceptance} would judge the result, {found.search} choose the layers"


def _shared(found: CheckReport) -> str:
    return (
        " of these" if found.calibration + found.search + found.acceptance > found.samples else ""
    )


def _words(sample: SampleSeen) -> Text:
    return Text(f"{sample.id}: label {sample.label}; FP32 predicts {sample.predicted}")


def _metrics(found: CheckReport) -> str:
    return ", ".join(
        f"{label} none" if isnan(value) else f"{label} {numbers.value(value, found.units[label])}"
        for label, value in found.metrics.items()
    )
