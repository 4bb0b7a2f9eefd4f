import numpy as np
import openvino as ov
import pytest

from calibrate.core.precision import FP32, INT8, Candidate, Precision, int8_variant
from calibrate.quantization.groups import find_groups
from calibrate.quantization.variants import (
    Variants,
    compose,
    with_integer_weights,
)

OTHER = int8_variant("min-max")


def biases(model: ov.Model, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The constant that is added behind each named operation that has one."""
    result = {}
    for name in names:
        for target in by_name(model)[name].output(0).get_target_inputs():
            add = target.get_node()
            constants = [
                port.get_node()
                for port in add.input_values()
                if port.get_node().get_type_name() == "Constant"
            ]
            if add.get_type_name() == "Add" and constants:
                result[name] = constants[0].data.copy()
    return result


@pytest.fixture(scope="module")
def variants(case, quantized) -> Variants:
    # Ranges and biases both differ: all images' extremes, and no correction.
    other = case.quantized(
        disable_bias_correction=True,
        overflow_fix="enable",
        activations_range_estimator_params={
            "min": {"statistics_type": "min", "aggregator_type": "min"},
            "max": {"statistics_type": "max", "aggregator_type": "max"},
        },
    )
    return Variants(case.model, {INT8: quantized, OTHER: other}, find_groups(quantized))


def uniform(variants: Variants, precision: Precision) -> Candidate:
    return Candidate.uniform(variants.groups, precision)


def by_name(model: ov.Model) -> dict[str, ov.Node]:
    return {op.get_friendly_name(): op for op in model.get_ops()}


def ranges(model: ov.Model, name: str) -> list[np.ndarray]:
    return [by_name(model)[name].input_value(i).get_node().data for i in range(1, 5)]


def count(model: ov.Model, kind: str) -> int:
    return sum(op.get_type_name() == kind for op in model.get_ops())


def test_all_fp32_is_the_fp32_model_exactly(case, variants):
    made = compose(variants, uniform(variants, FP32))
    assert count(made, "FakeQuantize") == 0
    assert np.array_equal(case.outputs(made), case.outputs(case.model))


@pytest.mark.parametrize("precision", [INT8, OTHER])
def test_all_at_a_variant_is_that_variant(case, variants, precision):
    made = compose(variants, uniform(variants, precision))
    whole = variants.models[precision]
    assert np.array_equal(case.outputs(made), case.outputs(whole))
    assert not np.array_equal(case.outputs(made), case.outputs(case.model))


def test_the_variants_differ(case, variants):
    first, second = (case.outputs(model) for model in variants.models.values())
    assert not np.array_equal(first, second)


def test_each_group_has_what_was_chosen_for_it(variants):
    chosen = Candidate(
        tuple((INT8, OTHER, FP32)[index % 3] for index in range(len(variants.groups)))
    )
    assert set(chosen) == {INT8, OTHER, FP32}
    made = compose(variants, chosen)
    for group, precision in zip(variants.groups, chosen, strict=True):
        source = variants.reference if precision == FP32 else variants.models[precision]
        if precision == FP32:
            assert not set(group.quantizers) & set(by_name(made))
        else:
            for name in group.quantizers:
                for ours, theirs in zip(ranges(made, name), ranges(source, name), strict=True):
                    assert np.array_equal(ours, theirs)
        ours, theirs = (biases(model, group.operations) for model in (made, source))
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            assert np.array_equal(value, theirs[name])


def test_composing_changes_nothing_that_it_is_given(case, variants):
    before = {name: case.outputs(model) for name, model in variants.models.items()}
    compose(
        variants, Candidate(tuple(OTHER if i % 2 else FP32 for i in range(len(variants.groups))))
    )
    for name, model in variants.models.items():
        assert np.array_equal(case.outputs(model), before[name])


def test_integer_weights_are_stored_as_integers(case, variants, tmp_path):
    made = compose(variants, uniform(variants, INT8))
    stored = with_integer_weights(made)
    integers = [
        op
        for op in stored.get_ops()
        if op.get_type_name() == "Constant" and op.get_element_type() == ov.Type.i8
    ]
    assert len(integers) == 4  # conv, depthwise, pointwise, matrix product
    assert np.allclose(case.outputs(stored), case.outputs(made), rtol=1e-4, atol=1e-5)
    sizes = []
    for name, model in (("stored", stored), ("made", made)):
        ov.save_model(model, tmp_path / f"{name}.xml", compress_to_fp16=False)
        sizes.append((tmp_path / f"{name}.bin").stat().st_size)
    assert sizes[0] < sizes[1]


def test_groups_in_fp32_keep_their_weights_exactly(variants):
    stored = with_integer_weights(compose(variants, uniform(variants, FP32)))
    assert {
        op.get_element_type() for op in stored.get_ops() if op.get_type_name() == "Constant"
    } <= {
        ov.Type.f32,
        ov.Type.i64,
    }
