"""The same detections, written in every layout that detectors export, are read the same."""

import numpy as np
import pytest
from scipy.special import logit

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.detection_list import DetectionList
from calibrate.decoders.detr import Detr
from calibrate.decoders.ssd import Ssd
from calibrate.decoders.ssd_onnx import SsdOnnx
from calibrate.decoders.yolo_v5 import YoloV5
from calibrate.decoders.yolov8 import YoloV8
from calibrate.decoders.yolox import YoloX
from calibrate.errors import CalibrateError
from calibrate.evaluation.auto_parameters import with_parameters

SIDE, CLASSES = 320, 5
# The source image is twice as wide as the input, so places in the two differ.
FACTS = Facts("7", geometry=Geometry(320, 640, 320, 640).resized(SIDE, SIDE))


def scene(seed):
    """Boxes [24, 4] in pixels of the input, scores and labels, best first; none overlap by half."""
    generator = np.random.default_rng(seed)
    corners = np.stack(np.divmod(generator.permutation(36)[:24], 6), axis=1) * 50.0 + 10
    boxes = np.concatenate([corners, corners + generator.uniform(10, 45, (24, 2))], axis=1)
    scores = np.sort(generator.uniform(0.02, 0.98, 24))[::-1]
    return boxes.astype(np.float32), scores.astype(np.float32), generator.integers(0, CLASSES, 24)


SCENES = [scene(seed) for seed in range(3)]


def centres(boxes):
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def one_hot(labels):
    return np.eye(CLASSES, dtype=np.float32)[labels]


def column(*parts):
    parts = [np.asarray(part, np.float32) for part in parts]
    return np.concatenate([p[:, None] if p.ndim == 1 else p for p in parts], axis=1)


def rows8(b, s, k):
    return column(centres(b), s[:, None] * one_hot(k))


def extra(count):
    return np.full((24, count), 0.1, np.float32)


LAYOUTS = {
    # End-to-end lists.
    "yolov10": (DetectionList(), lambda b, s, k: {"o": column(b, s, k)}),
    "yolov10 relative": (DetectionList(), lambda b, s, k: {"o": column(b / SIDE, s, k)}),
    "yolo26 pose": (DetectionList(), lambda b, s, k: {"o": column(b, s, k, 99 * extra(51))}),
    "paddle": (
        DetectionList(),
        lambda b, s, k: {"boxes": column(k, s, b), "boxes_num": np.array([24], np.int32)},
    ),
    "yolov7 end to end": (DetectionList(), lambda b, s, k: {"o": column(0 * s, b, k, s)}),
    "ssd in pixels": (Ssd(), lambda b, s, k: {"o": column(0 * s, k, s, b)[None]}),
    "ssd": (Ssd(), lambda b, s, k: {"o": column(0 * s, k, s, b / SIDE)[None]}),
    "list of centres": (DetectionList(), lambda b, s, k: {"o": column(centres(b), s, k)}),
    "list of corner and size": (
        DetectionList(box_format="xywh"),
        lambda b, s, k: {"o": column(b[:, :2], b[:, 2:] - b[:, :2], s, k)},
    ),
    # Lists in several outputs.
    "torchvision": (SsdOnnx(), lambda b, s, k: {"boxes": b, "labels": k, "scores": s}),
    "otx": (SsdOnnx(), lambda b, s, k: {"boxes": column(b, s), "labels": k.astype(np.int32)}),
    "mmdeploy": (SsdOnnx(), lambda b, s, k: {"dets": column(b, s)[None], "labels": k[None]}),
    "tensorflow": (
        SsdOnnx(box_format="yxyx", label_offset=-1),
        lambda b, s, k: {
            "detection_boxes": b[:, [1, 0, 3, 2]] / SIDE,
            "detection_scores": s,
            "detection_classes": k + 1.0,
            "num_detections": np.array(24.0),
        },
    ),
    # Rows of YOLO, with what segmentation, pose and oriented models put behind the classes.
    "yolov5": (YoloV5(), lambda b, s, k: {"o": column(centres(b), s, one_hot(k))}),
    "yolov8": (YoloV8(), lambda b, s, k: {"o": rows8(b, s, k).T}),
    "yolov8 corners": (YoloV8(), lambda b, s, k: {"o": column(b, s[:, None] * one_hot(k))}),
    "yolov8 segmentation": (
        YoloV8(),
        lambda b, s, k: {
            "o": column(rows8(b, s, k), extra(32)).T,
            "p": np.zeros((32, 80, 80), np.float32),
        },
    ),
    "yolov8 oriented": (
        YoloV8(oriented=True),
        lambda b, s, k: {"o": column(rows8(b, s, k), extra(1)).T},
    ),
    "yolov8 with classes": (YoloV8(classes=CLASSES), lambda b, s, k: {"o": rows8(b, s, k).T}),
    "yolox decoded": (
        YoloX(decoded=True),
        lambda b, s, k: {"o": column(centres(b), s, one_hot(k))},
    ),
    # Transformers.
    "rt-detr rows": (Detr(), lambda b, s, k: {"o": rows8(b / SIDE, s, k)}),
    "rt-detr rows in pixels": (Detr(), lambda b, s, k: {"o": rows8(b, s, k)}),
    "rt-detr corners": (Detr(), lambda b, s, k: {"o": column(b, s[:, None] * one_hot(k))}),
    "deformable detr": (
        Detr(),
        lambda b, s, k: {
            "logits": logit(np.clip(s[:, None] * one_hot(k), 1e-6, None)),
            "pred_boxes": centres(b) / SIDE,
        },
    ),
    "boxes and probabilities": (
        BoxesScores(nms_threshold=None),
        lambda b, s, k: {"boxes": b, "scores": s[:, None] * one_hot(k)},
    ),
    "centres and probabilities by class": (
        BoxesScores(nms_threshold=None),
        lambda b, s, k: {"boxes": centres(b).T, "scores": (s[:, None] * one_hot(k)).T},
    ),
    "boxes and logits": (
        BoxesScores(nms_threshold=None),
        lambda b, s, k: {
            "boxes": b / SIDE,
            "scores": logit(np.clip(s[:, None] * one_hot(k), 1e-6, None)),
        },
    ),
}


def outputs_of(layout):
    decoder, write = LAYOUTS[layout]
    samples = [
        {name: np.ascontiguousarray(array) for name, array in write(*scene).items()}
        for scene in SCENES
    ]
    return decoder, samples


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    decoder, samples = outputs_of(layout)
    fitted = with_parameters(decoder, decoder.auto_parameters(samples))
    for (boxes, scores, labels), outputs in zip(SCENES, samples, strict=True):
        detections = fitted.predict(outputs, FACTS)
        np.testing.assert_array_equal(detections.labels, labels)
        np.testing.assert_allclose(detections.scores, scores, atol=1e-5)
        np.testing.assert_allclose(detections.boxes, boxes * [2, 1, 2, 1], atol=1e-2)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", [True, False])
def test_shapes_with_a_batch_dimension_and_without(layout, batch):
    decoder, samples = outputs_of(layout)
    shapes = {
        name: (1, *array.shape) if batch or array.ndim > 2 else array.shape
        for name, array in samples[0].items()
    }
    assert list(decoder.problems(shapes)) == []


def test_boxes_in_pixels_of_the_source():
    boxes, scores, labels = SCENES[0]
    decoder = DetectionList(source_boxes=True)
    outputs = {"o": column(boxes * [2, 1, 2, 1], scores, labels)}
    np.testing.assert_allclose(
        decoder.predict(outputs, FACTS).boxes, boxes * [2, 1, 2, 1], atol=1e-3
    )


def test_rows_of_a_pose_model_need_its_keypoints():
    boxes, scores, _ = SCENES[0]
    outputs = {"o": column(centres(boxes), scores, 300 * extra(51)).T}
    with pytest.raises(CalibrateError, match=r"to 278\.9, which are no probabilities"):
        YoloV8().auto_parameters([outputs])
    decoder = YoloV8(keypoints=17)
    parameters = {"box_format": "cxcywh", "relative_boxes": False}
    assert decoder.auto_parameters([outputs]) == parameters
    np.testing.assert_allclose(decoder.predict(outputs, FACTS).scores, scores, atol=1e-6)


def test_classes_suppress_each_other_only_where_that_is_wanted():
    boxes = np.array([[10, 10, 60, 60], [12, 10, 60, 60]], np.float32)
    outputs = {"boxes": boxes, "scores": np.array([[0.9, 0.0], [0.0, 0.8]], np.float32)}
    assert BoxesScores().predict(outputs, FACTS).labels.tolist() == [0, 1]
    assert BoxesScores(class_agnostic_nms=True).predict(outputs, FACTS).labels.tolist() == [0]


def test_scores_that_are_no_probabilities_are_refused():
    outputs = {"o": column(SCENES[0][0], 5 * SCENES[0][1], SCENES[0][2] + 0.5)}
    with pytest.raises(CalibrateError, match="no column of whole labels beside one of scores"):
        DetectionList().auto_parameters([outputs])
    logits = {"boxes": SCENES[0][0], "scores": np.full((24, 3), -4.0, np.float32)}
    with pytest.raises(CalibrateError, match="the scores range from -4 to -4, which are no"):
        BoxesScores(activation="none").auto_parameters([logits])
