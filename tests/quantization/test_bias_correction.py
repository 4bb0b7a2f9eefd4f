import numpy as np
import openvino as ov
import pytest

from calibrate.config.quantization import Quantization
from calibrate.quantization.bias_correction import correct_biases
from calibrate.quantization.ptq import quantize

ADDS = ("conv_bias", "depthwise/bias_add", "pw_bias", "classes_bias")


def means(case, model: ov.Model) -> dict[str, np.ndarray]:
    """Mean of each biased layer's outputs by channel, as the CPU plugin gives them."""
    by_name = {op.get_friendly_name(): op for op in model.get_ops()}
    outputs = [by_name[name].output(0) for name in ADDS]
    watched = ov.Model(outputs, model.get_parameters(), "watched")
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = [list(compiled(dict(feed)).values()) for feed in case.feeds]
    joined = [np.concatenate(arrays) for arrays in zip(*result, strict=True)]
    return {
        name: array.mean(axis=(0, *range(2, array.ndim)), dtype=np.float64)
        for name, array in zip(ADDS, joined, strict=True)
    }


def largest_shift(case, model: ov.Model) -> float:
    before, after = means(case, case.model), means(case, model)
    return max(float(np.abs(after[name] - before[name]).max()) for name in ADDS)


def test_layers_get_the_means_of_fp32(case):
    uncorrected = case.quantized(disable_bias_correction=True)
    corrected = correct_biases(uncorrected, case.model, case.feeds)
    # Not nothing: what layers inherit from those before them is not theirs to correct.
    assert largest_shift(case, corrected) < 0.2 * largest_shift(case, uncorrected)


@pytest.mark.parametrize("name", ADDS)
def test_a_layer_alone_gets_the_mean_of_fp32(case, name):
    others = [
        entry for entry in ("conv", "depthwise", "pw", "classes") if not name.startswith(entry)
    ]
    uncorrected = case.quantized(disable_bias_correction=True, ignored_scope={"names": others})
    corrected = correct_biases(uncorrected, case.model, case.feeds)
    fp32, before, after = (
        means(case, model)[name] for model in (case.model, uncorrected, corrected)
    )
    assert np.abs(before - fp32).max() > 0
    assert np.abs(after - fp32).max() < 0.01 * np.abs(before - fp32).max()


def test_what_other_layers_run_at_does_not_matter(case):
    # Else the first quantized layer, whichever it is, has weights of 7 bits.
    settings = {"kernel_bias_correction": True, "overflow_fix": "disable"}
    together = biases(case.quantized(**settings))
    fewer = biases(case.quantized(**settings, ignored_scope={"names": ["conv", "classes"]}))
    for name in ("depthwise/bias_add", "pw_bias"):
        np.testing.assert_allclose(fewer[name], together[name], atol=1e-6)


def test_what_is_given_is_left_as_it_is(case):
    uncorrected = case.quantized(disable_bias_correction=True)
    before = case.outputs(uncorrected)
    correct_biases(uncorrected, case.model, case.feeds)
    np.testing.assert_array_equal(case.outputs(uncorrected), before)


def biases(model: ov.Model) -> dict[str, np.ndarray]:
    by_name = {op.get_friendly_name(): op for op in model.get_ops()}
    return {name: by_name[name].input_value(1).get_node().data for name in ADDS}


def test_layers_that_stay_in_fp32_keep_their_bias(case):
    corrected = case.quantized(
        kernel_bias_correction=True, ignored_scope={"names": ["conv", "classes"]}
    )
    before, after = biases(case.model), biases(corrected)
    changed = [name for name in ADDS if not np.array_equal(before[name], after[name])]
    assert changed == ["depthwise/bias_add", "pw_bias"]


def test_the_setting_takes_the_place_of_nncfs_correction(case):
    asked = case.quantized(kernel_bias_correction=True)
    by_hand = correct_biases(case.quantized(disable_bias_correction=True), case.model, case.feeds)
    np.testing.assert_array_equal(case.outputs(asked), case.outputs(by_hand))


def test_a_value_per_position_is_no_bias(case):
    model = case.model.clone()
    add = next(op for op in model.get_ops() if op.get_friendly_name() == "pw_bias")
    everywhere = ov.opset13.constant(np.ones(add.get_output_shape(0), np.float32))
    add.input(1).replace_source_output(everywhere.output(0))
    settings = Quantization(disable_bias_correction=True)
    plain = quantize(model, case.feeds, settings, subset_size=12)
    np.testing.assert_array_equal(
        biases(correct_biases(plain, model, case.feeds))["pw_bias"], everywhere.data
    )


def test_no_correction_and_this_one_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        Quantization(kernel_bias_correction=True, disable_bias_correction=True)
