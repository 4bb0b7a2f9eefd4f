"""A box that is drawn in the source image is found where the geometry says, and comes back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrate.core.sample import Geometry, Sample
from calibrate.preprocessing.crop import Crop
from calibrate.preprocessing.letterbox import Letterbox
from calibrate.preprocessing.padding import Padding
from calibrate.preprocessing.resize import Resize

CHAINS = {
    "resize": [Resize(dst_height=96, dst_width=170)],
    "shorter side and crop": [Resize(shorter_side=128), Crop(size=112)],
    "longer side and padding": [Resize(longer_side=100), Padding(stride=32)],
    "letterbox": [Letterbox(size=128)],
    "letterbox at the corner": [Letterbox(dst_height=96, dst_width=160, pad_type="right_bottom")],
    "all": [
        Padding(size=300),
        Resize(size=200),
        Crop(dst_height=150, dst_width=190),
        Letterbox(size=128),
    ],
}


def _sample(pixels):
    height, width = pixels.shape[:2]
    return Sample("a", {"image": pixels}, None, Geometry(height, width, height, width))


def _run(chain, sample):
    for step in chain:
        sample = step(sample)
    return sample


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_a_drawn_box_is_where_the_geometry_says(chain):
    pixels = np.zeros((180, 240, 3), np.uint8)
    box = np.array([80, 60, 160, 120], np.float32)
    pixels[60:120, 80:160] = 255
    made = _run(chain, _sample(pixels))
    # Borders are 114 at most, the box is 255.
    rows, columns = np.nonzero(made.image[:, :, 0] > 127)
    result = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)
    g = made.geometry
    expected = box * np.tile([g.scale_x, g.scale_y], 2) + np.tile([g.offset_x, g.offset_y], 2)
    np.testing.assert_allclose(result, expected, atol=0.51)
    assert made.image.shape[:2] == (g.height, g.width)
    np.testing.assert_allclose(g.to_source(expected[None].astype(np.float32))[0], box, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(20, 300),
    width=st.integers(20, 300),
    name=st.sampled_from(["resize", "letterbox", "longer side and padding"]),
)
def test_the_whole_image_comes_back(height, width, name):
    made = _run(CHAINS[name], _sample(np.zeros((height, width, 1), np.uint8)))
    g = made.geometry
    corners = np.array([[0, 0, width, height]], np.float64)
    placed = corners * np.tile([g.scale_x, g.scale_y], 2) + np.tile([g.offset_x, g.offset_y], 2)
    assert placed.min() >= 0
    assert placed[0, 2] <= g.width + 1e-6
    assert placed[0, 3] <= g.height + 1e-6
    np.testing.assert_allclose(g.to_source(placed.astype(np.float32)), corners, atol=1e-2)
