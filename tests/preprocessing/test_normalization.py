"""Step `normalization`: (x / scale - mean) / std."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.errors import CalibrateError
from calibrate.preprocessing.normalization import Normalization

PIXEL = np.array([[[0, 128, 255]]], np.uint8)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mean": 127.5, "std": 127.5}, [-1, 1 / 255, 1]),
        ({"mean": [10, 20, 30]}, [-10, 108, 225]),
        ({"std": [1, 2, 5]}, [0, 64, 51]),
        ({"scale": 255}, [0, 128 / 255, 1]),
        (
            {"scale": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
            [-0.485 / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225],
        ),
        (
            {"preset": "imagenet"},
            [-0.485 / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225],
        ),
        ({"preset": "unit"}, [0, 128 / 255, 1]),
        ({"preset": "tf"}, [-1, 1 / 255, 1]),
        ({"preset": "caffe"}, [-103.939, 128 - 116.779, 255 - 123.68]),
        (
            {"preset": "clip"},
            [
                -0.48145466 / 0.26862954,
                (128 / 255 - 0.4578275) / 0.26130258,
                (1 - 0.40821073) / 0.27577711,
            ],
        ),
        (
            {"preset": "cifar10"},
            [-0.4914 / 0.247, (128 / 255 - 0.4822) / 0.2436, (1 - 0.4465) / 0.2616],
        ),
    ],
)
def test_values(of, fields, expected):
    made = Normalization(**fields)(of(PIXEL))
    assert made.image.dtype == np.float32
    np.testing.assert_allclose(made.image[0, 0], expected, rtol=2e-6, atol=2e-6)


def test_float_pixels_and_one_channel(of):
    made = Normalization(mean=0.5, std=0.5)(of(np.array([[0.0, 1.0]], np.float64)))
    np.testing.assert_array_equal(made.image, np.array([[[-1], [1]]], np.float32))


def test_wrong_number_of_channels(of):
    with pytest.raises(CalibrateError, match="mean has 3 values for an image of 1 channels"):
        Normalization(preset="imagenet")(of(np.zeros((2, 2, 1), np.uint8)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give mean, std, scale or preset"),
        ({"preset": "tf", "mean": 3}, "preset 'tf' replaces mean"),
        ({"std": 0}, "greater than 0"),
        ({"std": [1, 0, 1]}, "greater than 0"),
        ({"mean": []}, "one finite number"),
        ({"mean": float("nan")}, "one finite number"),
        ({"scale": 0}, "greater than 0"),
        ({"preset": "vgg"}, "'unit', 'tf', 'imagenet'"),
    ],
)
def test_impossible_fields(fields, message):
    with pytest.raises(ValidationError, match=message):
        Normalization(**fields)
