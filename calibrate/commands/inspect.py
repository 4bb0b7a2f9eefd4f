"""`calibrate inspect`: describe a model file without inference."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import openvino as ov

from calibrate.context.load_model import load_untrusted_model
from calibrate.core.costs import Costs
from calibrate.core.operations import EXECUTED_WEIGHTED
from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.inputs import input_names
from calibrate.models.model_files import surplus_bytes
from calibrate.models.prepare import operations
from calibrate.models.quantized import quantized_layers, weighted_layers
from calibrate.report.commands.inspect import InspectReport, Port
from calibrate.runtime.inference import output_names
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.memory_footprint import file_bytes
from calibrate.runtime.profiling import Executed, executed_nodes


def inspect_model(path: Path) -> InspectReport:
    """Describe a model by its files and by the precisions that the CPU plugin chooses.

    Raises:
        CalibrateError: it cannot be read.
    """
    model = load_untrusted_model(path)
    certificate = certificate_of(model)
    count = sum(op.get_type_name() != "Constant" for op in model.get_ops())
    fixed = _with_batch_of_one(model)
    executed = (
        () if fixed is None else executed_nodes(fixed, Costs(time.monotonic), plugin_default())
    )
    return InspectReport(
        path=str(path),
        file_bytes=file_bytes(path),
        inputs=_ports(model.inputs, input_names(model)),
        outputs=_ports(model.outputs, list(output_names(model))),
        operations=count,
        weights=_weights(model),
        weighted=_counted(weighted_layers(model)),
        quantized=_counted(quantized_layers(model)),
        runtime=_runtime(executed),
        executed=_executed(executed),
        certificate=certificate,
        intact=(
            None
            if certificate is None
            else is_intact(model, certificate) and not surplus_bytes(path)
        ),
        names=operations(model),
    )


def _ports(ports: list[ov.Output], names: list[str]) -> tuple[Port, ...]:
    described = []
    for port, name in zip(ports, names, strict=True):
        partial = port.get_partial_shape()
        shape = (
            ()
            if partial.rank.is_dynamic
            else tuple(d.get_length() if d.is_static else -1 for d in partial)
        )
        node = port.get_node()
        stated = str(node.get_layout()) if hasattr(node, "get_layout") else ""
        layout = stated.strip("[]").replace(",", "").replace("...", "")
        described.append(Port(name, shape, port.get_element_type().get_type_name(), layout))
    return tuple(described)


def _weights(model: ov.Model) -> Mapping[str, int]:
    """Return the bytes of constants by element type, most first."""
    sizes: Counter[str] = Counter()
    for op in model.get_ops():
        if op.get_type_name() == "Constant":
            sizes[op.get_element_type().get_type_name()] += op.get_byte_size()
    return dict(sizes.most_common())


def _counted(operations: Sequence[ov.Node]) -> Mapping[str, int]:
    return dict(Counter(op.get_type_name() for op in operations).most_common())


def _with_batch_of_one(model: ov.Model) -> ov.Model | None:
    """Return the model with its open first dimensions at 1; None if others are open too."""
    if not model.is_dynamic():
        return model
    batch_one = model.clone()
    shapes = {
        i: [1, *port.get_partial_shape()[1:]]
        for i, port in enumerate(model.inputs)
        if not port.get_partial_shape().rank.is_dynamic and len(port.get_partial_shape())
    }
    if len(shapes) < len(model.inputs):
        return None
    batch_one.reshape({i: ov.PartialShape(shape) for i, shape in shapes.items()})
    return None if batch_one.is_dynamic() else batch_one


def _runtime(nodes: Sequence[Executed]) -> Mapping[str, int]:
    """Return how many convolutions and matrix products run at each precision, most first."""
    kinds = [_precision(node) for node in nodes if node.kind in EXECUTED_WEIGHTED]
    return dict(Counter(kinds).most_common())


def _executed(nodes: Sequence[Executed]) -> Mapping[str, str]:
    """Return the precision that each operation runs at, those fused into others too."""
    return {name: _precision(node) for node in nodes if node.kind != "Const" for name in node.names}


def _precision(node: Executed) -> str:
    """Return `INT8`, or the plugin's name of a floating-point type."""
    # Activations are u8 or i8 by sign; the arithmetic is the same.
    return "INT8" if node.precision in ("u8", "i8") else node.precision
