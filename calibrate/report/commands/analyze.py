"""The report of `calibrate analyze`: sensitivity and time by group, and its rendering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.core.operations import WEIGHTED
from calibrate.report import numbers
from calibrate.report.elide import elided
from calibrate.report.tables import table

_NAME = 30
"""Most characters shown of a group's name."""


@dataclass(frozen=True, slots=True)
class GroupCost:
    """One group of operations that change precision together.

    Attributes:
        name: of its first operation.
        operations: all of its operations.
        types: their types, distinct.
        sensitivity: mean divergence from FP32 with this group alone in INT8.
        error: its standard error.
        images: how many it was measured on.
        microseconds: of one inference spent in the group, by precision.
        saturation: share of pair sums that overflow on CPUs without VNNI; None for layers
            whose kernels pair nothing.
    """

    name: str
    operations: tuple[str, ...]
    types: tuple[str, ...]
    sensitivity: float
    error: float
    images: int
    microseconds: Mapping[str, float]
    saturation: float | None = None


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """Plain INT8 against FP32 in one metric, on the search images."""

    metric: str
    unit: str
    fp32: float
    int8: float
    drop: float
    error: float


@dataclass(frozen=True, slots=True)
class AnalyzeReport:
    """Sensitivity and time of every group.

    Attributes:
        config: the file.
        model: its name.
        machine: CPU and instruction set.
        images: most search images that a sensitivity was measured on.
        divergence: of plain INT8 from FP32, mean.
        plain: what plain INT8 does to each metric.
        groups: in network order.
    """

    config: str
    model: str
    machine: str
    images: int
    divergence: float
    plain: tuple[PlainFacts, ...]
    groups: tuple[GroupCost, ...]


def render_analyze(report: AnalyzeReport, most: int) -> RenderableType:
    """Render the `most` most sensitive groups, then the totals of all groups."""
    ranked = sorted(report.groups, key=lambda group: -group.sensitivity)
    total = sum(group.sensitivity for group in report.groups) or 1.0
    shown = table(
        (
            "group",
            "operations",
            "divergence",
            "± error",
            "share",
            "FP32",
            "INT8",
            "INT8 saves",
            "overflow",
        ),
        left=2,
    )
    for group in ranked[:most]:
        shown.add_row(
            elided(group.name, _NAME),
            _kinds(group.types),
            f"{group.sensitivity:.2g}",
            f"{group.error:.1g}",
            f"{100 * group.sensitivity / total:.1f} %",
            *_times(group),
            "" if group.saturation is None else f"{100 * group.saturation:.2g} %",
        )
    rest = ranked[most:]
    if rest:
        share = 100 * sum(group.sensitivity for group in rest) / total
        saved = sum(_saved(group) for group in rest)
        cells = ("", "", "", f"{share:.1f} %", "", "", f"{saved:.0f} µs", "")
        shown.add_row(f"{len(rest)} others", *cells, style="dim")
    saved = sum(_saved(group) for group in report.groups)
    lines = [
        Text(
            f"All {len(report.groups)} groups in INT8: divergence {report.divergence:.3g} (the sum "
            f"of the groups' is {total:.3g}), {saved:.0f} µs saved by the counters"
        )
    ]
    lines += [
        Text(
            f"  {facts.metric}: FP32 {numbers.value(facts.fp32, facts.unit)}, plain INT8 "
            f"{numbers.value(facts.int8, facts.unit)}; drop about "
            f"{numbers.drop(facts.drop, facts.unit)} (± {numbers.drop(facts.error, facts.unit)})"
        )
        for facts in report.plain
    ]
    slower = [elided(group.name, _NAME) for group in report.groups if _saved(group) < 0]
    if slower:
        names = ", ".join(slower[:5]) + (f" and {len(slower) - 5} more" if len(slower) > 5 else "")
        lines.append(Text(f"Not faster in INT8 here: {names}", style="yellow"))
    return Group(
        Text(f"{report.model}, {report.machine}; at most {report.images} samples a group"),
        shown,
        *lines,
        Text(f"Next: calibrate run {report.config}", style="bold"),
    )


def _saved(group: GroupCost) -> float:
    times = group.microseconds
    other = _quantized(times)
    return times["fp32"] - times[other] if {"fp32", other} <= set(times) else 0.0


def _kinds(types: Sequence[str]) -> str:
    """Return the weighted type and how many others there are: `Convolution + 2`."""
    main = next((kind for kind in types if kind in WEIGHTED), next(iter(types), ""))
    return f"{main} + {len(types) - 1}" if len(types) > 1 else main


def _times(group: GroupCost) -> list[str]:
    times = group.microseconds
    shown = [
        f"{times[name]:.0f} µs" if name in times else "" for name in ("fp32", _quantized(times))
    ]
    return [*shown, f"{_saved(group):.0f} µs" if all(shown) else ""]


def _quantized(times: Mapping[str, float]) -> str:
    """Return the timed precision that is not FP32."""
    return next((name for name in times if name != "fp32"), "int8")
