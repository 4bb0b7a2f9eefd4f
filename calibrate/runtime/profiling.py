"""Time of each operation, from the CPU plugin's performance counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.tensors import Tensors
from calibrate.models.bodies import bodies_of
from calibrate.models.names import operations_of
from calibrate.runtime.inference import LATENCY, input_shapes
from calibrate.runtime.inference_precision import with_precision
from calibrate.runtime.native_errors import native_errors

INFERENCES = 16
"""Profiled inferences of a model."""
WARM_UP = 2
"""Inferences before them."""


@dataclass(frozen=True, slots=True)
class Executed:
    """One node of the runtime model.

    Attributes:
        names: operations of the IR that the plugin fused into it.
        kind: layer type as the plugin calls it, for instance `Convolution` or `Reorder`.
        precision: the precision it ran at, for instance `i8` or `f32`.
        primitive: the kernel, for instance `brgconv_avx2_I8`.
        microseconds: the minimum over the profiled inferences.
        producers: names of the runtime nodes that feed it.
    """

    names: tuple[str, ...]
    kind: str
    precision: str
    primitive: str
    microseconds: float
    producers: tuple[str, ...]
    name: str


def profile(
    model: ov.Model,
    tensors: Tensors,
    costs: Costs,
    *,
    compute_type: ComputeType = "f32",
    inferences: int = INFERENCES,
) -> tuple[Executed, ...]:
    """Time every node of one compiled model; see `profile_together`."""
    (nodes,) = profile_together(
        [model], tensors, costs, compute_type=compute_type, inferences=inferences
    )
    return nodes


@native_errors()
def profile_together(
    models: Sequence[ov.Model],
    tensors: Tensors,
    costs: Costs,
    *,
    compute_type: ComputeType = "f32",
    inferences: int = INFERENCES,
) -> list[tuple[Executed, ...]]:
    """Time every node of compiled models, in execution order.

    The models are inferred in turn, A B C A B C …, and a node's time is its minimum: other load
    on the machine can only add to it, and affects all models alike.

    Args:
        models: static models.
        tensors: real inputs.
        costs: where the compilations and inferences are counted.
        compute_type: the floating point of the deployment.
        inferences: profiled inferences of each model, after two warm-up inferences.

    Returns:
        The nodes of each model, in the order of the models.
    """
    properties = {**with_precision(LATENCY, compute_type), "PERF_COUNT": True}
    compiled = [ov.Core().compile_model(model, "CPU", properties) for model in models]
    requests = [compiled_model.create_infer_request() for compiled_model in compiled]
    inputs = [_inputs(compiled_model, tensors) for compiled_model in compiled]
    least: list[dict[str, float]] = [{} for _ in models]
    for turn in range(WARM_UP + inferences):
        for request, feed, times in zip(requests, inputs, least, strict=True):
            request.infer(feed)
            if turn < WARM_UP:
                continue
            for info in request.get_profiling_info():
                took = info.real_time.total_seconds() * 1e6
                times[info.node_name] = min(took, times.get(info.node_name, took))
    costs.spend(compilations=len(models), inferences=len(models) * (WARM_UP + inferences))
    return [
        _executed(model, compiled_model.get_runtime_model(), times, compute_type)
        for model, compiled_model, times in zip(models, compiled, least, strict=True)
    ]


def _inputs(compiled: ov.CompiledModel, tensors: Tensors) -> dict[int, ov.Tensor]:
    batch = tensors.batch(input_shapes(compiled))
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    return {key: ov.Tensor(array) for key, array in feed.items()}


@native_errors()
def executed_nodes(
    model: ov.Model, costs: Costs, compute_type: ComputeType, *, threads: int | None = None
) -> tuple[Executed, ...]:
    """Return the nodes that the CPU plugin executes, in execution order, without timing them.

    Args:
        model: static model.
        costs: where the compilation is counted.
        compute_type: the floating point of the deployment.
        threads: the plugin's; by default as many as it chooses. With one it fuses more.
    """
    hint = with_precision(LATENCY, compute_type)
    if threads is not None:
        hint["INFERENCE_NUM_THREADS"] = threads
    compiled = ov.Core().compile_model(model, "CPU", hint)
    costs.spend(compilations=1)
    nodes = _executed(model, compiled.get_runtime_model(), {}, compute_type)
    for op in model.get_ordered_ops():
        for body in bodies_of(op):
            # The plugin shows an operation with bodies as one node.
            nodes += executed_nodes(body.clone(), costs, compute_type, threads=threads)
    return nodes


def _executed(
    model: ov.Model, runtime: ov.Model, means: Mapping[str, float], compute_type: ComputeType
) -> tuple[Executed, ...]:
    known = operations_of(model)
    nodes = []
    for op in runtime.get_ordered_ops():
        info = op.get_rt_info()

        def text(key: str, info: ov.RTMap = info) -> str:
            return str(info[key].astype(str)) if key in info else ""

        name = op.get_friendly_name()
        original = text("originalLayersNames")
        names = _names(known, name, [part for part in original.split(",") if part])
        kind, precision = text("layerType"), text("runtimePrecision")
        if precision == "f32" and kind == "Subgraph" and _multiplies(known, names):
            precision = compute_type
        nodes.append(
            Executed(
                names=names,
                kind=kind,
                precision=precision,
                primitive=text("primitiveType"),
                microseconds=means.get(name, 0.0),
                producers=tuple(port.get_node().get_friendly_name() for port in op.input_values()),
                name=name,
            )
        )
    return tuple(nodes)


def _multiplies(known: Mapping[str, ov.Node], names: Sequence[str]) -> bool:
    """Whether a matrix product is among the operations of a fused node.

    With one thread OpenVINO 2026.4 fuses a perceptron into one Subgraph, whose `runtimePrecision`
    is that of its inputs and outputs. Its products are computed in the type of the hint, marked or
    not: outputs of three marked linear layers differ from FP32's by as much as those of unmarked
    ones.
    """
    return any(name in known and known[name].get_type_name() == "MatMul" for name in names)


def _names(known: Mapping[str, ov.Node], name: str, reported: Sequence[str]) -> tuple[str, ...]:
    """Return the operations fused into a node: those the plugin reports, and a bias's product.

    A matrix product with a bias becomes one node named after the bias; the plugin does not report
    the product's name.
    """
    biases = [bias for bias in dict.fromkeys((name, *reported)) if bias in known]
    products = [product for bias in biases if (product := _product(known[bias])) is not None]
    return tuple(dict.fromkeys((*products, *reported)))


def _product(op: ov.Node) -> str | None:
    """Return the matrix product to which an operation adds a constant, or None."""
    if op.get_type_name() != "Add":
        return None
    feeding = [value.get_node() for value in op.input_values()]
    if not any(node.get_type_name() == "Constant" for node in feeding):
        return None
    return next(
        (str(n.get_friendly_name()) for n in feeding if n.get_type_name() == "MatMul"), None
    )
