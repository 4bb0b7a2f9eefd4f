"""Parameters at `auto` are settled once, by the FP32 model's outputs for many samples."""

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from calibrate.core.costs import Costs
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.multilabel import MultiLabel
from calibrate.decoders.raw import Raw
from calibrate.evaluation.auto_parameters import auto_parameters, fitted_decoder, with_parameters
from calibrate.runtime.inference import Network


def samples(rows):
    facts = [Facts(str(index)) for index in range(len(rows))]
    return Tensors((np.array(rows, np.float32),), facts, tuple(f.id for f in facts))


def identity():
    parameter = op.parameter([1, 2], np.float32, name="x")
    return ov.Model([op.multiply(parameter, np.float32(1))], [parameter], "identity")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.1, 0.9]] * 5, True),
        ([[0.1, 0.9]] * 4 + [[-3.0, 0.5]], False),
    ],
)
def test_one_sample_of_many_decides(rows, expected):
    network, tensors = Network(identity(), Costs(lambda: 0.0)), samples(rows)
    assert auto_parameters(MultiLabel(), network, tensors) == {"probabilities": expected}
    assert fitted_decoder(MultiLabel(), network, tensors) == MultiLabel(probabilities=expected)


def test_decoders_with_nothing_to_find_out():
    network, tensors = Network(identity(), Costs(lambda: 0.0)), samples([[0.0, 1.0]])
    assert auto_parameters(Raw(), network, tensors) == {}
    assert with_parameters(Raw(), {}) == Raw()
