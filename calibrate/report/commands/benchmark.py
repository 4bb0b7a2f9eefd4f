"""The report of `calibrate benchmark` on several models, and how the terminal shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.performance_section import Performance
from calibrate.report.short_names import short_names
from calibrate.report.tables import table


@dataclass(frozen=True, slots=True)
class Layer:
    """A node of the runtime model, into which the plugin fused one or several operations.

    Attributes:
        name: of it.
        kind: as the plugin calls it.
        precision: what it ran at.
        kernel: the primitive.
        microseconds: of one inference.
    """

    name: str
    kind: str
    precision: str
    kernel: str
    microseconds: float


@dataclass(frozen=True, slots=True)
class Timed:
    """A model's times; `layers` slowest first, empty if not asked for."""

    path: str
    performance: Performance
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """Models measured in turn on this CPU.

    Attributes:
        machine: CPU, instruction set, cores.
        seconds: approximate duration of the timing.
        models: speed-ups are relative to the first.
    """

    machine: str
    seconds: float
    models: tuple[Timed, ...]


def render_benchmark(report: BenchmarkReport, layers: int) -> RenderableType:
    """Render a row for each model, then the slowest `layers` layers of each."""
    shown = table(
        ("model", "latency", "quartiles", "speed-up", "throughput", "file", "peak memory")
    )
    names = short_names([timed.path for timed in report.models])
    for name, timed in zip(names, report.models, strict=True):
        p = timed.performance
        shown.add_row(
            name,
            f"{p.latency_ms:.3g} ms",
            f"{p.latency_low_ms:.3g} to {p.latency_high_ms:.3g} ms",
            f"{p.speedup:.2f}×",
            f"{p.throughput:.0f}/s",
            numbers.size(p.file_bytes),
            numbers.size(p.peak_memory_bytes),
        )
    blocks: list[RenderableType] = [shown]
    for name, timed in zip(names, report.models, strict=True):
        if timed.layers:
            blocks += _layers(name, timed.layers, layers)
    last = f"{report.machine}; measured in turn for about {numbers.seconds(report.seconds)}"
    return Group(*blocks, Text(last, style="dim"))


def _layers(name: str, layers: Sequence[Layer], most: int) -> list[RenderableType]:
    total = sum(layer.microseconds for layer in layers) or 1.0
    shown = table(("layer", "type", "precision", "kernel", "time", "share"), left=4)
    for layer in layers[:most]:
        share = f"{100 * layer.microseconds / total:.1f} %"
        time = f"{layer.microseconds:.0f} µs"
        shown.add_row(layer.name, layer.kind, layer.precision, layer.kernel, time, share)
    rest = layers[most:]
    if rest:
        left = sum(layer.microseconds for layer in rest)
        share = f"{100 * left / total:.1f} %"
        shown.add_row(f"{len(rest)} others", "", "", "", f"{left:.0f} µs", share, style="dim")
    return [Text(f"\n{name}, slowest layers of {total:.0f} µs"), shown]
