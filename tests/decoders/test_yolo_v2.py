"""Boxes of a head that is worked by hand."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_v2 import YoloV2
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(64, 128, 64, 128).resized(64, 64))
DECODER = YoloV2(classes=2, anchors=((1.0, 2.0), (0.5, 0.5)))
HEAD = np.full((2, 7, 2, 2), -6.0, np.float32)
"""[anchors, numbers, rows, columns]"""
# The first anchor in row 0, column 1: middle of the cell, the anchor's size; classes e^1 : 1.
HEAD[0, :, 0, 1] = [0, 0, 0, 0, 2, 1, 0]
# The second in row 1, column 0: twice as wide.
HEAD[1, :, 1, 0] = [np.log(3), 0, np.log(2), 0, 1, 0, 3]
OUTPUTS = {"head": HEAD.reshape(14, 2, 2)}


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


SCORES = [sigmoid(1) * sigmoid(3), sigmoid(2) * sigmoid(1)]
# Cells are 64 x 32 pixels of the source image.
BOXES = [[16, 40, 80, 56], [64, -16, 128, 48]]


def activated():
    """The same as RegionYolo gives it."""
    head = HEAD.copy()
    for numbers in (slice(0, 2), slice(4, 5)):
        head[:, numbers] = sigmoid(head[:, numbers])
    classes = np.exp(head[:, 5:])
    head[:, 5:] = classes / classes.sum(axis=1, keepdims=True)
    return head.reshape(14, 2, 2)


@pytest.mark.parametrize(
    "head",
    [
        OUTPUTS["head"],
        OUTPUTS["head"].transpose(1, 2, 0),
        OUTPUTS["head"].ravel(),
        activated(),
        activated().ravel(),
    ],
)
def test_boxes(head):
    detections = DECODER.predict({"head": head}, FACTS)
    np.testing.assert_allclose(detections.scores[:2], SCORES, rtol=1e-5)
    np.testing.assert_allclose(detections.boxes[:2], np.clip(BOXES, 0, [128, 64] * 2), atol=1e-3)
    assert detections.labels[:2].tolist() == [1, 0]


def test_boxes_without_an_object_are_left_out():
    decoder = DECODER.model_copy(update={"object_threshold": float(sigmoid(1.5))})
    assert decoder.predict(OUTPUTS, FACTS).labels.tolist() == [0]


def test_softmax_over_the_whole_image():
    decoder = YoloV2(
        classes=2, anchors=DECODER.anchors, softmax_over="image", activated=False, score_threshold=0
    )
    objects, classes = sigmoid(HEAD[:, 4:5]), np.exp(HEAD[:, 5:])
    expected = np.sort((objects * classes / classes.sum()).max(axis=1).ravel())[::-1]
    scores = decoder.predict(OUTPUTS, FACTS).scores
    np.testing.assert_allclose(scores[:2], expected[:2], rtol=1e-5)


def test_the_number_of_classes_is_derived():
    decoder = YoloV2(anchors=DECODER.anchors)
    assert decoder.predict(OUTPUTS, FACTS).labels[:2].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("decoder", "head", "message"),
    [
        (YoloV2(anchors=DECODER.anchors), OUTPUTS["head"].ravel(), "does not show its classes"),
        (DECODER, np.zeros(15, np.float32), "are not 14 channels of a square grid"),
        (YoloV2(), OUTPUTS["head"], "14 channels are not 5 numbers and classes of each of 5"),
    ],
)
def test_refused(decoder, head, message):
    with pytest.raises(CalibrateError, match=message):
        decoder.predict({"head": head}, FACTS)


def test_contract():
    check_decoder(DECODER, OUTPUTS, FACTS)
