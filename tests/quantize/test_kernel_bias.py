import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.quantize import kernel_bias
from calibrate.quantize.kernel_bias import correct_biases
from calibrate.quantize.ptq import quantize

ADDS = ("conv_bias", "depthwise/bias_add", "pw_bias", "classes_bias")


def means(case, model: ov.Model) -> dict[str, np.ndarray]:
    """Mean of each biased layer's outputs by channel, as the CPU plugin gives them."""
    by_name = {op.get_friendly_name(): op for op in model.get_ops()}
    outputs = [by_name[name].output(0) for name in ADDS]
    watched = ov.Model(outputs, model.get_parameters(), "watched")
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = [list(compiled(dict(feed)).values()) for feed in case.feeds]
    joined = [np.concatenate(arrays) for arrays in zip(*found, strict=True)]
    return {
        name: array.mean(axis=(0, *range(2, array.ndim)), dtype=np.float64)
        for name, array in zip(ADDS, joined, strict=True)
    }


def largest_shift(case, model: ov.Model) -> float:
    before, after = means(case, case.model), means(case, model)
    return max(float(np.abs(after[name] - before[name]).max()) for name in ADDS)


def test_every_layer_gets_the_means_of_fp32(case):
    uncorrected = case.quantized(disable_bias_correction=True)
    corrected = correct_biases(uncorrected, case.model, case.feeds)
    # Not nothing: a corrected layer moves few integers of later ones across a rounding.
    assert largest_shift(case, corrected) < 0.1 * largest_shift(case, uncorrected)


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


def dense() -> ov.Model:
    """Two convolutions, of which the last gives a score for each position."""
    random = np.random.default_rng(0)
    found = image = ops.parameter([1, 3, 8, 8], np.float32, name="image")
    for name in ("inner", "last"):
        weights = random.normal(0, 0.3, (3, 3, 3, 3)).astype(np.float32)
        made = ops.convolution(found, weights, [1, 1], [1, 1], [1, 1], [1, 1], name=name)
        found = ops.relu(ops.add(made, np.full((1, 3, 1, 1), 0.1, np.float32), name=f"{name}_bias"))
    return ov.Model([found], [image], "dense")


def test_scores_for_each_position_keep_their_bias():
    model = dense()
    random = np.random.default_rng(1)
    feeds = [{0: random.normal(0, 1, (1, 3, 8, 8)).astype(np.float32)} for _ in range(4)]
    plain = quantize(model, feeds, Quantization(disable_bias_correction=True), subset_size=4)
    corrected = {op.get_friendly_name(): op for op in correct_biases(plain, model, feeds).get_ops()}
    inner, last = (
        corrected[f"{name}_bias"].input_value(1).get_node().data for name in ("inner", "last")
    )
    assert not np.allclose(inner, 0.1, atol=1e-5)
    np.testing.assert_array_equal(last, np.full((1, 3, 1, 1), 0.1, np.float32))


def test_where_images_are_large_fewer_are_looked_at(monkeypatch):
    model, looked = dense(), []
    feeds = [{0: np.full((1, 3, 8, 8), float(value), np.float32)} for value in range(6)]
    plain = quantize(model, feeds, Quantization(disable_bias_correction=True), subset_size=6)
    run = kernel_bias._run  # to see how many images it is given

    def counting(part, kept):
        given = run(part, kept)
        looked.append(len(given))
        return given

    monkeypatch.setattr(kernel_bias, "_run", counting)
    # An image and the first layer's output are kept at a time: 2 * 768 bytes.
    monkeypatch.setattr(kernel_bias, "_MOST", 4 * 2 * 768)
    correct_biases(plain, model, feeds)
    assert looked == [4]


def test_no_correction_and_this_one_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        Quantization(kernel_bias_correction=True, disable_bias_correction=True)
