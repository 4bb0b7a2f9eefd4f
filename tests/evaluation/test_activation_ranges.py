import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.costs import Costs
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.evaluation.activation_ranges import WatchedTensor, observe_ranges, watched_tensors


def named(node, name):
    node.set_friendly_name(name)
    return node


def quantizer(source, low, high, name):
    return named(ops.fake_quantize(source, low, high, low, high, 256), name)


def models():
    """FP32: image → double → conv; quantized: with a quantizer on `double` and on the weights."""
    made = []
    for quantized in (False, True):
        image = named(ops.parameter([1, 2, 4, 4], np.float32), "image")
        double = named(ops.multiply(image, np.float32(2)), "double")
        weights = ops.constant(np.ones((3, 2, 1, 1), np.float32))
        value = double
        if quantized:
            low = np.array([0, -1], np.float32).reshape(1, 2, 1, 1)
            high = np.array([4, 8], np.float32).reshape(1, 2, 1, 1)
            value = quantizer(double, ops.constant(low), ops.constant(high), "activations")
            bound = ops.constant(np.float32(1))
            weights = quantizer(weights, ops.constant(np.float32(-1)), bound, "weights")
        strides, pads = [1, 1], [0, 0]
        conv = named(ops.convolution(value, weights, strides, pads, pads, strides), "conv")
        made.append(ov.Model([ops.result(conv)], [image], "m"))
    return made


def tensors(images):
    array = np.stack(images).astype(np.float32)
    facts = tuple(Facts(str(i)) for i in range(len(images)))
    return Tensors((array,), facts, tuple(str(i) for i in range(len(images))))


def test_finds_the_activations_and_leaves_the_weights():
    _, quantized = models()
    (result,) = watched_tensors({"int8": quantized}, ["int8"], [["activations", "weights"]])
    assert (result.group, result.tensor, result.port) == (0, "double", 0)
    np.testing.assert_array_equal(result.low.ravel(), [0, -1])
    np.testing.assert_array_equal(result.high.ravel(), [4, 8])


def test_counts_what_lies_outside_channel_by_channel():
    fp32, quantized = models()
    watching = watched_tensors({"int8": quantized}, ["int8"], [["activations", "weights"]])
    first, second = np.ones((2, 4, 4)), np.ones((2, 4, 4))
    first[0, 0, 0] = 3  # 6 after doubling, over 4
    first[1, 0, 0] = 3  # 6 is within 8 here
    second[1, 1, 1] = -5  # -10, below -1
    costs = Costs(lambda: 0.0)
    ranges = observe_ranges(fp32, tensors([first, second]), [0, 1], watching, costs)
    assert set(ranges) == {0}
    assert (ranges[0].low, ranges[0].high) == (-10, 6)
    assert ranges[0].outside == pytest.approx(2 / 64)
    assert (costs.total.compilations, costs.total.inferences) == (1, 2)
    assert len(fp32.outputs) == 1


def test_only_the_samples_asked_for():
    fp32, quantized = models()
    watching = watched_tensors({"int8": quantized}, ["int8"], [["activations"]])
    images = [np.full((2, 4, 4), value) for value in (1, 50, 1)]
    ranges = observe_ranges(fp32, tensors(images), [0, 2], watching, Costs(lambda: 0.0))
    assert ranges[0].high == 2


def test_what_the_model_does_not_have_is_left_out():
    fp32, _ = models()
    bound = np.zeros(1, np.float32)
    strangers = [
        WatchedTensor(0, "elsewhere", 0, bound, bound),
        WatchedTensor(0, "double", 3, bound, bound),
    ]
    assert (
        observe_ranges(fp32, tensors([np.ones((2, 4, 4))]), [0], strangers, Costs(lambda: 0.0))
        == {}
    )


def test_a_batch_as_large_as_what_is_read_of_it():
    """Three values of one tensor, and a batch of three: they are of the batch, not one a sample."""
    image = named(ops.parameter([3, 2], np.float32), "image")
    double = named(ops.multiply(image, np.float32(2)), "double")
    bound = np.ones(1, np.float32)
    ranges = observe_ranges(
        ov.Model([ops.result(double)], [image], "m"),
        tensors(np.array([[0, 1], [2, -3], [0, 0]])),
        [0, 1, 2],
        [WatchedTensor(0, "double", 0, -bound, bound)],
        Costs(lambda: 0.0),
    )
    assert (ranges[0].low, ranges[0].high, ranges[0].outside) == (-6, 4, pytest.approx(0.5))
