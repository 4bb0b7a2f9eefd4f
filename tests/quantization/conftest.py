"""A small network of every kind of layer that quantizes differently, prepared, and its images."""

from dataclasses import dataclass

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.quantization.ptq import Feed, quantize

SIDE = 12


def build() -> ov.Model:
    """Convolution with bias, depthwise without, a residual sum, pooling and a matrix product."""
    random = np.random.default_rng(0)

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.3, shape).astype(np.float32)

    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    same = ([1, 1], [1, 1], [1, 1], [1, 1])
    first = ops.convolution(image, weights(8, 3, 3, 3), *same, name="conv")
    first = ops.relu(ops.add(first, weights(1, 8, 1, 1), name="conv_bias"))
    depth = ops.group_convolution(first, weights(8, 1, 1, 3, 3), *same, name="depthwise")
    depth = ops.relu(depth)
    point = ops.convolution(
        depth, weights(8, 8, 1, 1), *same[:1], [0, 0], [0, 0], [1, 1], name="pw"
    )
    point = ops.add(point, weights(1, 8, 1, 1), name="pw_bias")
    total = ops.relu(ops.add(point, first, name="residual"))
    pooled = ops.reduce_mean(total, np.array([2, 3]), keep_dims=False)
    scores = ops.matmul(pooled, weights(8, 5), False, False, name="classes")
    scores = ops.add(scores, weights(1, 5), name="classes_bias")
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "small")


@dataclass(frozen=True)
class Case:
    model: ov.Model
    feeds: list[Feed]

    def quantized(self, **settings: object) -> ov.Model:
        return quantize(
            self.model, self.feeds, Quantization.model_validate(settings), subset_size=100
        )

    def outputs(self, model: ov.Model) -> NDArray[np.float32]:
        compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return np.concatenate([compiled(dict(feed))[0] for feed in self.feeds])


@pytest.fixture(scope="session")
def case() -> Case:
    model = build()
    random = np.random.default_rng(1)
    # Each image has a tint of its own, so that the pooled features differ.
    feeds: list[Feed] = [
        {
            0: random.normal(random.normal(0, 1, (1, 3, 1, 1)), 1, (1, 3, SIDE, SIDE)).astype(
                np.float32
            )
        }
        for _ in range(12)
    ]
    return Case(prepare(model, plan_inputs(model, {})).model, feeds)


@pytest.fixture(scope="session")
def quantized(case: Case) -> ov.Model:
    return case.quantized()
