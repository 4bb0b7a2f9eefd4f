"""What is in a model file: the facts, and how the terminal shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibrate.report import numbers
from calibrate.report.tables import table

_SHOWN_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output: shape with -1 for open dimensions, element type, layout if stated."""

    name: str
    shape: tuple[int, ...]
    type: str
    layout: str


@dataclass(frozen=True, slots=True)
class InspectReport:
    """What is in a model.

    Attributes:
        path: of the model.
        file_bytes: of all its files.
        inputs: in the model's order.
        outputs: likewise.
        operations: how many there are, constants left out.
        weights: bytes of constants by element type.
        weighted: convolutions and matrix products by type.
        quantized: those of them whose inputs pass through FakeQuantize, by type.
        runtime: how many of them the CPU plugin runs at each precision here; empty where the
            model's shapes are open.
        certificate: what `rt_info` holds, None where there is none.
        intact: whether graph, weights, metadata and the certificate itself are as they were
            certified; None without certificate.
        names: operations of the simplified model with their types: what `ignored_scope` may name.
    """

    path: str
    file_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    operations: int
    weights: Mapping[str, int]
    weighted: Mapping[str, int]
    quantized: Mapping[str, int]
    runtime: Mapping[str, int]
    certificate: Mapping[str, Any] | None
    intact: bool | None
    names: Mapping[str, str]


def render_inspect(found: InspectReport, *, names: bool = False) -> RenderableType:
    """Ports, operations, weights, and what was certified.

    Args:
        found: in the model.
        names: whether each operation is listed.
    """
    ports = table(("", "name", "shape", "type", "layout"), left=5)
    for kind, entries in (("input", found.inputs), ("output", found.outputs)):
        for port in entries:
            shape = "[" + ", ".join("?" if d < 0 else str(d) for d in port.shape) + "]"
            ports.add_row(kind, port.name, shape, port.type, port.layout)
    return Group(
        Text(f"{found.path}: {numbers.size(found.file_bytes)}"),
        ports,
        *_operations(found),
        *_certificate(found),
        *([_names(found)] if names else []),
    )


def _names(found: InspectReport) -> Table:
    """Operations as `quantization.ignored_scope` takes them."""
    listed = table(("operation", "type"), left=2)
    for name, kind in found.names.items():
        listed.add_row(name, kind)
    return listed


def _operations(found: InspectReport) -> list[Text]:
    kinds = ", ".join(
        f"{count} {kind} ({found.quantized.get(kind, 0)} INT8)"
        for kind, count in found.weighted.items()
    )
    total, quantized = sum(found.weighted.values()), sum(found.quantized.values())
    share = f"{100 * quantized / total:.0f} % INT8" if total else "none to quantize"
    weights = ", ".join(f"{numbers.size(count)} {kind}" for kind, count in found.weights.items())
    lines = [
        Text(f"Operations: {found.operations}; with weights: {total}, {share}: {kinds}"),
        Text(f"Weights: {weights}"),
    ]
    if found.runtime:
        counts = ", ".join(f"{count} at {kind}" for kind, count in found.runtime.items())
        lines.append(Text(f"On this CPU the convolutions and matrix products run: {counts}"))
    return lines


def _certificate(found: InspectReport) -> list[Text]:
    held = found.certificate
    if held is None:
        return [Text("Certificate: none; `calibrate run` writes one", style="dim")]
    verdict, data, where = held["verdict"], held["dataset"], held["environment"]
    state = "as certified" if found.intact else "CHANGED SINCE IT WAS CERTIFIED"
    lines = [
        Text(f"Certificate ({state}): ", style="bold green" if found.intact else "bold red").append(
            str(verdict["summary"]), style="not bold default"
        )
    ]
    for label, facts in held["metrics"].items():
        result, unit = facts["result"]["acceptance"], facts["unit"]
        fp32 = facts["fp32"]["acceptance"]["value"]
        lines.append(
            Text(
                f"  {label}: FP32 {numbers.value(fp32, unit)}, INT8 "
                f"{numbers.value(result['value'], unit)}: "
                f"drop {numbers.drop(result['drop'] or 0.0, unit)}, budget "
                f"{numbers.drop(facts['budget']['absolute'], unit)}"
            )
        )
    lines += [
        Text(f"  images: {data['name']}, {_sets(data)}"),
        Text(f"  source: {held['source']['name']}, sha256 {held['source']['digest'][:12]}…"),
        Text(
            f"  made on: {where['cpu']} ({where['instruction_set']}), openvino "
            f"{where['openvino'].split('-')[0]}, nncf {where['nncf']}, "
            f"calibrate {where['calibrate']}"
        ),
    ]
    if kept := held["not_int8"]:
        shown = list(kept.items())[:_SHOWN_GROUPS]
        names = ", ".join(f"{name} ({reason})" for name, reason in shown)
        more = f" and {len(kept) - _SHOWN_GROUPS} more" if len(kept) > _SHOWN_GROUPS else ""
        lines.append(Text(f"  not INT8: {names}{more}"))
    step = (
        f"calibrate verify {found.path}  (measures it again on this CPU)"
        if found.intact
        else f"copy {found.path} and its .bin again, or calibrate anew."
    )
    return [*lines, Text(f"Next: {step}", style="bold")]


def _sets(data: Mapping[str, Any]) -> str:
    """How many images did what."""
    if data.get("folds", 1) > 1:
        return f"{data['acceptance']} chose and judged by turns"
    return f"{data['acceptance']} judged, {data['search']} chose"
