"""Overlaps of single pairs; `coco_precision` is held against pycocotools as a whole."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, InstanceMaskSet, PoseSet
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.poses import Poses
from calibrate.metrics._lib.overlaps import box_overlaps, keypoint_overlaps, mask_overlaps

BOXES = np.array([[0, 0, 4, 4], [2, 0, 6, 4]], np.float32)
SCORES, LABELS = np.array([0.9, 0.8], np.float32), np.array([1, 1])
FLAGS, AREAS = np.zeros(2, bool), np.full(2, 16, np.float32)
ALL = np.arange(2)


def test_boxes():
    overlaps = box_overlaps(
        Detections(BOXES, SCORES, LABELS), BoxSet(BOXES, LABELS, FLAGS, FLAGS, AREAS), ALL
    )
    np.testing.assert_allclose(overlaps.pairs, [[1, 1 / 3], [1 / 3, 1]])
    assert overlaps.sizes.tolist() == [16, 16]
    assert not overlaps.uncounted.any()


def test_masks():
    pixels = np.zeros((2, 4, 10), bool)
    pixels[0, :2, :2] = True
    pixels[1, :2, 1:5] = True
    packed = np.packbits(pixels, axis=-1)
    overlaps = mask_overlaps(
        InstanceMasks(BOXES, SCORES, LABELS, packed, 10),
        InstanceMaskSet(BOXES, LABELS, FLAGS, FLAGS, AREAS, "", packed, 10),
        ALL,
    )
    np.testing.assert_allclose(overlaps.pairs, [[1, 0.2], [0.2, 1]])
    assert overlaps.sizes.tolist() == [4, 8]


def test_keypoints():
    true = np.array([[[1, 1, 2], [3, 3, 0]], [[9, 9, 0], [9, 9, 0]]], np.float32)
    said = np.array([[[1, 3, 1], [7, 7, 1]], [[1, 1, 1], [2, 2, 1]]], np.float32)
    overlaps = keypoint_overlaps(np.array([0.5, 0.1]))(
        Poses(BOXES, SCORES, LABELS, said),
        PoseSet(BOXES, LABELS, FLAGS, FLAGS, AREAS, "", true),
        ALL,
    )
    # One labelled keypoint, two pixels away: exp(-4 / (2 * 16 * 1)).
    assert overlaps.pairs[0, 0] == pytest.approx(np.exp(-4 / 32))
    assert overlaps.pairs[1, 0] == pytest.approx(1.0)
    assert overlaps.uncounted.tolist() == [False, True]
    assert overlaps.sizes.tolist() == [24, 1]


def test_nothing_to_compare():
    none = Detections(BOXES[:0], SCORES[:0], LABELS[:0])
    overlaps = box_overlaps(none, BoxSet(BOXES, LABELS, FLAGS, FLAGS, AREAS), ALL[:0])
    assert overlaps.pairs.shape == (0, 2)
