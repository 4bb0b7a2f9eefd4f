import numpy as np
import pytest
import torch

from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.classification import Classification
from calibrate.decoders.regression import Regression
from calibrate.decoders.segmentation import Segmentation
from calibrate.decoders.token_scores import TokenLogits
from calibrate.quantization.finetune.decoder_losses import loss_for
from calibrate.quantization.finetune.losses import Loss, loss_of, squared_error

RNG = np.random.default_rng(3)


def softmax(values, axis=-1):
    powers = np.exp(values)
    return powers / powers.sum(axis, keepdims=True)


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


LOGITS, NEAR = normal(1, 12), normal(1, 12)
BOXES = np.array([[0.1, 0.1, 0.5, 0.4], [0.2, 0.3, 0.9, 0.8], [0.0, 0.0, 0.2, 0.2]], np.float32)
SCORES = np.array([[0.9, 0.1], [0.2, 0.7], [0.05, 0.3]], np.float32)
MAP, NEAR_MAP = normal(5, 8, 8), normal(5, 8, 8)
TOKENS, NEAR_TOKENS = normal(6, 9), normal(6, 9)

CASES = {
    "logits": (Classification(), {"out": LOGITS}, {"out": NEAR}),
    "probabilities": (Classification(), {"out": softmax(LOGITS)}, {"out": softmax(NEAR)}),
    "map": (Segmentation(resize_to="none", layout="CHW"), {"out": MAP}, {"out": NEAR_MAP}),
    "tokens": (TokenLogits(kept=9), {"out": TOKENS}, {"out": NEAR_TOKENS}),
    "boxes": (
        BoxesScores(box_format="xyxy"),
        {"boxes": BOXES, "scores": SCORES},
        {"boxes": BOXES + np.float32(0.03), "scores": SCORES * np.float32(0.8)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_is_the_divergence_of_the_decoder(name):
    decoder, before, after = CASES[name]
    batch = {key: values.reshape(1, *values.shape) for key, values in before.items()}
    if name in ("logits", "probabilities"):
        batch, before = before, {key: values[0] for key, values in before.items()}
        student, after = after, {key: values[0] for key, values in after.items()}
    else:
        student = {key: values.reshape(1, *values.shape) for key, values in after.items()}
    loss = loss_for(decoder, {key: values.shape for key, values in batch.items()})
    given = loss_of(
        loss,
        {key: torch.from_numpy(values) for key, values in student.items()},
        {key: torch.from_numpy(values) for key, values in batch.items()},
    )
    expected = decoder.divergence(decoder.signature(before), after)
    assert float(given) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("decoder", "shapes", "expected"),
    [
        (Regression(), {"a": (1, 3), "b": (1, 2)}, Loss("squared", ("a", "b"))),
        (Classification(), {"a::input 0 of top": (1, 3)}, Loss("squared", ("a::input 0 of top",))),
        (Segmentation(), {"a::scores": (1, 21, 33, 33)}, Loss("kl", ("a::scores",), axis=1)),
        (Segmentation(), {"a": (1, 33, 34, 21)}, Loss("kl", ("a",), axis=3)),
        (Segmentation(), {"a": (1, 1, 33, 34)}, Loss("squared", ("a",))),
        (Segmentation(threshold=0.5), {"a": (1, 1, 33, 34)}, Loss("squared", ("a",))),
    ],
)
def test_loss_for(decoder, shapes, expected):
    assert loss_for(decoder, shapes) == expected


def test_squared_error_is_a_share_of_the_energy():
    before = torch.tensor([[3.0, 4.0], [1.0, 0.0]])
    after = torch.tensor([[3.0, 5.0], [1.0, 0.0]])
    assert float(squared_error(before, after)) == pytest.approx((1 / 25 + 0) / 2)
