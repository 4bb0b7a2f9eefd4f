import numpy as np
import pytest

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FP32, INT8
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import quantize
from tests.miniatures.images import spectrum
from tests.miniatures.sequences import embedding, masked_pooling


def test_every_quantizer_is_in_one_group(quantized):
    groups = find_groups(quantized)
    listed = [name for group in groups for name in group.quantizers]
    there = [
        op.get_friendly_name() for op in quantized.get_ops() if op.get_type_name() == "FakeQuantize"
    ]
    assert sorted(listed) == sorted(there)


def test_groups_have_the_layers_in_network_order(quantized):
    groups = find_groups(quantized)
    layers = [name for group in groups for name in group.operations]
    assert [name for name in layers if name in ("conv", "depthwise", "pw", "classes")] == [
        "conv",
        "depthwise",
        "pw",
        "classes",
    ]
    assert len({group.name for group in groups}) == len(groups)
    assert all(group.name in group.operations for group in groups if group.operations)
    assert {group.precisions for group in groups} == {(INT8, FP32)}


def test_a_quantizer_that_feeds_two_layers_joins_them(quantized):
    by_name = {op.get_friendly_name(): op for op in quantized.get_ops()}
    for group in find_groups(quantized):
        for name in group.quantizers:
            fed = {
                target.get_node().get_friendly_name()
                for target in by_name[name].output(0).get_target_inputs()
            }
            weighted = fed & {"conv", "depthwise", "pw", "classes", "residual"}
            assert weighted <= set(group.operations)


def test_a_model_without_quantizers_has_no_groups(case):
    assert find_groups(case.model) == ()


@pytest.mark.parametrize(
    ("build", "feed", "read_by"),
    [
        (embedding, {0: np.arange(8)[None]}, "Gather"),
        (spectrum, {0: np.linspace(-1, 1, 256, dtype=np.float32).reshape(1, 1, 256)}, "Sqrt"),
        (
            masked_pooling,
            {0: np.ones((1, 8, 16), np.float32), 1: np.ones((1, 8), np.float32)},
            "ReduceSum",
        ),
    ],
)
def test_quantizers_of_other_operations_form_a_group_with_what_reads_them(build, feed, read_by):
    quantized = quantize(build(), [feed], Quantization(), subset_size=1)
    types = {op.get_friendly_name(): op.get_type_name() for op in quantized.get_ops()}
    groups = find_groups(quantized)
    assert all(group.operations for group in groups)
    assert read_by in {types[name] for group in groups for name in group.operations}
