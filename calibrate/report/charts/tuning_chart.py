"""The chart of a fine-tuning: loss on the validation samples against updates."""

from calibrate.report.charts.axis import scale
from calibrate.report.charts.chart import BOTTOM, LEFT, RIGHT, TOP, Chart, Line, Mark
from calibrate.report.schema import Report
from calibrate.report.search_section import TuningFacts

_LOOKS = ("m-result", "m-tried")


def loss_against_updates(report: Report, name: str) -> Chart | None:
    """Return the chart of all models that were fine-tuned; None if there is none.

    Losses are relative to that before the first update.
    """
    tunings = [tuning for recipe in report.recipes for tuning in recipe.tuning]
    if not tunings:
        return None
    curves = [_relative(tuning) for tuning in tunings]
    x = scale([done for curve in curves for done, _ in curve], LEFT, RIGHT, zero=True)
    y = scale([loss for curve in curves for _, loss in curve], BOTTOM, TOP, zero=True)
    lines, marks, legend = [], [], []
    for number, (tuning, curve) in enumerate(zip(tunings, curves, strict=True)):
        look = _LOOKS[number % len(_LOOKS)]
        places = [(x.at(done), y.at(loss)) for done, loss in curve]
        lines.append(Line(tuple(places), "l-front"))
        marks += [
            Mark(*place, "dot", look, f"{done} updates: {loss:.3g} of the loss before")
            for place, (done, loss) in zip(places, curve, strict=True)
        ]
        legend.append((look, "dot", f"tuned on {tuning.samples} samples"))
    lowest = [min(loss for _, loss in curve) for curve in curves]
    return Chart(
        name=name,
        title="Fine-tuning: loss on samples that were not tuned on",
        description=". ".join(
            f"tuned on {tuning.samples} samples, the loss on {tuning.validation} others fell to "
            f"{100 * best:.0f} %"
            for tuning, best in zip(tunings, lowest, strict=True)
        ),
        x=x,
        y=y,
        x_title="updates",
        y_title="loss, relative to before",
        lines=lines,
        marks=marks,
        legend=legend,
    )


def _relative(tuning: TuningFacts) -> list[tuple[int, float]]:
    first = tuning.curve[0][1] or 1.0
    return [(done, loss / first) for done, loss in tuning.curve]
