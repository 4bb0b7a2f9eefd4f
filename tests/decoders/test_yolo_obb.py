"""Oriented boxes that are known exactly, through letterbox and suppression."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_obb import YoloObb
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

# 128 x 64 letterboxed to 64 x 32 and 16 rows of padding above and below.
FACTS = Facts("7", geometry=Geometry(64, 128, 64, 128).resized(32, 64).shifted(16, 0, 64, 64))
QUARTER = np.float32(np.pi / 2)
ROWS = np.array(
    # cx, cy, width, height, two classes, angle
    [
        [16, 24, 16, 8, 0.9, 0.0, QUARTER],
        [16, 24, 8, 16, 0.5, 0.0, 0.0],  # the same box, turned the other way
        [16, 24, 16, 8, 0.4, 0.0, 0.0],  # upright: it overlaps by a third
        [48, 40, 20, 8, 0.0, 0.6, 0.0],
    ],
    np.float32,
)
FILLING = np.tile(np.array([[32, 32, 2, 2, 1e-3, 1e-3, 0]], np.float32), (8, 1))
OUTPUTS = {"output0": np.concatenate([ROWS, FILLING]).T}


@pytest.mark.parametrize("scale", [1, 1 / 64])
def test_boxes_on_the_source_image(scale):
    factors = np.array([scale] * 4 + [1, 1, 1], np.float32)[:, None]
    prediction = YoloObb().predict({"output0": OUTPUTS["output0"] * factors}, FACTS)
    np.testing.assert_allclose(prediction.scores, [0.9, 0.6, 0.4])
    assert prediction.labels.tolist() == [0, 1, 0]
    np.testing.assert_allclose(
        prediction.boxes, [[24, 0, 40, 32], [76, 40, 116, 56], [16, 8, 48, 24]], atol=1e-4
    )
    np.testing.assert_allclose(
        prediction.corners[1], [[76, 40], [116, 40], [116, 56], [76, 56]], atol=1e-4
    )


def test_divergence_of_a_rotated_box():
    decoder = YoloObb()
    changed = OUTPUTS["output0"].copy()
    changed[-1, 0] -= 0.3
    assert decoder.divergence(decoder.signature(OUTPUTS), {"output0": changed}) > 0


def test_refused():
    with pytest.raises(CalibrateError, match="hold no class beside box and angle"):
        YoloObb().predict({"output0": np.zeros((5, 3), np.float32)}, FACTS)
    with pytest.raises(CalibrateError, match="is no image"):
        YoloObb().predict(OUTPUTS, Facts("7"))


def test_contract():
    check_decoder(YoloObb(), OUTPUTS, FACTS)
