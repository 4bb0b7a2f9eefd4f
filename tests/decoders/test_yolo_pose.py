"""Keypoints that are known exactly, through letterbox and suppression."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_pose import YoloPose
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

# 128 x 64 letterboxed to 64 x 32 and 16 rows of padding above and below.
FACTS = Facts("7", geometry=Geometry(64, 128, 64, 128).resized(32, 64).shifted(16, 0, 64, 64))
ROWS = np.array(
    # cx, cy, width, height, one class, two keypoints of x, y, score
    [
        [16, 24, 16, 8, 0.9, 10, 20, 0.8, 20, 28, 0.4],
        [16, 24, 15, 8, 0.5, 11, 21, 0.7, 21, 27, 0.3],
        [48, 40, 20, 8, 0.6, 40, 38, 0.9, 56, 44, 0.9],
    ],
    np.float32,
)
OUTPUTS = {"output0": np.concatenate([ROWS, 0.001 * np.ones((9, 11), np.float32)]).T}


@pytest.mark.parametrize("scale", [1, 1 / 64])
def test_keypoints_are_on_the_source_image(scale):
    factors = np.array([scale] * 4 + [1] + [scale, scale, 1] * 2, np.float32)[:, None]
    poses = YoloPose(keypoints=2).predict({"output0": OUTPUTS["output0"] * factors}, FACTS)
    np.testing.assert_allclose(poses.scores, [0.9, 0.6])
    expected = [[[20, 8, 0.8], [40, 24, 0.4]], [[80, 44, 0.9], [112, 56, 0.9]]]
    np.testing.assert_allclose(poses.keypoints, expected, atol=1e-4)


def test_divergence_of_keypoints_alone():
    decoder = YoloPose(keypoints=2)
    reference = decoder.signature(OUTPUTS)
    changed = OUTPUTS["output0"].copy()
    changed[5, 0] += 3
    distance = 9 / (2 * 0.1**2 * 16 * 8)
    expected = 0.9**3 * ((1 - np.exp(-distance)) / 2) ** 2
    assert decoder.divergence(reference, {"output0": changed}) == pytest.approx(expected, rel=1e-5)


def test_refused():
    with pytest.raises(CalibrateError, match="hold no class beside 17 keypoints of three numbers"):
        YoloPose().predict(OUTPUTS, FACTS)
    with pytest.raises(CalibrateError, match="is no image"):
        YoloPose(keypoints=2).predict(OUTPUTS, Facts("7"))


def test_problems():
    assert list(YoloPose().problems({"output0": (1, 56, 8400)})) == []
    assert len(YoloPose().problems({"a": (1, 56, 8400), "b": (1, 56, 8400)})) == 1


def test_contract():
    check_decoder(YoloPose(keypoints=2), OUTPUTS, FACTS)
