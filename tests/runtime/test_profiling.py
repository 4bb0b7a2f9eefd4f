import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.pins import with_pins
from calibrate.runtime.inference_precision import is_native
from calibrate.runtime.profiling import executed_nodes, profile


def test_every_layer_has_a_time_and_its_producers(world, classifier_model):
    nodes = profile(classifier_model(1), world.tensors, world.costs, inferences=4)
    by_name = {node.name: node for node in nodes}
    (convolution,) = [node for node in nodes if node.kind == "Convolution"]
    assert "conv" in convolution.names
    assert convolution.precision == "f32"
    assert convolution.primitive
    assert convolution.microseconds >= 0
    assert sum(node.microseconds for node in nodes) > 0
    for node in nodes:
        assert all(producer in by_name for producer in node.producers)
    # In execution order: whoever feeds comes first.
    place = {node.name: number for number, node in enumerate(nodes)}
    assert all(place[p] < place[node.name] for node in nodes for p in node.producers)
    assert (world.costs.total.compilations, world.costs.total.inferences) == (1, 6)


@pytest.mark.parametrize("count", [1, 40])
def test_fewer_samples_than_a_batch_do(world, classifier_model, count):
    assert profile(classifier_model(count), world.tensors, world.costs, inferences=1)


def test_a_product_with_a_bias_keeps_its_name(world):
    random = np.random.default_rng(0)
    image = ops.parameter([1, 3, 6, 6], np.float32, name="image")
    flat = ops.reshape(image, np.array([1, 108]), special_zero=False)
    weights = random.normal(0, 1, (16, 108)).astype(np.float32)
    product = ops.matmul(flat, weights, transpose_a=False, transpose_b=True, name="product")
    biased = ops.add(product, random.normal(0, 1, (1, 16)).astype(np.float32), name="bias")
    model = ov.Model([ops.relu(biased, name="end")], [image])
    (node,) = [
        entry
        for entry in profile(model, world.tensors, world.costs, inferences=1)
        if entry.kind == "FullyConnected"
    ]
    assert node.names[0] == "product"
    assert "bias" in node.names


def perceptron() -> ov.Model:
    """[1, 24] to [1, 12] by three linear layers."""
    random = np.random.default_rng(0)
    given = ops.parameter([1, 24], np.float32, name="given")
    value = given
    for number, (inputs, outputs) in enumerate(((24, 48), (48, 48), (48, 12))):
        weights = random.normal(0, 0.3, (outputs, inputs)).astype(np.float32)
        product = ops.matmul(value, weights, False, True, name=f"product{number}")
        bias = random.normal(0, 0.1, (1, outputs)).astype(np.float32)
        value = ops.relu(ops.add(product, bias, name=f"bias{number}"), name=f"relu{number}")
    return ov.Model([value], [given], "perceptron")


@pytest.mark.skipif(not is_native("bf16"), reason="this CPU has no BF16 kernels")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("is_marked", [False, True])
def test_products_are_said_to_run_in_fp32_only_where_they_do(world, threads, is_marked):
    model = perceptron()
    if is_marked:
        model = with_pins(model, {op.get_friendly_name() for op in model.get_ops()})
    nodes = executed_nodes(model, world.costs, "bf16", threads=threads)
    said = {
        node.precision for node in nodes if any(name.startswith("product") for name in node.names)
    }
    values = np.random.default_rng(1).normal(0, 1, (1, 24)).astype(np.float32)
    fp32, deployed = (
        ov.Core().compile_model(
            model,
            "CPU",
            {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": threads},
        )(values)[0]
        for hint in ("f32", "bf16")
    )
    error = float(np.abs(fp32 - deployed).max() / np.abs(fp32).max())
    assert (error < 1e-5) == (said == {"f32"})
