"""The group chart: a column for each group, with its sensitivity and time by precision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibrate.core.precision import FP32
from calibrate.report import numbers, phrases
from calibrate.report.charts.axis import Scale, scale
from calibrate.report.cost_column import CostColumn, cost_column
from calibrate.report.fallback import int8_sensitivity, quantized
from calibrate.report.schema import Report
from calibrate.report.search_section import GroupFacts

LEFT = 62.0
_RIGHT = 12.0
_LEAST_WIDTH = 1100.0
_NARROW, _WIDE = 16.0, 72.0
_HEIGHT = 130.0
_GAP = 30.0
_STRIP = 18.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: place and size in units of the drawing, and the CSS classes of its colour."""

    x: float
    y: float
    width: float
    height: float
    look: str


@dataclass(frozen=True, slots=True)
class Column:
    """One group.

    Attributes:
        x: left edge of its share of the width.
        bars: sensitivity, then the time at each precision, then the strip.
        error: ends of the sensitivity's standard error, (x, y of top, y of bottom).
        text: description of the group.
    """

    x: float
    bars: tuple[Bar, ...]
    error: tuple[float, float, float] | None
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The whole drawing.

    Attributes:
        width: of the drawing.
        height: of the drawing.
        step: width of a column.
        sensitivity: axis of the sensitivities, or of the layers' errors where none was measured;
            None without either.
        time: likewise.
        strip: upper edge of the strip of precisions.
        columns: one for each group.
    """

    width: float
    height: float
    step: float
    sensitivity: Scale | None
    time: Scale | None
    strip: float
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is drawn of one group.

    Attributes:
        value: its sensitivity, or the error of its layers; None where it was not measured.
        error: standard error of the value.
        microseconds: by precision.
        chosen: the precision that it runs in; None where none was chosen.
        text: description of the group.
    """

    value: float | None
    error: float
    microseconds: Mapping[str, float]
    chosen: str | None
    text: str


def group_chart(report: Report) -> Columns:
    """Return the chart of a report's groups."""
    column, by_error = cost_column(report), layer_errors(report)
    entries = [
        Entry(
            value=group.layer_error if by_error else int8_sensitivity(group),
            error=0.0 if by_error else _standard_error(group),
            microseconds=group.microseconds,
            chosen=group.precision,
            text=describe(report, index, column),
        )
        for index, group in enumerate(report.groups)
    ]
    return columns_of(entries, precision_looks(report))


def columns_of(entries: Sequence[Entry], looks: Mapping[str, str]) -> Columns:
    """Lay out a column for each group, in network order.

    Args:
        entries: of the groups.
        looks: CSS class of each precision.
    """
    step = min(max((_LEAST_WIDTH - LEFT - _RIGHT) / max(len(entries), 1), _NARROW), _WIDE)
    top = 24.0
    values = [
        entry.value + error
        for entry in entries
        if entry.value is not None
        for error in (0.0, entry.error)
    ]
    sensitivity = time = None
    if values:
        sensitivity = scale(values, top + _HEIGHT, top, ticks=4, zero=True)
        top += _HEIGHT + _GAP
    times = [t for entry in entries for t in entry.microseconds.values()]
    if times:
        time = scale(times, top + _HEIGHT, top, ticks=4, zero=True)
        top += _HEIGHT + _GAP
    columns = []
    for index, entry in enumerate(entries):
        x = LEFT + index * step
        look = looks[entry.chosen] if entry.chosen else "p-int8"
        strip = (Bar(x + 1, top, step - 2, _STRIP, look),) if entry.chosen else ()
        bars = (
            *_value_bar(entry.value, (x, step), sensitivity, look),
            *_time_bars(entry, x, step, time, looks),
            *strip,
        )
        error = _error_bar(entry.value, entry.error, x + step / 2, sensitivity)
        columns.append(Column(x=x, bars=bars, error=error, text=entry.text))
    width = LEFT + step * len(entries) + _RIGHT
    return Columns(width, top + _STRIP + 24, step, sensitivity, time, top, tuple(columns))


def layer_errors(report: Report) -> bool:
    """Return whether the chart shows the errors of layers, since no sensitivity was measured."""
    measured = any(int8_sensitivity(group) is not None for group in report.groups)
    return not measured and any(group.layer_error is not None for group in report.groups)


def precision_looks(report: Report) -> dict[str, str]:
    """Return a CSS class for each precision; those of FP32 and plain INT8 are fixed."""
    looks = {FP32.name: "p-fp32", "int8": "p-int8"}
    for group in report.groups:
        for name in (group.precision, *group.sensitivity, *group.microseconds):
            looks.setdefault(name, f"p-other{(len(looks) - 2) % 3}")
    return looks


def describe(report: Report, index: int, column: CostColumn) -> str:
    """Describe the group at an index."""
    group = report.groups[index]
    parts = [f"{index + 1}. {group.name}: {phrases.precision(report, group.precision)}"]
    if group.reason:
        parts[0] += f" because of {column.reason(group.reason)}"
    parts += [
        f"{phrases.precision(report, name)} alone moves the output by {value:.2g}"
        for name, value in group.sensitivity.items()
        if name != FP32.name
    ]
    parts += [
        f"{_amount(value, column)} in {phrases.precision(report, name)}"
        for name, value in group.microseconds.items()
    ]
    if group.layer_error is not None:
        parts.append(f"the error of its INT8 layers is {group.layer_error:.2g} of their output")
    if group.saturation is not None:
        parts.append(f"{100 * group.saturation:.3g} % of its pair sums saturate without VNNI")
    kinds = ", ".join(group.types)
    return f"{'; '.join(parts)}; {numbers.count(len(group.operations), 'operation')} ({kinds})"


def _amount(value: float, column: CostColumn) -> str:
    return f"{numbers.significant(value)} µs" if column.timed else column.amount_text(value)


def _value_bar(
    value: float | None, place: tuple[float, float], axis: Scale | None, look: str
) -> Sequence[Bar]:
    if axis is None or value is None:
        return ()
    x, step = place
    return (_bar(x + 0.15 * step, 0.7 * step, value, axis, look),)


def _time_bars(
    entry: Entry, x: float, step: float, axis: Scale | None, looks: Mapping[str, str]
) -> Sequence[Bar]:
    if axis is None or not entry.microseconds:
        return ()
    width = 0.8 * step / len(entry.microseconds)
    # INT8 first: network order goes from left to right, and so does falling back.
    ordered = sorted(entry.microseconds.items(), key=lambda pair: pair[0] == FP32.name)
    return tuple(
        _bar(
            x + 0.1 * step + position * width,
            width - 0.5,
            value,
            axis,
            looks[name] + ("" if entry.chosen in (None, name) else " unused"),
        )
        for position, (name, value) in enumerate(ordered)
    )


def _bar(x: float, width: float, value: float, axis: Scale, look: str) -> Bar:
    base, top = axis.at(0), axis.at(value)
    height = max(abs(base - top), 0.6)
    return Bar(round(x, 2), round(min(base, top, base - 0.6), 2), round(width, 2), height, look)


def _standard_error(group: GroupFacts) -> float:
    known = quantized(group.sensitivity)
    best = min(known, key=known.__getitem__, default="")
    return group.sensitivity_error.get(best, 0.0)


def _error_bar(
    value: float | None, error: float, x: float, axis: Scale | None
) -> tuple[float, float, float] | None:
    if axis is None or value is None or not error:
        return None
    return round(x, 2), axis.at(value + error), axis.at(max(0.0, value - error))
