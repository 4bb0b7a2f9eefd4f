import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.quantization.transformers import attention_count, for_transformers
from tests.fixtures.layers import integers, linear, model, parameter
from tests.miniatures.images import convnext, squeeze_excitation, swin, vit
from tests.miniatures.sequences import (
    bert,
    einsum,
    gru,
    outlier_channels,
    token_probabilities,
)


def decomposed_softmax() -> ov.Model:
    x = parameter([1, 8, 16])
    scores = ops.matmul(linear(x, 16, 16), linear(x, 16, 16, seed=4), False, True)
    shifted = ops.exp(ops.subtract(scores, ops.reduce_max(scores, integers(-1), keep_dims=True)))
    shares = ops.divide(shifted, ops.reduce_sum(shifted, integers(-1), keep_dims=True))
    return model(ops.matmul(shares, linear(x, 16, 16, seed=6), False, False), x)


def whole_operation() -> ov.Model:
    x = parameter([1, 2, 8, 16])
    return model(ops.scaled_dot_product_attention(x, x, x), x)


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (bert, 2),
        (vit, 1),
        (swin, 1),
        (einsum, 1),
        (decomposed_softmax, 1),
        (whole_operation, 1),
        (outlier_channels, 1),
        (convnext, 0),
        (squeeze_excitation, 0),
        (gru, 0),
        (token_probabilities, 0),
    ],
)
def test_attention_is_recognised(build, count):
    source = build()
    assert attention_count(source) == count
    settings = for_transformers(Quantization(), source)
    assert settings.model_type == ("transformer" if count else None)


def test_what_the_user_sets_stays():
    settings = Quantization(model_type=None)
    assert for_transformers(settings, bert()) is settings
