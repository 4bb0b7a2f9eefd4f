import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as opset

from calibrate.quantization.saturation import Layer, Saturation, count, layers


def layer(weights: list[list[int]], patches: list[list[int]]) -> Layer:
    """Rows of weights and of activations, one tap each."""
    return Layer(
        "layer",
        np.array(weights, np.int32)[:, :, None],
        np.array(patches, np.int32)[:, :, None],
    )


def test_two_large_products_overflow_and_what_they_lose_is_reported():
    # 255 * 127 + 255 * 127 = 64770, and a signed 16-bit register holds 32767.
    result = count(layer([[127, 127]], [[255, 255]]))
    assert result == Saturation(1.0, 1.0, pytest.approx(((64770 - 32767) / 64770) ** 2))


def test_negative_sums_overflow_below():
    result = count(layer([[-128, -128]], [[255, 255]]))
    assert (result.can, result.does) == (1.0, 1.0)


@pytest.mark.parametrize("weights", [[63, 63], [127, 1], [127, -127], [-64, -64], [127, 0]])
def test_weights_that_cannot_overflow(weights):
    assert count(layer([weights], [[255, 255]])) == Saturation(0.0, 0.0, 0.0)


def test_what_can_overflow_need_not_do_so():
    result = count(layer([[127, 127]], [[100, 100], [120, 130]]))
    assert result == Saturation(1.0, 0.0, 0.0)


def test_neighbours_are_paired_and_an_odd_channel_stands_alone():
    # Channels 0 and 1 fit, 2 and 3 overflow; a fifth has zero for its neighbour.
    result = count(layer([[127, -127, 127, 127, 127]], [[255, 255, 255, 255, 255]]))
    assert result.can == pytest.approx(1 / 3)
    assert result.does == pytest.approx(1 / 3)


def test_seven_bits_never_overflow():
    generator = np.random.default_rng(0)
    weights = generator.integers(-64, 64, (8, 16, 9), np.int32)
    patches = generator.integers(0, 256, (20, 16, 9), np.int32)
    assert count(Layer("seven", weights, patches)) == Saturation(0.0, 0.0, 0.0)


def test_counts_equal_a_plain_loop():
    generator = np.random.default_rng(1)
    weights = generator.integers(-128, 128, (3, 4, 2), np.int32)
    patches = generator.integers(0, 256, (5, 4, 2), np.int32)
    overflowed = total = 0
    for position in patches:
        for output in weights:
            for first in (0, 2):
                for tap in range(2):
                    pair = sum(
                        int(position[first + k, tap]) * int(output[first + k, tap]) for k in (0, 1)
                    )
                    overflowed += not -32768 <= pair <= 32767
                    total += 1
    assert count(Layer("loop", weights, patches)).does == overflowed / total


@pytest.mark.parametrize("transposed", [False, True])
def test_rows_of_a_transposed_activation_are_its_columns(transposed):
    values = np.arange(12, dtype=np.float32).reshape(1, 3, 4)  # three rows of four inputs
    given = np.swapaxes(values, 1, 2) if transposed else values
    parameter = opset.parameter(given.shape, np.float32)
    ends = [np.float32(end) for end in (0, 255, 0, 255)]
    weights = np.arange(-4, 4, dtype=np.float32).reshape(2, 4)
    signed = [np.float32(end) for end in (-128, 127, -128, 127)]
    product = opset.matmul(
        opset.fake_quantize(parameter, *ends, 256),
        opset.fake_quantize(opset.constant(weights), *signed, 256),
        transposed,
        True,  # OpenVINO's order of arguments
    )
    (layer,) = layers(ov.Model([product], [parameter], "m"), [{0: given}])
    rows = sorted(layer.patches[:, :, 0].tolist())
    assert rows == values[0].astype(int).tolist()
    assert layer.weights[:, :, 0].tolist() == weights.astype(int).tolist()
