from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset6
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.dynamic_shapes import carried_from_body
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare, prepare_open
from calibrate.models.sequences import SEQUENCE, as_sequence, state_names
from tests.fixtures.layers import linear, model, normal, parameter
from tests.miniatures.states import convolutional, recurrent, stateful
from tests.models.test_dynamic_shapes import quantized

F32 = {"INFERENCE_PRECISION_HINT": "f32"}


def step_by_step(network: ov.Model, sequence: np.ndarray) -> list[np.ndarray]:
    request = ov.Core().compile_model(network, "CPU", F32).create_infer_request()
    request.reset_state()
    steps = [[np.array(a) for a in request.infer([step]).values()] for step in sequence]
    return [np.stack(outputs) for outputs in zip(*steps, strict=True)]


def at_once(network: ov.Model, sequence: np.ndarray) -> list[np.ndarray]:
    return [*ov.Core().compile_model(network, "CPU", F32)([sequence]).values()]


CASES = [(recurrent, normal(6, 1, 16)), (convolutional, normal(5, 1, 8, 4))]


@pytest.mark.parametrize(("build", "sequence"), CASES)
def test_a_sequence_gives_what_its_steps_give(build, sequence):
    for ours, theirs in zip(
        at_once(as_sequence(build()), sequence), step_by_step(build(), sequence), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize(("build", "sequence"), CASES)
def test_changes_of_a_step_are_repeated_in_the_model_with_state(build, sequence):
    original = build()
    source = as_sequence(original)
    (plan,) = plan_inputs(source, {})
    static = prepare(source, [plan_of(plan, sequence)]).model
    result = static.clone()
    iterator = next(op for op in result.get_ordered_ops() if op.get_friendly_name() == SEQUENCE)
    iterator.set_function(quantized(iterator.get_function()))
    result.validate_nodes_and_infer_types()
    carried = carried_from_body(result, static, prepare_open(original, ()), SEQUENCE)
    assert state_names(carried) == state_names(original)
    wanted = at_once(result, sequence)
    for ours, theirs in zip(step_by_step(carried, sequence), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert np.abs(wanted[0] - at_once(static, sequence)[0]).max() > 1e-3


def plan_of(plan, sequence):
    assert plan.batch_axis == 1
    return replace(plan, shape=sequence.shape)


def test_a_model_without_state_is_itself():
    x = parameter([1, 4])
    network = model(linear(x, 4, 4), x)
    assert as_sequence(network) is network
    assert state_names(network) == ()


def test_state_without_inputs_has_no_samples():
    start = ops.constant(np.zeros((1, 2), np.float32))
    after = ops.add(opset6.read_value(start, "n"), ops.constant(np.float32(1)))
    with pytest.raises(CalibrateError, match="takes no input"):
        as_sequence(stateful([after], {"n": after}))
