from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.dynamic_shapes import NotCarriedError, open_inputs, reopened
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare, prepare_open
from tests.fixtures.layers import integers, linear, model, normal, parameter, scalar, weights
from tests.miniatures.dynamic import (
    detector,
    encoder,
    position_grid,
    recognizer,
    sliced_weights,
    steps,
)


def prepared(source: ov.Model, *shapes: list[int]) -> tuple[ov.Model, ov.Model]:
    plans = [
        replace(plan, shape=tuple(shape))
        for plan, shape in zip(plan_inputs(source, {}), shapes, strict=True)
    ]
    return prepare(source, plans).model, prepare_open(source, plans)


def quantized(model: ov.Model, *, scale: float = 0.5) -> ov.Model:
    """Rounds what products and convolutions read, and changes their biases."""
    copy = model.clone()
    for op in copy.get_ordered_ops():
        if op.get_type_name() not in ("MatMul", "Convolution"):
            continue
        for port in op.inputs():
            ends = [ops.constant(np.float32(end)) for end in (-3, 3, -3, 3)]
            rounded = ops.fake_quantize(port.get_source_output(), *ends, 256)
            port.replace_source_output(rounded.output(0))
        for target in op.output(0).get_target_inputs():
            other = target.get_node().input_value(1 - target.get_index())
            if other.get_node().get_type_name() == "Constant":
                moved = ops.constant(np.array(other.get_node().data * scale))
                target.get_node().input(1 - target.get_index()).replace_source_output(
                    moved.output(0)
                )
    copy.validate_nodes_and_infer_types()
    return copy


def outputs(model: ov.Model, *arrays: np.ndarray) -> list[np.ndarray]:
    bound = model.clone()
    bound.reshape({index: list(array.shape) for index, array in enumerate(arrays)})
    hint = {"INFERENCE_PRECISION_HINT": "f32"}
    return [np.array(a) for a in ov.Core().compile_model(bound, "CPU", hint)([*arrays]).values()]


IDS, MASK = np.arange(16).reshape(1, 16), np.ones((1, 16), np.int64)
MODELS = [
    (detector, ([1, 3, 8, 12],), (normal(1, 3, 8, 12),), (normal(2, 3, 16, 10),)),
    (recognizer, ([1, 1, 16, 24],), (normal(1, 1, 16, 24),), (normal(3, 1, 16, 40),)),
    (steps, ([1, 6, 16],), (normal(1, 6, 16),), (normal(2, 9, 16),)),
    (position_grid, ([1, 3, 8, 8],), (normal(1, 3, 8, 8),), (normal(1, 3, 12, 16),)),
    (encoder, ([1, 8], [1, 8]), (IDS[:, :8], MASK[:, :8]), (IDS, MASK)),
]


@pytest.mark.parametrize(("build", "shapes", "feed", "other"), MODELS)
def test_changes_are_repeated_where_dimensions_are_open(build, shapes, feed, other):
    static, opened = prepared(build(), *shapes)
    result = quantized(static)
    carried = reopened(result, static, opened)
    for ours, theirs in zip(outputs(carried, *feed), outputs(result, *feed), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    # At another shape it is what the same changes make of a model that is static there.
    there = prepared(build(), *(list(array.shape) for array in other))[0]
    wanted = outputs(quantized(there), *other)
    for ours, theirs in zip(outputs(carried, *other), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert [str(p.get_partial_shape()) for p in carried.inputs] == [
        str(p.get_partial_shape()) for p in build().inputs
    ]


def test_an_unchanged_model_is_the_source():
    static, opened = prepared(detector(), [1, 3, 8, 12])
    feed = normal(1, 3, 8, 12)
    carried = reopened(static, static, opened)
    for ours, theirs in zip(outputs(carried, feed), outputs(detector(), feed), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_constant_that_depends_on_open_dimensions_is_not_carried():
    static, opened = prepared(sliced_weights(), [1, 16])
    compressed = static.clone()
    product = next(op for op in compressed.get_ordered_ops() if op.get_type_name() == "MatMul")
    product.input(1).replace_source_output(ops.constant(weights(32, 16, seed=5)).output(0))
    with pytest.raises(NotCarriedError, match=r"a constant of .* depends on open dimensions"):
        reopened(compressed, static, opened)


def test_changes_in_the_body_of_a_loop_are_repeated():
    def build() -> ov.Model:
        x = parameter([-1, 16])
        state = ops.parameter([-1, 16], np.float32)
        after = ops.tanh(linear(state, 16, 16, seed=3))
        body = ov.Model([after, ops.constant(np.array(True))], [state], "body")
        node = ops.loop(scalar(3), ops.constant(np.array(True)))
        node.set_function(body)
        node.set_special_body_ports([-1, 1])
        node.set_merged_input(state, linear(x, 16, 16).output(0), body.results[0].output(0))
        return model(node.get_iter_value(body.results[0].output(0), -1), x)

    static, opened = prepared(build(), [1, 16])
    result = static.clone()
    loop = next(op for op in result.get_ordered_ops() if op.get_type_name() == "Loop")
    halved = quantized(loop.get_function())
    loop.set_function(halved)
    result.validate_nodes_and_infer_types()
    feed = normal(1, 16)
    carried = outputs(reopened(result, static, opened), feed)[0]
    np.testing.assert_allclose(carried, outputs(result, feed)[0], atol=1e-6)
    assert np.abs(carried - outputs(static, feed)[0]).max() > 1e-2


@pytest.mark.parametrize(
    ("shape", "expected"),
    [([1, 3], {}), ([-1, 3], {0: (0,)}), ([-1, 3, (2, 5)], {0: (0, 2)}), (None, {0: (0, 1)})],
)
def test_open_inputs(shape, expected):
    partial = ov.PartialShape.dynamic() if shape is None else ov.PartialShape(shape)
    x = ops.parameter(partial, np.float32)
    assert open_inputs(ov.Model([ops.relu(x)], [x], "m"), [2]) == expected


def test_an_operation_with_another_type_is_not_carried():
    static, opened = prepared(detector(), [1, 3, 8, 12])
    result = quantized(static)
    renamed = next(op for op in opened.get_ops() if op.get_type_name() == "Convolution")
    renamed.set_friendly_name("other")
    with pytest.raises(NotCarriedError, match="is there with static shapes only"):
        reopened(result, static, opened)


def test_what_reads_two_operations_is_not_carried():
    """One rounding serves two layers, which read two copies with open dimensions."""
    x = parameter([-1, 4])
    y = ops.relu(x)
    first, second = linear(y, 4, 4), linear(y, 4, 4, seed=4)
    static, opened = prepared(model(ops.add(first, second), x), [1, 4])
    result = static.clone()
    shared = None
    for op in result.get_ordered_ops():
        if op.get_type_name() == "MatMul":
            ends = [ops.constant(np.float32(end)) for end in (-3, 3, -3, 3)]
            shared = shared or ops.fake_quantize(op.input_value(0), *ends, 256)
            op.input(0).replace_source_output(shared.output(0))
    product = [op for op in opened.get_ordered_ops() if op.get_type_name() == "MatMul"][-1]
    moved = ops.reshape(product.input_value(0), integers(-1, 4), False)
    product.input(0).replace_source_output(moved.output(0))
    with pytest.raises(NotCarriedError, match="would read two operations"):
        reopened(result, static, opened)
