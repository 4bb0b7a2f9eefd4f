"""Masks that are known exactly: a prototype for each object, and a coefficient that picks it."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_segmentation import YoloSegmentation
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

# Two classes, three prototypes of 16 x 16 cells for an input of 64 x 64.
FACTS = Facts("7", geometry=Geometry(64, 64, 64, 64), source="7.jpg")
PROTOTYPES = np.full((3, 16, 16), -1, np.float32)
# Larger than the boxes by a cell, so that these cut them out.
PROTOTYPES[0, 1:7, 1:7] = 1
PROTOTYPES[1, 7:13, 3:13] = 1
ROWS = np.array(
    # cx, cy, width, height, two classes, three coefficients
    [
        [16, 16, 16, 16, 0.9, 0.0, 1, 0, 0],
        [32, 40, 32, 16, 0.0, 0.8, 0, 1, 0],
        [32, 40, 16, 16, 0.3, 0.0, 0, 1, 0],  # cut out by its box
        [4, 4, 4, 4, 0.001, 0.0, 0, 0, 1],
    ],
    np.float32,
)
OUTPUTS = {"output0": np.concatenate([ROWS] * 3)[:12].T, "output1": PROTOTYPES}


def test_masks():
    detections = YoloSegmentation().predict({**OUTPUTS, "output0": ROWS.T}, FACTS)
    assert detections.labels.tolist() == [0, 1, 0]
    pixels = detections.pixels()
    assert pixels.shape == (3, 64, 64)
    expected = np.zeros((3, 64, 64), bool)
    expected[0, 8:24, 8:24] = True
    expected[1, 32:48, 16:48] = True
    expected[2, 32:48, 24:40] = True
    np.testing.assert_array_equal(pixels, expected)


def test_masks_are_on_the_source_image():
    # 128 x 64 letterboxed to 64 x 32 and 16 rows of padding above and below.
    geometry = Geometry(64, 128, 64, 128).resized(32, 64).shifted(16, 0, 64, 64)
    outputs = {**OUTPUTS, "output0": ROWS[1:2].repeat(10, axis=0).T}
    detections = YoloSegmentation().predict(outputs, Facts("7", geometry=geometry))
    expected = np.zeros((64, 128), bool)
    expected[32:64, 32:96] = True
    np.testing.assert_array_equal(detections.pixels()[0], expected)


def test_divergence_of_masks_alone():
    decoder = YoloSegmentation()
    reference = decoder.signature(OUTPUTS)
    changed = PROTOTYPES.copy()
    changed[0, :4] = -1  # half of the first object's mask
    divergence = decoder.divergence(reference, {**OUTPUTS, "output1": changed})
    # Three copies of the object are among the best.
    assert divergence == pytest.approx(3 * 0.9**3 * 0.5**2, rel=1e-5)
    assert decoder.divergence(reference, OUTPUTS) == 0


@pytest.mark.parametrize(
    ("shapes", "problems"),
    [
        ({"output0": (1, 116, 8400), "output1": (1, 32, 160, 160)}, 0),
        ({"output0": (1, 8400, 116), "output1": (1, 32, 160, 160)}, 0),
        ({"output0": (1, 116, 8400)}, 1),
    ],
)
def test_problems(shapes, problems):
    assert len(YoloSegmentation().problems(shapes)) == problems


def test_refused():
    with pytest.raises(CalibrateError, match="hold no class beside 3 coefficients"):
        YoloSegmentation().predict({**OUTPUTS, "output0": ROWS[:, :7]}, FACTS)
    with pytest.raises(CalibrateError, match="is no image"):
        YoloSegmentation().predict(OUTPUTS, Facts("7"))


def test_contract():
    changed = {**OUTPUTS, "output1": PROTOTYPES[:, :, ::-1].copy()}
    check_decoder(YoloSegmentation(), OUTPUTS, FACTS, changed=changed)
