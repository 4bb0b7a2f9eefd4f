import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.tensors import Tensors
from calibrate.runtime.inference_batch import inference_batch, largest_batch
from tests.fixtures.classifier import classifier


@pytest.mark.parametrize(
    ("samples", "streams", "batch"),
    [(500, 2, 8), (31, 2, 4), (16, 2, 4), (15, 2, 2), (7, 2, 1), (500, 64, 2)],
)
def test_each_stream_has_two_batches(samples, streams, batch):
    assert largest_batch(classifier(), samples, streams) == batch


def convolved(side: int, channels: int) -> ov.Model:
    image = ops.parameter([1, channels, side, side], np.float32)
    weights = np.zeros((channels, channels, 3, 3), np.float32)
    layer = ops.convolution(image, weights, [1, 1], [1, 1], [1, 1], [1, 1])
    return ov.Model([layer], [image], "m")


@pytest.mark.parametrize(
    ("side", "channels", "batch"),
    [
        (32, 16, 8),
        (112, 16, 1),  # 0.8 MB of activations
        (64, 16, 4),  # 0.26 MB
        (16, 256, 2),  # 151 million multiply-accumulates
    ],
)
def test_large_networks_are_not_batched(side, channels, batch):
    assert largest_batch(convolved(side, channels), 500, 2) == batch


def test_a_network_of_independent_samples_is_batched(world):
    assert inference_batch(classifier(), world.tensors, world.costs) > 1
    assert world.costs.total.compilations == 2


def mixing() -> ov.Model:
    """A softmax over the batch: samples affect each other."""
    image = ops.parameter([1, 3, 6, 6], np.float32)
    return ov.Model([ops.softmax(image, 0)], [image], "m")


def test_samples_that_affect_each_other_are_not_batched(world):
    assert inference_batch(mixing(), world.tensors, world.costs) == 1


def test_another_batch_axis_is_not_batched(world):
    tensors = Tensors(
        world.tensors.inputs, world.tensors.facts, world.tensors.digests, batch_axes=(1,)
    )
    assert inference_batch(classifier(), tensors, world.costs) == 1
    assert world.costs.total.compilations == 0
