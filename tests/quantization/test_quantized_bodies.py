"""Layers in the bodies of If, Loop and TensorIterator, from the source to what the plugin runs."""

import numpy as np
import openvino as ov
import pytest

from calibrate.config.quantization import Quantization
from calibrate.core.costs import Costs
from calibrate.core.operations import WEIGHTED
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.models.bodies import all_operations, bodies_of
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import quantize
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.report_builder.execution import execution_facts
from calibrate.runtime.profiling import executed_nodes
from tests.fixtures.layers import normal
from tests.miniatures.control_flow import branches, iterator, loop


@pytest.mark.parametrize(
    ("build", "shape", "layers"),
    [(branches, [1, 3, 12, 12], 2), (loop, [1, 16], 1), (iterator, [1, 6, 16], 2)],
)
def test_layers_in_bodies_are_one_group_that_runs_in_int8(build, shape, layers):
    fp32 = prepare(build(), plan_inputs(build(), {})).model
    feeds = [{0: normal(1, *shape[1:]) * (-1) ** n + n % 2} for n in range(4)]
    quantized = quantize(fp32, feeds, Quantization(), subset_size=4)
    groups = find_groups(quantized)
    owner = next(op for op in fp32.get_ordered_ops() if bodies_of(op)).get_friendly_name()
    inside = next(group for group in groups if group.name == owner)
    kinds = {op.get_friendly_name(): op.get_type_name() for op in all_operations(fp32)}
    assert [kinds[name] in WEIGHTED for name in inside.operations].count(True) == layers
    variants = Variants(fp32, {INT8: quantized}, groups)
    stored = with_integer_weights(compose(variants, Candidate.uniform(groups, INT8)))
    facts = execution_facts(
        groups, Candidate.uniform(groups, INT8), executed_nodes(stored, Costs(lambda: 0.0), "f32")
    )
    assert "i8" in facts[owner].precision.split("+")
    exact = compose(variants, Candidate.uniform(groups, FP32))
    assert not [op for op in all_operations(exact) if op.get_type_name() == "FakeQuantize"]
    before, after = (
        ov.Core().compile_model(each, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(feeds[0])[0]
        for each in (fp32, exact)
    )
    np.testing.assert_allclose(after, before, atol=1e-6)
