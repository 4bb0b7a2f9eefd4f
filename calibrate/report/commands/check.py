"""The report of `calibrate check` on the samples it traced, and how the terminal shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.tables import table


@dataclass(frozen=True, slots=True)
class ArraySummary:
    """Shape and value range of an array.

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
class SampleSummary:
    """One sample at each stage of the chain.

    Attributes:
        id: the sample's.
        source: its file.
        decoded: as the adapter gives it.
        inputs: as the model takes it.
        outputs: what the FP32 model computes from it.
        label: the annotation as text.
        predicted: the prediction as text.
    """

    id: str
    source: str
    decoded: tuple[ArraySummary, ...]
    inputs: tuple[ArraySummary, ...]
    outputs: tuple[ArraySummary, ...]
    label: str
    predicted: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of checking a config.

    Attributes:
        config: the file.
        model: the file.
        inputs: name, bound shape, type and layout of each input, as text.
        dataset: its name.
        samples: entries that a run would use.
        calibration: how many of them would set ranges.
        calibration_dataset: name of the dataset that these are from; empty if it is the same.
        search: how many would choose the layers.
        acceptance: how many would decide the verdict.
        measured: samples on which the floating-point model was measured.
        shown: samples to show.
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
    shown: tuple[SampleSummary, ...]
    metrics: Mapping[str, float]
    units: Mapping[str, str]
    problems: tuple[str, ...]
    is_implausible_allowed: bool
    better: tuple[str, ...]
    notes: tuple[str, ...]
    calibration_dataset: str = ""

    @property
    def passed(self) -> bool:
        """Whether a run would begin its search."""
        return not self.problems or self.is_implausible_allowed


def render_check(report: CheckReport) -> RenderableType:
    """Render the samples stage by stage, then the metrics of the floating-point model."""
    return Group(
        _headline(report).append(
            f"Model {report.model}: {'; '.join(report.inputs)}", style="not bold default"
        ),
        Text(
            f"Dataset {report.dataset}: {report.samples} samples; {_sets(report)}, "
            f"{_ranges(report)} set the ranges"
        ),
        _samples(report),
        *(_sample_text(sample) for sample in report.shown),
        Text(f"The floating-point model on {report.measured} samples: {_metrics(report)}"),
        *(Text(f"Implausible: {problem}", style="bold red") for problem in report.problems),
        *(Text(f"{sentence}.", style="yellow") for sentence in report.better),
        *(Text(note, style="yellow") for note in report.notes),
        Text(f"Next: {_next(report)}", style="bold"),
    )


def _headline(report: CheckReport) -> Text:
    if report.problems:
        return Text("The config can be run, but its base makes no sense. ", style="bold red")
    if report.better:
        return Text("The config works, but other settings score more. ", style="bold yellow")
    return Text("The config works. ", style="bold green")


def _next(report: CheckReport) -> str:
    if report.better:
        return f"correct {report.config} and check it again"
    if not report.passed:
        return f"correct preprocessing, class numbers or decoder in {report.config}"
    return f"calibrate run {report.config}"


def _samples(report: CheckReport) -> RenderableType:
    rows = table(("sample", "stage", "shape", "type", "range", "mean"), left=5)
    for sample in report.shown:
        stages = (
            ("decoded", sample.decoded),
            ("model input", sample.inputs),
            ("FP32 output", sample.outputs),
        )
        name = sample.id
        for stage, arrays in stages:
            for array in arrays:
                label = f"{stage} {array.name}"
                shape = "×".join(str(side) for side in array.shape)
                values = f"{array.low:.4g} to {array.high:.4g}"
                rows.add_row(name, label, shape, array.type, values, f"{array.mean:.4g}")
                name = ""
    return rows


def _sets(report: CheckReport) -> str:
    if report.acceptance + report.search > report.samples:
        return f"{report.acceptance} would choose the layers and judge the result by turns"
    return f"{report.acceptance} would judge the result, {report.search} choose the layers"


def _ranges(report: CheckReport) -> str:
    if report.calibration_dataset:
        return f"{report.calibration} of {report.calibration_dataset}"
    shared = report.calibration + report.search + report.acceptance > report.samples
    return f"{report.calibration} of these" if shared else str(report.calibration)


def _sample_text(sample: SampleSummary) -> Text:
    return Text(f"{sample.id}: label {sample.label}; FP32 predicts {sample.predicted}")


def _metrics(report: CheckReport) -> str:
    return ", ".join(
        f"{label} none" if isnan(value) else f"{label} {numbers.value(value, report.units[label])}"
        for label, value in report.metrics.items()
    )
