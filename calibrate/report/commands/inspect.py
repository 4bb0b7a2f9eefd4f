"""The report of `calibrate inspect` on a model file, and how the terminal shows it."""

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
    """Contents of a model file.

    Attributes:
        path: the model file.
        file_bytes: bytes of all its files.
        inputs: in the model's order.
        outputs: likewise.
        operations: number of operations, constants excluded.
        weights: bytes of constants by element type.
        weighted: convolutions and matrix products by type.
        quantized: those of them whose inputs pass through FakeQuantize, by type.
        runtime: how many of them the CPU plugin runs at each precision, compiled here without
            properties; empty where the model's shapes are open.
        executed: the same of every operation that the plugin runs, by name, fused ones included.
        certificate: from `rt_info`; None if there is none.
        intact: whether graph, weights, metadata and certificate are unchanged since
            certification; None without certificate.
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
    executed: Mapping[str, str]
    certificate: Mapping[str, Any] | None
    intact: bool | None
    names: Mapping[str, str]


def render_inspect(report: InspectReport, *, names: bool = False) -> RenderableType:
    """Render ports, operations, weights and the certificate.

    Args:
        report: contents of the model.
        names: whether to list each operation.
    """
    ports = table(("", "name", "shape", "type", "layout"), left=5)
    for kind, entries in (("input", report.inputs), ("output", report.outputs)):
        for port in entries:
            shape = "[" + ", ".join("?" if d < 0 else str(d) for d in port.shape) + "]"
            ports.add_row(kind, port.name, shape, port.type, port.layout)
    return Group(
        Text(f"{report.path}: {numbers.size(report.file_bytes)}"),
        ports,
        *_operations(report),
        *_certificate(report),
        *([_names(report)] if names else []),
    )


def _names(report: InspectReport) -> Table:
    """List the operations as `quantization.ignored_scope` takes them."""
    listed = table(("operation", "type", "runs at"), left=3)
    for name, kind in report.names.items():
        listed.add_row(name, kind, report.executed.get(name, ""))
    return listed


def _operations(report: InspectReport) -> list[Text]:
    kinds = ", ".join(
        f"{count} {kind} ({report.quantized.get(kind, 0)} INT8)"
        for kind, count in report.weighted.items()
    )
    total, quantized = sum(report.weighted.values()), sum(report.quantized.values())
    share = f"{100 * quantized / total:.0f} % INT8" if total else "none to quantize"
    weights = ", ".join(f"{numbers.size(count)} {kind}" for kind, count in report.weights.items())
    lines = [
        Text(f"Operations: {report.operations}; with weights: {total}, {share}: {kinds}"),
        Text(f"Weights: {weights}"),
    ]
    if report.runtime:
        counts = ", ".join(f"{count} at {kind}" for kind, count in report.runtime.items())
        lines.append(
            Text(
                "Compiled without properties on this CPU, convolutions and matrix products run: "
                f"{counts}"
            )
        )
    return lines


def _certificate(report: InspectReport) -> list[Text]:
    certificate = report.certificate
    if certificate is None:
        return [Text("Certificate: none; `calibrate run` writes one", style="dim")]
    verdict, data = certificate["verdict"], certificate["dataset"]
    source, made_on = certificate["source"], certificate["environment"]
    state = "as certified" if report.intact else "CHANGED SINCE IT WAS CERTIFIED"
    lines = [
        Text(f"Certificate ({state}): ", style="bold" if report.intact else "bold red").append(
            str(verdict["summary"]), style="not bold default"
        )
    ]
    for label, facts in certificate["metrics"].items():
        result, unit = facts["result"]["acceptance"], facts["unit"]
        fp32 = facts["fp32"]["acceptance"]["value"]
        lines.append(
            Text(
                f"  {label}: FP32 {numbers.value(fp32, unit)}, this model "
                f"{numbers.value(result['value'], unit)}: "
                f"drop {numbers.drop(result['drop'] or 0.0, unit)}, budget "
                f"{numbers.drop(facts['budget']['absolute'], unit)}"
            )
        )
    lines += [
        Text(f"  samples: {data['name']}, {_sets(data)}"),
        Text(f"  source: {source['name']}, sha256 {source['digest'][:12]}…"),
        Text(
            f"  made on: {made_on['cpu']} ({made_on['instruction_set']}), openvino "
            f"{made_on['openvino'].split('-')[0]}, nncf {made_on['nncf']}, "
            f"calibrate {made_on['calibrate']}"
        ),
    ]
    if not_int8 := certificate["not_int8"]:
        shown = list(not_int8.items())[:_SHOWN_GROUPS]
        names = ", ".join(f"{name} ({reason})" for name, reason in shown)
        more = f" and {len(not_int8) - _SHOWN_GROUPS} more" if len(not_int8) > _SHOWN_GROUPS else ""
        lines.append(Text(f"  not INT8: {names}{more}"))
    step = (
        f"calibrate verify {report.path}  (measures it again on this CPU)"
        if report.intact
        else f"copy {report.path} and its .bin again, or calibrate anew."
    )
    return [*lines, Text(f"Next: {step}", style="bold")]


def _sets(data: Mapping[str, Any]) -> str:
    """Say how many images chose the layers and how many decided the verdict."""
    if data.get("folds", 1) > 1:
        return f"{data['acceptance']} chose and judged by turns"
    return f"{data['acceptance']} judged, {data['search']} chose"
