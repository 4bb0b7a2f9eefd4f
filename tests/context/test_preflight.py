"""Which models, decoders and baselines are refused before anything is quantized."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.resolved import JudgedMetric, Resolved
from calibrate.context.preflight import check_decoder, check_reference, preparation_difference
from calibrate.core.annotation import ClassLabel
from calibrate.core.costs import Costs
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.classification import Classification
from calibrate.errors import CalibrateError
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.mae import Mae
from calibrate.models.inputs import plan_inputs
from tests.fixtures.contexts import BlackImages, run_config

WIDTH, COUNT = 6, 5
"""Of the inputs, and of the samples."""


def network(scale: float = 1.0, *, is_random: bool = False) -> ov.Model:
    """[1, 6] times a scale, with noise or without."""
    x = ops.parameter([1, WIDTH], np.float32, name="x")
    x.output(0).set_names({"x"})
    y = ops.multiply(x, np.float32(scale))
    if is_random:
        shape = ops.constant(np.array([1, WIDTH], np.int64))
        noise = ops.random_uniform(shape, np.float32(0), np.float32(9), "f32", 0, 0)
        y = ops.add(y, noise)
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "scaled")


@pytest.fixture
def tensors() -> Tensors:
    rows = np.random.default_rng(0).random((COUNT, WIDTH)).astype(np.float32)
    facts = tuple(Facts(str(index), ClassLabel(index % 2)) for index in range(COUNT))
    return Tensors((rows,), facts, tuple("abcde"))


def difference(source: ov.Model, prepared: ov.Model, tensors: Tensors) -> tuple[float, Costs]:
    costs = Costs(lambda: 0.0)
    return preparation_difference(source, plan_inputs(source, {}), prepared, tensors, costs), costs


def test_what_preparation_changes_is_measured(tensors):
    largest, costs = difference(network(), network(1.001), tensors)
    rows = tensors.inputs[0][:4]
    assert largest == pytest.approx(0.001 * float(np.abs(rows).max()), rel=0.02)
    assert (costs.total.compilations, costs.total.inferences) == (2, 8)


@pytest.mark.parametrize(
    ("source", "prepared", "message"),
    [
        (network(), network(2.0), "simplifying the model changed its outputs by up to 0.9"),
        (
            network(is_random=True),
            network(is_random=True),
            r"draws random numbers \(RandomUniform\)",
        ),
    ],
)
def test_a_model_with_other_outputs_is_refused(source, prepared, message, tensors):
    with pytest.raises(CalibrateError, match=message) as caught:
        difference(source, prepared, tensors)
    assert caught.value.where == "model.path"
    assert caught.value.hint


def resolved(*metrics: JudgedMetric) -> Resolved:
    decoder = Classification()
    return Resolved(
        run_config(), Path("run.yaml"), BlackImages([]), (), decoder, metrics, "", {}, {}
    )


def test_a_decoder_that_cannot_read_the_outputs_is_refused_with_their_shapes():
    x = ops.parameter([1, 2, 3, 4], np.float32, name="x")
    y = ops.relu(x)
    y.output(0).set_names({"y"})
    with pytest.raises(CalibrateError) as caught:
        check_decoder(resolved(), ov.Model([y], [x], "map"))
    assert caught.value.where == "decoder"
    assert caught.value.hint == "the model's outputs: y [1, 2, 3, 4]"
    check_decoder(resolved(), network())


@pytest.mark.parametrize(
    ("judged", "value", "message"),
    [
        (JudgedMetric(Accuracy(), 0.01, "absolute"), 0.9, ""),
        (JudgedMetric(Accuracy(), 0.01, "absolute", 0.905), 0.9, ""),
        (JudgedMetric(Accuracy(), 0.01, "absolute", 0.95, 0.1), 0.9, ""),
        (
            JudgedMetric(Accuracy(), 0.01, "absolute", 0.95),
            0.9,
            "accuracy@1 of the FP32 model is 0.9000, not 0.9500 as `reference` says (within 0.01)",
        ),
        (
            JudgedMetric(Accuracy(), 0.01, "absolute"),
            0.0,
            "accuracy@1 of the FP32 model is 0, so no drop can be judged",
        ),
        (
            JudgedMetric(Accuracy(), 0.01, "absolute"),
            float("nan"),
            "accuracy@1 of the FP32 model is undefined on these images",
        ),
        (JudgedMetric(Mae(), 0.01, "absolute"), 0.0, ""),
        (
            JudgedMetric(Mae(), 0.01, "relative"),
            0.0,
            "mae of the FP32 model is 0, so a relative drop is undefined",
        ),
    ],
)
def test_a_baseline_that_allows_no_verdict_is_refused(judged, value, message):
    config = resolved(JudgedMetric(Accuracy(), 0.01, "absolute"), judged)
    if not message:
        check_reference(config, (0.9, value))
        return
    with pytest.raises(CalibrateError) as caught:
        check_reference(config, (0.9, value))
    assert str(caught.value.message) == message
    assert caught.value.where == "metrics[1]"
