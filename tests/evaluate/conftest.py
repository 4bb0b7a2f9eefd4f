"""A classifier of small images, its samples, and a judge of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.contracts.annotation import ClassLabel
from calibrate.contracts.costs import Costs
from calibrate.contracts.sample import Facts
from calibrate.contracts.tensors import Tensors
from calibrate.evaluate.decode.classification import Classification
from calibrate.evaluate.metrics.accuracy import Accuracy
from calibrate.evaluate.observation import Judge

COUNT = 30
CLASSES = 4


def classifier(batch: int = 1, noise: float = 0.0) -> ov.Model:
    """[batch, 3, 6, 6] to `scores` [batch, 4]; `noise` shifts its weights."""
    random = np.random.default_rng(0)
    image = ops.parameter([batch, 3, 6, 6], np.float32, name="image")
    image.output(0).set_names({"image"})
    shape = (CLASSES, 3, 3, 3)
    weights = random.normal(0, 1, shape) + noise * random.normal(0, 1, shape)
    made = ops.convolution(
        image, weights.astype(np.float32), [1, 1], [0, 0], [0, 0], [1, 1], name="conv"
    )
    scores = ops.reduce_mean(ops.relu(made), np.array([2, 3]), keep_dims=False)
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "classifier")


@dataclass(frozen=True)
class World:
    tensors: Tensors
    judge: Judge
    costs: Costs

    def plain(self, model: ov.Model) -> np.ndarray:
        """Outputs by a plain loop, one sample at a time."""
        compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return np.concatenate([compiled(one[None])[0] for one in self.tensors.inputs[0]])


@pytest.fixture
def world() -> World:
    random = np.random.default_rng(1)
    images = random.normal(random.normal(0, 1, (COUNT, 3, 1, 1)), 1, (COUNT, 3, 6, 6))
    facts = tuple(Facts(f"s{i}", ClassLabel(i % CLASSES), source=f"s{i}.png") for i in range(COUNT))
    tensors = Tensors((images.astype(np.float32),), facts, tuple(f"d{i}" for i in range(COUNT)))
    judge = Judge(Classification(probabilities=False), (Accuracy(),))
    return World(tensors, judge, Costs(lambda: 0.0))


@pytest.fixture(scope="session")
def classifier_model() -> Callable[..., ov.Model]:
    """Makes the classifier, of a batch and with some noise on its weights."""
    return classifier
