import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.with_batch import with_batch
from tests.fixtures.classifier import classifier


def reshaped(target: list[int]) -> ov.Model:
    image = ops.parameter([1, 2, 3], np.float32)
    flat = ops.reshape(image, np.array(target), special_zero=False)
    return ov.Model([ops.relu(flat)], [image], "m")


def several() -> ov.Model:
    """The number of results depends on the values."""
    image = ops.parameter([1, 3], np.float32)
    return ov.Model([ops.non_zero(image, output_type="i64")], [image], "m")


def test_a_copy_takes_the_batch_and_the_model_stays():
    model = classifier()
    wider = with_batch(model, 4)
    assert [list(port.get_shape()) for port in (*wider.inputs, *wider.outputs)] == [
        [4, 3, 6, 6],
        [4, 4],
    ]
    assert list(model.input().get_shape()) == [1, 3, 6, 6]


@pytest.mark.parametrize(
    "model",
    [
        reshaped([1, 6]),  # a reshape to one sample
        reshaped([1, -1]),  # all samples in one row
        several(),
        classifier(2),  # takes a batch of its own
    ],
    ids=["one sample", "one row", "dynamic", "batch"],
)
def test_none_for_a_graph_that_is_built_for_one(model):
    assert with_batch(model, 4) is None


def test_a_reshape_that_leaves_the_batch_open_is_fine():
    assert list(with_batch(reshaped([-1, 6]), 4).output().get_shape()) == [4, 6]
