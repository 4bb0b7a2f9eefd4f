"""`coco_precision` against pycocotools, on made-up scenes and on COCO images."""

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pydantic import ValidationError

from calibrate.core.annotation import BoxSet, ClassLabel, InstanceMaskSet, PoseSet
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.poses import Poses
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.coco_precision import CocoPrecision, parse_thresholds

AREAS = {"all": 0, "small": 1, "medium": 2, "large": 3}


def scene(rng, *, classes=5, crowd=0.1, coarse=False):
    """Objects of one image and detections that are near them, far from them and repeated."""
    count = int(rng.integers(0, 8))
    corner = rng.uniform(0, 300, (count, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(8, 200, (count, 2))], 1).astype(np.float32)
    labels = rng.integers(1, classes + 1, count)
    sides = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64)
    truth = BoxSet(
        boxes=boxes,
        labels=labels,
        difficult=np.zeros(count, bool),
        crowd=rng.random(count) < crowd,
        areas=(sides.prod(1) * rng.uniform(0.5, 1, count)).astype(np.float32),
    )
    copies = np.repeat(np.arange(count), 3)
    found = boxes[copies] + rng.normal(0, 8, (copies.size, 4)).astype(np.float32)
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    noise = rng.uniform(0, 300, (6, 2))
    found = np.concatenate([found, np.concatenate([noise, noise + 40], 1)]).astype(np.float32)
    names = np.concatenate([labels[copies], rng.integers(1, classes + 2, 6)])
    scores = rng.random(len(found)).astype(np.float32)
    if coarse:
        scores = np.round(scores, 1)
    return truth, Detections(found, scores, names)


def reference(scenes, *, max_detections=100):
    """pycocotools' `precision` for the same scenes, image ids 1, 2, ..."""
    truth = {"images": [], "annotations": [], "categories": []}
    labels, found = set(), []
    for image, (objects, detections) in enumerate(scenes, 1):
        truth["images"].append({"id": image})
        for row in range(len(objects.labels)):
            x1, y1, x2, y2 = objects.boxes[row].astype(float)
            truth["annotations"].append(
                {
                    "id": len(truth["annotations"]) + 1,
                    "image_id": image,
                    "category_id": int(objects.labels[row]),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": float(objects.areas[row]),
                    "iscrowd": int(objects.crowd[row]),
                }
            )
        labels |= set(objects.labels.tolist())
        for row in range(len(detections.scores)):
            x1, y1, x2, y2 = detections.boxes[row].astype(float)
            found.append(
                {
                    "image_id": image,
                    "category_id": int(detections.labels[row]),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": float(detections.scores[row]),
                }
            )
    truth["categories"] = [{"id": label} for label in sorted(labels)]
    with contextlib.redirect_stdout(io.StringIO()):
        context = COCO()
        context.dataset = truth
        context.createIndex()
        judge = COCOeval(context, context.loadRes(found), "bbox")
        judge.params.maxDets = [1, 2, max_detections]
        judge.evaluate()
        judge.accumulate()
    return judge.eval["precision"]


def mean_precision(precision, *, area="all", threshold=None):
    values = precision[:, :, :, AREAS[area], 2]
    if threshold is not None:
        values = values[[threshold]]
    return float(np.mean(values[values > -1]))


def evidence_of(metric, scenes, ids=None):
    ids = ids or range(1, len(scenes) + 1)
    return [
        metric.score(detections, truth, Facts(str(name)))
        for name, (truth, detections) in zip(ids, scenes, strict=True)
    ]


def value(metric, scenes):
    return metric.aggregate(evidence_of(metric, scenes), np.ones((1, len(scenes)), np.int64))[0]


@pytest.mark.parametrize("area", list(AREAS))
@pytest.mark.parametrize("coarse", [False, True], ids=["scores", "equal scores"])
def test_equals_pycocotools(area, coarse):
    rng = np.random.default_rng(7)
    scenes = [scene(rng, coarse=coarse) for _ in range(40)]
    expected = reference(scenes)
    assert value(CocoPrecision(area=area), scenes) == pytest.approx(
        mean_precision(expected, area=area), abs=1e-14
    )
    for index, threshold in ((0, 0.5), (5, ".75")):
        metric = CocoPrecision(threshold=threshold, area=area)
        assert value(metric, scenes) == pytest.approx(
            mean_precision(expected, area=area, threshold=index), abs=1e-14
        )


def test_max_detections_keeps_the_best_of_each_class():
    rng = np.random.default_rng(3)
    scenes = [scene(rng, classes=2) for _ in range(20)]
    expected = mean_precision(reference(scenes, max_detections=3))
    assert value(CocoPrecision(max_detections=3), scenes) == pytest.approx(expected, abs=1e-14)
    assert expected != pytest.approx(value(CocoPrecision(), scenes), abs=1e-6)


def test_resampled_sets_equal_pycocotools_on_repeated_images():
    rng = np.random.default_rng(11)
    scenes = [scene(rng) for _ in range(15)]
    metric = CocoPrecision()
    counts = rng.multinomial(15, np.full(15, 1 / 15), size=3)
    values = metric.aggregate(evidence_of(metric, scenes), counts)
    for row, drawn in zip(values, counts, strict=True):
        repeated = [scenes[index] for index in np.repeat(np.arange(15), drawn)]
        assert row == pytest.approx(mean_precision(reference(repeated)), abs=1e-14)


def test_equal_scores_count_in_the_order_of_the_image_ids():
    rng = np.random.default_rng(5)
    scenes = [scene(rng, coarse=True) for _ in range(12)]
    metric, ones = CocoPrecision(), np.ones((1, 12), np.int64)
    forward = metric.aggregate(evidence_of(metric, scenes), ones)
    backward = metric.aggregate(evidence_of(metric, scenes)[::-1], ones)
    other_ids = metric.aggregate(evidence_of(metric, scenes, ids=range(12, 0, -1)), ones)
    assert backward == pytest.approx(forward, abs=1e-14)
    assert other_ids != pytest.approx(forward, abs=1e-9)


def box_set(*boxes, crowd=None, labels=None):
    count = len(boxes)
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return BoxSet(
        boxes=array,
        labels=np.array(labels or [1] * count, np.int64),
        difficult=np.zeros(count, bool),
        crowd=np.array(crowd or [False] * count, bool),
        areas=(array[:, 2:] - array[:, :2]).prod(1),
    )


def detections(*rows):
    """Rows of box, score, label."""
    return Detections(
        np.array([row[0] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[1] for row in rows], np.float32),
        np.array([row[2] for row in rows], np.int64),
    )


BOX, FAR = (0, 0, 100, 100), (300, 300, 400, 400)


@pytest.mark.parametrize(
    ("truth", "detections", "expected"),
    [
        (box_set(BOX), detections((BOX, 0.9, 1)), 1.0),
        (box_set(BOX), detections(), 0.0),
        (box_set(), detections((BOX, 0.9, 1)), np.nan),
        (box_set(), detections(), np.nan),
        (box_set(BOX), detections((BOX, 0.9, 2)), 0.0),
        (box_set(BOX), detections((FAR, 0.9, 1), (BOX, 0.8, 1)), 0.5),
        (box_set(BOX), detections((BOX, 0.9, 1), (BOX, 0.8, 1)), 1.0),
        # The second object is a crowd: it is no object to find, and its detections do not count.
        (
            box_set(BOX, FAR, crowd=[False, True]),
            detections((FAR, 0.95, 1), (FAR, 0.94, 1), (BOX, 0.9, 1)),
            1.0,
        ),
        (box_set(BOX, crowd=[True]), detections((BOX, 0.9, 1)), np.nan),
        # One of two found at precision 1: the recalls 0, 0.01 ... 0.5.
        (box_set(BOX, FAR), detections((BOX, 0.9, 1)), 51 / 101),
    ],
)
def test_single_images(truth, detections, expected):
    assert value(CocoPrecision(), [(truth, detections)]) == pytest.approx(
        expected, abs=1e-12, nan_ok=True
    )


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "coco_ap@50:95"),
        ({"threshold": 0.5}, "coco_ap@50"),
        ({"threshold": ".75"}, "coco_ap@75"),
        ({"threshold": (0.5, 0.75)}, "coco_ap@50,75"),
        ({"area": "small"}, "coco_ap@50:95 small"),
    ],
)
def test_label(fields, label):
    assert CocoPrecision(**fields).label == label


def test_thresholds_are_those_of_pycocotools():
    with contextlib.redirect_stdout(io.StringIO()):
        expected = COCOeval(iouType="bbox").params.iouThrs
    assert np.array_equal(parse_thresholds(".50:.05:.95"), expected)


@pytest.mark.parametrize("threshold", ["high", ".9:.05:.5", ".5:0:.9", 0.0, 50, (), ""])
def test_unreadable_thresholds_are_refused(threshold):
    with pytest.raises(ValidationError):
        CocoPrecision(threshold=threshold)


def test_wrong_kinds_and_nan_are_refused():
    with pytest.raises(CalibrateError, match=r"sample 7 \(a.jpg\): coco_ap@50:95 compares Detect"):
        CocoPrecision().score(detections(), ClassLabel(1), Facts("7", source="a.jpg"))
    with pytest.raises(CalibrateError, match="holds NaN"):
        CocoPrecision().score(detections((BOX, np.nan, 1)), box_set(BOX), Facts("7"))


@pytest.mark.zoo
def test_equals_pycocotools_on_coco_images(zoo):
    with (zoo / "data/coco_dev/annotations/instances.json").open() as file:
        truth = json.load(file)
    rng = np.random.default_rng(0)
    by_image = {image["id"]: [] for image in truth["images"]}
    for annotation in truth["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    results, cases = [], []
    for image_id, annotations in by_image.items():
        boxes = np.array([a["bbox"] for a in annotations], np.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labels = np.array([a["category_id"] for a in annotations], np.int64)
        count = len(labels)
        objects = BoxSet(
            boxes=boxes.astype(np.float32),
            labels=labels,
            difficult=np.zeros(count, bool),
            crowd=np.zeros(count, bool),
            areas=np.array([a["area"] for a in annotations], np.float32),
            image_id=str(image_id),
        )
        copies = np.repeat(np.arange(count), 2)
        side = (boxes[copies, 2:] - boxes[copies, :2]).repeat(2, axis=1).reshape(-1, 4)
        near = boxes[copies] + rng.normal(0, 0.06, (copies.size, 4)) * side
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        detections = Detections(
            near.astype(np.float32), rng.random(copies.size).astype(np.float32), labels[copies]
        )
        cases.append((detections, objects, Facts(str(image_id))))
        for row in range(copies.size):
            x1, y1, x2, y2 = detections.boxes[row].astype(float)
            results.append(
                {
                    "image_id": image_id,
                    "category_id": int(detections.labels[row]),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": float(detections.scores[row]),
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        context = COCO()
        context.dataset = truth
        context.createIndex()
        judge = COCOeval(context, context.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    ones = np.ones((1, len(cases)), np.int64)
    for index, fields in enumerate(
        [
            {},
            {"threshold": 0.5},
            {"threshold": 0.75},
            {"area": "small"},
            {"area": "medium"},
            {"area": "large"},
        ]
    ):
        metric = CocoPrecision(**fields)
        ours = metric.aggregate([metric.score(*case) for case in cases], ones)[0]
        assert 0.1 < ours < 1
        assert ours == pytest.approx(judge.stats[index], abs=1e-12), metric.label


SIDES = (40, 50)


def instances(rng, count):
    """Random rectangles with a random corner cut out, [N, H, W], and their boxes."""
    masks = np.zeros((count, *SIDES), bool)
    for mask in masks:
        top, left = rng.integers(0, 24), rng.integers(0, 30)
        height, width = rng.integers(6, 16), rng.integers(6, 20)
        mask[top : top + height, left : left + width] = True
        mask[top : top + height // 2, left : left + width // 2] = False
    edges = [np.argwhere(mask) for mask in masks]
    boxes = [[*e.min(0)[::-1], *(e.max(0)[::-1] + 1)] for e in edges]
    return masks, np.array(boxes, np.float32).reshape(-1, 4)


def mask_images(count=12):
    """Objects and detections of images: masks moved by a pixel or two, and some made up."""
    rng = np.random.default_rng(3)
    for index in range(count):
        masks, boxes = instances(rng, int(rng.integers(0, 5)))
        labels = rng.integers(1, 4, len(masks))
        flags = np.zeros(len(masks), bool)
        areas = masks.sum(axis=(1, 2)).astype(np.float32)
        truth = InstanceMaskSet(
            boxes, labels, flags, flags, areas, str(index + 1), np.packbits(masks, -1), SIDES[1]
        )
        moved = np.roll(masks, rng.integers(0, 3), axis=1 + index % 2)
        others, other_boxes = instances(rng, 2)
        both = np.concatenate([moved, others])
        detections = InstanceMasks(
            np.concatenate([boxes, other_boxes]),
            rng.random(len(both)).astype(np.float32),
            np.concatenate([labels, rng.integers(1, 4, 2)]),
            np.packbits(both, -1),
            SIDES[1],
        )
        yield detections, truth


def coco_mask_ap(images, **parameters):
    """pycocotools' own mask AP."""

    def runs(mask):
        return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))

    truth, found, number = [], [], 0
    for index, (detections, objects) in enumerate(images, 1):
        for mask, label, area in zip(objects.pixels(), objects.labels, objects.areas, strict=True):
            number += 1
            entry = {"id": number, "image_id": index, "category_id": int(label), "iscrowd": 0}
            truth.append({**entry, "area": float(area), "segmentation": runs(mask)})
        for mask, label, score in zip(
            detections.pixels(), detections.labels, detections.scores, strict=True
        ):
            entry = {"image_id": index, "category_id": int(label), "score": float(score)}
            found.append({**entry, "segmentation": runs(mask)})
    coco = COCO()
    coco.dataset = {
        "images": [
            {"id": index, "height": SIDES[0], "width": SIDES[1]}
            for index in range(1, len(images) + 1)
        ],
        "annotations": truth,
        "categories": [{"id": label} for label in (1, 2, 3)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "segm")
        for name, value in parameters.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return precision[precision > -1].mean()


@pytest.mark.parametrize(
    ("fields", "parameters", "label"),
    [
        ({}, {}, "coco_mask_ap@50:95"),
        ({"threshold": 0.75}, {"iouThrs": np.array([0.75])}, "coco_mask_ap@75"),
    ],
)
def test_mask_ap_is_that_of_pycocotools(fields, parameters, label):
    images = list(mask_images())
    metric = CocoPrecision(iou_type="segm", **fields)
    assert metric.label == label
    evidence = [
        metric.score(detections, objects, Facts(objects.image_id)) for detections, objects in images
    ]
    value = metric.aggregate(evidence, np.ones((1, len(images)), np.int64))[0]
    assert value == pytest.approx(coco_mask_ap(images, **parameters), abs=1e-12)
    assert (
        value
        != CocoPrecision(**fields).aggregate(
            [CocoPrecision(**fields).score(d, o, Facts(o.image_id)) for d, o in images],
            np.ones((1, len(images)), np.int64),
        )[0]
    )


def test_mask_ap_needs_masks():
    (detections, objects), *_ = mask_images(1)
    boxes = Detections(detections.boxes, detections.scores, detections.labels)
    with pytest.raises(CalibrateError, match="use the decoder yolo_segmentation"):
        CocoPrecision(iou_type="segm").score(boxes, objects, Facts("1"))


def pose_images(count=12):
    """People with 17 keypoints, some hidden or not labelled, and detections near them."""
    rng = np.random.default_rng(5)
    for index in range(count):
        people = int(rng.integers(1, 5))
        corners = rng.uniform(0, 200, (people, 2))
        sides = rng.uniform(40, 120, (people, 2))
        boxes = np.concatenate([corners, corners + sides], axis=1).astype(np.float32)
        places = corners[:, None] + sides[:, None] * rng.random((people, 17, 2))
        observed = rng.integers(0, 3, (people, 17, 1))
        observed[0] *= index % 4 > 0  # someone without a labelled keypoint
        flags = np.zeros(people, bool)
        areas = (sides.prod(axis=1) * 0.6).astype(np.float32)
        points = np.concatenate([places, observed], axis=2).astype(np.float32)
        labels = np.ones(people, np.int64)
        truth = PoseSet(boxes, labels, flags, flags, areas, str(index + 1), points)
        said = points + np.append(rng.normal(0, 5, (people, 17, 2)), 0 * observed, axis=2)
        said = np.concatenate([said, said[:1] + 60]).astype(np.float32)
        scores = rng.random(people + 1).astype(np.float32)
        yield (
            Poses(np.concatenate([boxes, boxes[:1] + 60]), scores, np.ones(people + 1, int), said),
            truth,
        )


def test_keypoint_ap_is_that_of_pycocotools():
    images = list(pose_images())
    truth, found = [], []
    for index, (poses, people) in enumerate(images, 1):
        for row, (points, box, area) in enumerate(
            zip(people.keypoints, people.boxes, people.areas, strict=True)
        ):
            x0, y0, x1, y1 = box.tolist()
            truth.append(
                {
                    "id": 100 * index + row,
                    "image_id": index,
                    "category_id": 1,
                    "iscrowd": 0,
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": float(area),
                    "keypoints": points.ravel().tolist(),
                    "num_keypoints": int((points[:, 2] > 0).sum()),
                }
            )
        found += [
            {
                "image_id": index,
                "category_id": 1,
                "score": float(score),
                "keypoints": points.ravel().tolist(),
            }
            for points, score in zip(poses.keypoints, poses.scores, strict=True)
        ]
    coco = COCO()
    coco.dataset = {
        "images": [{"id": index} for index in range(1, len(images) + 1)],
        "annotations": truth,
        "categories": [{"id": 1}],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    metric = CocoPrecision(iou_type="keypoints")
    assert metric.label == "coco_oks_ap@50:95"
    evidence = [metric.score(poses, people, Facts(people.image_id)) for poses, people in images]
    value = metric.aggregate(evidence, np.ones((1, len(images)), np.int64))[0]
    assert 0.2 < value < 0.95
    assert value == pytest.approx(precision[precision > -1].mean(), abs=1e-9)


def test_keypoint_ap_needs_as_many_keypoints_as_sigmas():
    poses, people = next(pose_images())
    with pytest.raises(CalibrateError, match="17 keypoints, and 2 sigmas"):
        CocoPrecision(iou_type="keypoints", sigmas=(0.1, 0.2)).score(poses, people, Facts("1"))
