import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.component import SCORES
from calibrate.models.expose_logits import with_scores

CLASSES, SIDE = 5, 6


def chosen(scores: ov.Node, axis: int, mode: str = "max", port: int = 1) -> ov.Model:
    """The arg max of scores that a convolution makes, as a class map."""
    best = ops.topk(scores, np.int64(1), axis, mode, "value", name="best")
    result = ops.squeeze(best.output(port), np.array([axis]))
    result.output(0).set_names({"map"})
    return ov.Model([result], [parameter_of(scores)], "chosen")


def parameter_of(node: ov.Node) -> ov.Node:
    while node.get_type_name() != "Parameter":
        node = node.input_value(0).get_node()
    return node


def logits() -> ov.Node:
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    weights = np.random.default_rng(0).normal(size=(CLASSES, 3, 1, 1)).astype(np.float32)
    return ops.convolution(image, weights, [1, 1], [0, 0], [0, 0], [1, 1], name="logits")


def classes_last() -> ov.Node:
    return ops.transpose(logits(), np.array([0, 2, 3, 1]))


def enlarged() -> ov.Node:
    sizes, axes = np.array([SIDE * 3, SIDE * 3]), np.array([2, 3])
    return ops.interpolate(logits(), sizes, "linear_onnx", "sizes", axes=axes)


def rounded() -> ov.Node:
    low, high = np.float32(-9), np.float32(9)
    sizes, axes = np.array([SIDE * 3, SIDE * 3]), np.array([2, 3])
    before = ops.fake_quantize(logits(), low, high, low, high, 256)
    larger = ops.interpolate(before, sizes, "linear_onnx", "sizes", axes=axes)
    return ops.fake_quantize(larger, low, high, low, high, 256)


def run(model: ov.Model) -> dict[str, np.ndarray]:
    image = np.random.default_rng(1).normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = compiled(image)
    return {port.get_any_name(): np.array(result[port]) for port in compiled.outputs}


@pytest.mark.parametrize(("scores", "axis"), [(logits, 1), (classes_last, 3)])
def test_what_is_chosen_from_stands_beside_the_choice(scores, axis):
    model = chosen(scores(), axis)
    report = run(with_scores(model))
    assert report["map" + SCORES].shape == (1, CLASSES, SIDE, SIDE)
    np.testing.assert_array_equal(report["map" + SCORES].argmax(axis=1), report["map"])
    np.testing.assert_array_equal(report["map"], run(model)["map"])


@pytest.mark.parametrize("scores", [enlarged, lambda: ops.softmax(logits(), 1), rounded])
def test_scores_are_those_before_they_are_enlarged_or_made_probabilities(scores):
    result = run(with_scores(chosen(scores(), 1)))["map" + SCORES]
    wanted = run(ov.Model([given := logits()], [parameter_of(given)], "logits"))
    np.testing.assert_allclose(result, next(iter(wanted.values())), atol=0.05)


def test_what_is_given_is_left_as_it_is():
    model = chosen(logits(), 1)
    with_scores(model)
    assert len(model.outputs) == 1


@pytest.mark.parametrize(
    "model",
    [
        chosen(logits(), 1, mode="min"),
        chosen(logits(), 1, port=0),  # the greatest themselves
        chosen(ops.reduce_mean(logits(), np.array([3])), 1),  # no map
        ov.Model([given := logits()], [parameter_of(given)], "logits"),
    ],
)
def test_what_is_no_arg_max_over_classes_has_no_scores(model):
    assert with_scores(model) is model


@pytest.mark.zoo
def test_the_arg_max_of_a_real_model(zoo):
    model = ov.Core().read_model(zoo / "models" / "voc21_deeplabv3_mnv2" / "model.xml")
    watched = with_scores(model)
    assert [list(port.get_partial_shape().to_shape()) for port in watched.outputs] == [
        [1, 513, 513],
        [1, 21, 33, 33],
    ]
    size = list(model.inputs[0].get_partial_shape().get_min_shape())
    image = np.random.default_rng(0).normal(size=[1, *size[1:]]).astype(np.float32)
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    classes, scores = compiled(image).values()
    # The scores are enlarged corner to corner, so that every sixteenth pixel has them as they are.
    np.testing.assert_array_equal(classes[0, ::16, ::16], scores[0].argmax(axis=0))
