"""The report of `calibrate evaluate` on several models, and how the terminal shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.core.verdict import Interval
from calibrate.report import numbers
from calibrate.report.short_names import short_names
from calibrate.report.tables import table

Which = Literal["all", "search", "acceptance"]


@dataclass(frozen=True, slots=True)
class MetricResult:
    """One model's value and drop in one metric.

    Attributes:
        metric: its label.
        unit: of the value.
        value: on the images.
        drop: against the first model, paired; None for the first model.
    """

    metric: str
    unit: str
    value: float
    drop: Interval | None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One model.

    Attributes:
        path: of the model.
        metrics: in the config's order.
        divergence: mean divergence of the outputs from the first model's, in the decoder's
            measure; None for the first.
    """

    path: str
    metrics: tuple[MetricResult, ...]
    divergence: float | None


@dataclass(frozen=True, slots=True)
class EvaluateReport:
    """Models on one set of images.

    Attributes:
        dataset: its name.
        images: number of images.
        which: the set.
        confidence: of the intervals.
        models: drops are relative to the first.
    """

    dataset: str
    images: int
    which: Which
    confidence: float
    models: tuple[Evaluated, ...]


def render_evaluate(evaluation: EvaluateReport) -> RenderableType:
    """Render a row for each model and metric, and a conclusion from the intervals."""
    several = len(evaluation.models) > 1
    titles = ["model", "metric", "value"]
    if several:
        titles += ["drop", f"{100 * evaluation.confidence:g} % interval", "divergence"]
    shown = table(titles, left=2)
    names = short_names([model.path for model in evaluation.models])
    for name, model in zip(names, evaluation.models, strict=True):
        for result in model.metrics:
            shown.add_row(name, result.metric, *_cells(result, model.divergence))
    set_names = {"all": "samples", "search": "search samples", "acceptance": "acceptance samples"}
    lines = [Text(f"{evaluation.dataset}: {evaluation.images} {set_names[evaluation.which]}")]
    return Group(*lines, shown, *(_conclusions(evaluation, names) if several else ()))


def _cells(result: MetricResult, divergence: float | None) -> list[str]:
    cells = [numbers.value(result.value, result.unit)]
    if result.drop is not None:
        drop = result.drop
        cells.append(numbers.drop(drop.estimate, result.unit))
        cells.append(numbers.interval((drop.low, drop.high), result.unit))
        cells.append("" if divergence is None else f"{divergence:.3g}")
    return cells


def _conclusions(evaluation: EvaluateReport, names: Sequence[str]) -> list[Text]:
    lines = []
    for name, model in zip(names[1:], evaluation.models[1:], strict=True):
        for result in model.metrics:
            if result.drop is None:
                continue
            conclusion = "no difference is proven"
            if result.drop.low > 0:
                conclusion = "worse, beyond chance"
            elif result.drop.high < 0:
                conclusion = "better, beyond chance"
            lines.append(Text(f"{name} against {names[0]}, {result.metric}: {conclusion}."))
    return lines
