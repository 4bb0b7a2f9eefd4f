"""Step `resize`: sizes, filters against Pillow, geometry."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing.resize import Resize


@pytest.mark.parametrize(
    ("fields", "shape", "expected"),
    [
        ({"size": 8}, (10, 20), (8, 8)),
        ({"dst_height": 6, "dst_width": 9}, (10, 20), (6, 9)),
        ({"shorter_side": 256}, (375, 500), (256, 341)),
        ({"shorter_side": 256}, (500, 375), (341, 256)),
        ({"shorter_side": 256}, (256, 256), (256, 256)),
        ({"longer_side": 100}, (375, 500), (75, 100)),
        ({"longer_side": 100}, (500, 375), (100, 75)),
        # 640 / 427 * 427 is a little under 640 in floating point.
        ({"longer_side": 640}, (427, 320), (640, 479)),
        ({"longer_side": 4}, (1, 1000), (1, 4)),
        ({"size": 256, "aspect_ratio_scale": "greater"}, (375, 500), (256, 341)),
        ({"size": 100, "aspect_ratio_scale": "fit_to_window"}, (375, 500), (75, 100)),
        (
            {"dst_height": 100, "dst_width": 40, "aspect_ratio_scale": "fit_to_window"},
            (375, 500),
            (30, 40),
        ),
        ({"size": 30, "aspect_ratio_scale": "width"}, (60, 100), (30, 50)),
        ({"size": 30, "aspect_ratio_scale": "height"}, (60, 100), (18, 30)),
    ],
)
def test_size(of, fields, shape, expected):
    made = Resize(**fields)(of(np.zeros((*shape, 3), np.uint8)))
    assert made.image.shape == (*expected, 3)
    assert (made.geometry.height, made.geometry.width) == expected
    assert made.geometry.scale_x == expected[1] / shape[1]
    assert made.geometry.scale_y == expected[0] / shape[0]


def test_shorter_side_rounds_as_torchvision_does(of):
    for height, width in [(333, 500), (500, 333), (375, 501), (1024, 683)]:
        made = Resize(shorter_side=256)(of(np.zeros((height, width, 3), np.uint8)))
        shorter, longer = sorted((height, width))
        assert sorted(made.image.shape[:2]) == [256, int(256 * longer / shorter)]


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("nearest", Image.Resampling.NEAREST),
        ("bilinear", Image.Resampling.BILINEAR),
        ("bicubic", Image.Resampling.BICUBIC),
        ("lanczos", Image.Resampling.LANCZOS),
        ("area", Image.Resampling.BOX),
    ],
)
def test_uint8_is_pillows_to_the_bit(of, photo, name, kernel):
    made = Resize(dst_height=20, dst_width=70, interpolation=name)(of(photo))
    expected = np.asarray(Image.fromarray(photo).resize((70, 20), kernel))
    np.testing.assert_array_equal(made.image, expected)


def test_without_antialiasing_four_neighbours_count(of):
    row = np.array([[0, 10, 20, 30, 40, 50, 60, 70]], np.uint8)
    made = Resize(dst_height=1, dst_width=2, antialias=False)(of(row))
    # The centres of the two are at 1.5 and 5.5 of the eight.
    np.testing.assert_array_equal(made.image[0, :, 0], [15, 55])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give one of: size"),
        ({"size": 3, "shorter_side": 4}, "give one of: size"),
        ({"dst_height": 3}, "dst_height and dst_width go together"),
        ({"size": 3, "dst_height": 3, "dst_width": 3}, "give either size, or"),
        ({"shorter_side": 3, "aspect_ratio_scale": "width"}, "aspect_ratio_scale goes with"),
        ({"size": 3, "interpolation": "area", "antialias": False}, "antialias: false is for"),
        ({"size": 0}, "greater than or equal to 1"),
        ({"size": 3, "interpolation": "cubic"}, "'nearest', 'bilinear', 'bicubic'"),
    ],
)
def test_impossible_fields(fields, message):
    with pytest.raises(ValidationError, match=message):
        Resize(**fields)


def test_channels_first_is_reported(of):
    sample = of(np.zeros((3, 32, 32), np.float32))
    with pytest.raises(CalibrateError, match=r"images/a.png: .*channels first; put .*CHW->HWC"):
        Resize(size=8)(sample)


def test_other_input_keeps_the_geometry(of, photo):
    sample = of(photo)
    sample = Sample(**{**_fields(sample), "data": {"image": photo, "depth": photo[:, :, 0]}})
    made = Resize(size=8, input="depth")(sample)
    assert made.data["depth"].shape == (8, 8, 1)
    assert made.image is photo
    assert made.geometry == sample.geometry


def _fields(sample):
    return {name: getattr(sample, name) for name in ("id", "annotation", "geometry", "source")}
