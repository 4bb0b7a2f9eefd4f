import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan, plan_inputs
from calibrate.models.prepare import prepare, prepare_open
from calibrate.runtime.inference import output_names

RANDOM = np.random.default_rng(0)


def plans(model: ov.Model, *shapes: tuple[int, ...]) -> list[InputPlan]:
    return [
        InputPlan(f"in{number}", number, shape, "", np.dtype(np.float32), "image")
        for number, shape in enumerate(shapes)
    ]


def parameter(shape: list[int], number: int = 0) -> ov.Node:
    given = ops.parameter(shape, np.float32, name=f"in{number}")
    given.output(0).set_names({f"in{number}"})
    return given


def convolution(given: ov.Node, channels: int, name: str) -> ov.Node:
    weights = RANDOM.normal(size=(channels, 3, 3, 3)).astype(np.float32)
    return ops.convolution(given, weights, [1, 1], [0, 0], [0, 0], [1, 1], name=name)


def depthwise(given: ov.Node, name: str) -> ov.Node:
    weights = RANDOM.normal(size=(3, 1, 1, 3, 3)).astype(np.float32)
    return ops.group_convolution(given, weights, [1, 1], [0, 0], [0, 0], [1, 1], name=name)


def outputs(model: ov.Model, *arrays: np.ndarray) -> list[np.ndarray]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return list(compiled(list(arrays)).values())


def kinds(model: ov.Model) -> list[str]:
    return [op.get_type_name() for op in model.get_ordered_ops()]


def test_open_dimensions_are_bound_and_the_source_is_left_alone():
    given = parameter([-1, 3, -1, -1])
    source = ov.Model([ops.relu(convolution(given, 2, "conv"))], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 6)))
    assert list(prepared.model.inputs[0].shape) == [1, 3, 8, 6]
    assert list(prepared.model.outputs[0].shape) == [1, 2, 6, 4]
    assert source.inputs[0].get_partial_shape().is_dynamic


@pytest.mark.parametrize("make", [lambda given: convolution(given, 2, "conv"), None])
def test_a_convolution_without_bias_gets_one_of_zero(make):
    given = parameter([1, 3, 8, 8])
    node = make(given) if make else depthwise(given, "conv")
    source = ov.Model([ops.relu(node)], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 8)))
    assert prepared.biases_added == ("conv",)
    assert "Add" in kinds(prepared.model)
    image = RANDOM.normal(size=(1, 3, 8, 8)).astype(np.float32)
    assert np.array_equal(outputs(prepared.model, image)[0], outputs(source, image)[0])


def test_a_bias_that_is_there_is_kept():
    given = parameter([1, 3, 8, 8])
    biased = ops.add(convolution(given, 2, "conv"), np.ones((1, 2, 1, 1), np.float32))
    source = ov.Model([ops.relu(biased)], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 8)))
    assert prepared.biases_added == ()
    assert kinds(prepared.model).count("Add") == 1


def test_a_bias_behind_shape_arithmetic_becomes_a_constant():
    given = parameter([-1, 3, 8, 8])
    node = convolution(given, 2, "conv")
    # What exporters write: the bias reshaped to the rank that the graph works out itself.
    rank = ops.shape_of(ops.shape_of(node))
    target = ops.scatter_elements_update(
        ops.broadcast(ops.constant(np.int64(1)), rank),
        ops.constant(np.array([1])),
        ops.constant(np.array([2])),
        ops.constant(np.int64(0)),
    )
    bias = ops.reshape(ops.constant(np.ones(2, np.float32)), target, special_zero=False)
    source = ov.Model([ops.relu(ops.add(node, bias))], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 8)))
    assert prepared.biases_added == ()
    assert "ShapeOf" not in kinds(prepared.model)
    assert prepared.folded["ShapeOf"] == 2


def test_outputs_keep_their_names_where_a_convolution_is_one():
    given = parameter([1, 3, 8, 8])
    node = convolution(given, 2, "conv")
    node.output(0).set_names({"heat"})
    source = ov.Model([node], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 8)))
    assert prepared.biases_added == ("conv",)
    assert output_names(source) == output_names(prepared.model) == ("heat",)


def test_nhwc_behind_a_transpose():
    given = parameter([-1, 8, 8, 3])
    turned = ops.transpose(given, ops.constant(np.array([0, 3, 1, 2])))
    source = ov.Model([ops.relu(convolution(turned, 2, "conv"))], [given], "m")
    prepared = prepare(source, plans(source, (1, 8, 8, 3)))
    image = RANDOM.normal(size=(1, 8, 8, 3)).astype(np.float32)
    assert np.allclose(
        outputs(prepared.model, image)[0], outputs(source, image)[0], rtol=1e-5, atol=1e-6
    )


def test_several_inputs_and_outputs():
    first, second = parameter([-1, 3, 8, 8]), parameter([-1, 4], 1)
    source = ov.Model(
        [ops.relu(convolution(first, 2, "conv")), ops.tanh(second)], [first, second], "m"
    )
    prepared = prepare(source, plans(source, (1, 3, 8, 8), (1, 4)))
    assert [list(port.shape) for port in prepared.model.outputs] == [[1, 2, 6, 6], [1, 4]]


def test_operations_of_one_name_are_distinguished():
    given = parameter([1, 3, 8, 8])
    both = ops.add(ops.relu(convolution(given, 2, "conv")), ops.tanh(convolution(given, 2, "conv")))
    source = ov.Model([both], [given], "m")
    prepared = prepare(source, plans(source, (1, 3, 8, 8))).model
    names = [op.get_friendly_name() for op in prepared.get_ops()]
    assert len(set(names)) == len(names)


def test_a_size_that_the_graph_does_not_take_is_refused_in_one_line():
    given = parameter([-1, 3, -1, -1])
    flat = ops.reshape(given, ops.constant(np.array([-1, 192])), special_zero=False)
    weights = np.ones((192, 2), np.float32)
    source = ov.Model([ops.matmul(flat, weights, False, False)], [given], "m")
    with pytest.raises(CalibrateError) as caught:
        prepare(source, plans(source, (1, 3, 9, 9)))
    message = str(caught.value)
    assert message.startswith("the model cannot take inputs of in0 [1, 3, 9, 9]: ")
    assert "\n" not in message
    assert not message.split(": ", 1)[1].startswith((";", "Check", "Exception"))


def test_inputs_of_different_batches_are_refused():
    first, second = parameter([2, 3, 8, 8]), parameter([3, 4], 1)
    source = ov.Model([ops.relu(first), ops.tanh(second)], [first, second], "m")
    with pytest.raises(CalibrateError, match="inputs take different batches: in0 2, in1 3"):
        prepare(source, plan_inputs(source, {}))


def test_an_operation_that_is_removed_leaves_the_names_of_inputs_alone():
    given = ops.parameter([1, 4], np.bool_, name="mask")
    given.output(0).set_names({"mask"})
    same = ops.convert(given, "boolean")
    same.output(0).set_names({"a_cast"})
    chosen = ops.select(same, ops.constant(np.float32(1)), ops.constant(np.float32(2)))
    plan = InputPlan("mask", 0, (1, 4), "", np.dtype(np.bool_), "mask")
    prepared = prepare(ov.Model([chosen], [given], "m"), [plan]).model
    assert prepared.inputs[0].get_names() == {"mask"}


def test_shapes_that_a_converter_forbids_to_fold_are_folded():
    given = parameter([-1, 3])
    size = ops.shape_of(given)
    for key in ("DisableConstantFolding_0", "can_be_folded"):
        size.get_rt_info()[key] = ""
    grown = ops.broadcast(ops.constant(np.ones(1, np.float32)), size)
    source = ov.Model([ops.add(given, grown)], [given], "m")
    prepared = prepare(source, plans(source, (2, 3))).model
    kinds = {op.get_type_name() for op in prepared.get_ops()}
    assert not kinds & {"ShapeOf", "Broadcast"}


def test_a_shape_read_between_a_convolution_and_its_norm_does_not_keep_them_apart():
    given = parameter([-1, 3, -1, -1])
    first = convolution(given, 4, "first")
    ones = [np.ones(4, np.float32)] * 4
    normed = ops.batch_norm_inference(first, *ones, 1e-5)
    sizes = ops.gather(ops.shape_of(first), np.array([2, 3]), np.int64(0))
    half = ops.avg_pool(normed, [2, 2], [0, 0], [0, 0], [2, 2], False)
    grown = ops.interpolate(half, sizes, "nearest", "sizes", axes=np.array([2, 3]))
    source = ov.Model([grown], [given], "m")
    shapes = plans(source, (1, 3, 8, 8))
    static, opened = prepare(source, shapes).model, prepare_open(source, shapes)
    names = [
        {op.get_friendly_name() for op in model.get_ops() if op.get_type_name() == "Convolution"}
        for model in (static, opened)
    ]
    assert names[0] == names[1]
    assert "Multiply" not in {op.get_type_name() for op in opened.get_ops()}
