"""What each operation costs in time, by the CPU plugin's own counters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.operations import EXECUTED_WEIGHTED
from calibrate.core.tensors import Tensors
from calibrate.models.names import operations_of
from calibrate.runtime.inference import LATENCY, input_shapes


@dataclass(frozen=True, slots=True)
class Executed:
    """One node of the runtime model.

    Attributes:
        names: operations of the IR that the plugin fused into it.
        kind: layer type as the plugin calls it, for instance `Convolution` or `Reorder`.
        precision: what it ran at, for instance `i8` or `f32`.
        primitive: the kernel, for instance `brgconv_avx2_I8`.
        microseconds: mean over the fastest quarter of the profiled inferences.
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
    model: ov.Model, tensors: Tensors, costs: Costs, *, inferences: int = 12
) -> tuple[Executed, ...]:
    """Time every node of the compiled model, in execution order.

    Args:
        model: static model.
        tensors: real inputs.
        costs: where the compilation and inferences are counted.
        inferences: how many are profiled, after two for warming up.
    """
    compiled = ov.Core().compile_model(model, "CPU", {**LATENCY, "PERF_COUNT": True})
    request = compiled.create_infer_request()
    batch = tensors.batch(input_shapes(compiled))
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    inputs = {key: ov.Tensor(array) for key, array in feed.items()}
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(inferences + 2):
        request.infer(inputs)
        if turn < 2:
            continue
        for info in request.get_profiling_info():
            times[info.node_name].append(info.real_time.total_seconds() * 1e6)
    costs.spend(compilations=1, inferences=inferences + 2)
    # The fastest quarter: preemption only ever adds time.
    means = {name: _fast_mean(values) for name, values in times.items()}
    return _executed(model, compiled.get_runtime_model(), means)


def convolution_precisions(compiled: ov.CompiledModel) -> dict[str, str]:
    """Runtime precision of each convolution and matrix product, by runtime node name."""
    return {
        op.get_friendly_name(): str(op.get_rt_info()["runtimePrecision"].astype(str))
        for op in compiled.get_runtime_model().get_ordered_ops()
        if op.get_rt_info()["layerType"].astype(str) in EXECUTED_WEIGHTED
    }


def _executed(
    model: ov.Model, runtime: ov.Model, means: Mapping[str, float]
) -> tuple[Executed, ...]:
    known = operations_of(model)
    nodes = []
    for op in runtime.get_ordered_ops():
        info = op.get_rt_info()

        def text(key: str, info: ov.RTMap = info) -> str:
            return str(info[key].astype(str)) if key in info else ""

        name = op.get_friendly_name()
        original = text("originalLayersNames")
        nodes.append(
            Executed(
                names=_names(known, name, [part for part in original.split(",") if part]),
                kind=text("layerType"),
                precision=text("runtimePrecision"),
                primitive=text("primitiveType"),
                microseconds=means.get(name, 0.0),
                producers=tuple(port.get_node().get_friendly_name() for port in op.input_values()),
                name=name,
            )
        )
    return tuple(nodes)


def _names(known: Mapping[str, ov.Node], name: str, told: Sequence[str]) -> tuple[str, ...]:
    """What was fused into a node: what the plugin tells, and the product behind a bias.

    A matrix product with a bias becomes one node called after the bias; the plugin forgets the
    product's name.
    """
    biases = [one for one in dict.fromkeys((name, *told)) if one in known]
    products = [product for one in biases if (product := _product(known[one])) is not None]
    return tuple(dict.fromkeys((*products, *told)))


def _product(op: ov.Node) -> str | None:
    """The matrix product to which an operation adds a constant."""
    if op.get_type_name() != "Add":
        return None
    feeding = [value.get_node() for value in op.input_values()]
    if not any(node.get_type_name() == "Constant" for node in feeding):
        return None
    return next(
        (str(n.get_friendly_name()) for n in feeding if n.get_type_name() == "MatMul"), None
    )


def _fast_mean(values: list[float]) -> float:
    ordered = sorted(values)
    fast = ordered[: max(1, len(ordered) // 4)]
    return sum(fast) / len(fast)
