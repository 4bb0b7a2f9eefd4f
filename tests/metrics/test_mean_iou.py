"""`mean_iou` on hand-worked masks, against scikit-learn, and on the zoo's segmentation."""

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import jaccard_score

from calibrate.core.annotation import ClassLabel, MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts, Geometry
from calibrate.errors import CalibrateError
from calibrate.metrics.mean_accuracy import MeanAccuracy
from calibrate.metrics.mean_iou import MeanIou
from calibrate.metrics.pixel_accuracy import PixelAccuracy

FACTS = Facts("a")


def value(metric, *pairs):
    evidence = [
        metric.score(
            ClassMap(np.array(predicted)), MaskTarget(np.array(mask, np.uint8), ignore), FACTS
        )
        for predicted, mask, ignore in pairs
    ]
    return metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0]


@pytest.mark.parametrize(
    ("predicted", "mask", "ignore", "expected"),
    [
        ([[0, 1], [1, 1]], [[0, 1], [1, 1]], 255, 1),
        # Class 0: 1 of 2; class 1: 2 of 3.
        ([[0, 1], [1, 1]], [[0, 0], [1, 1]], 255, (1 / 2 + 2 / 3) / 2),
        # Class 2 is only predicted: class 0 pays, 2 is no part of the mean.
        ([[0, 2], [1, 1]], [[0, 0], [1, 1]], 255, (1 / 2 + 1) / 2),
        # The unlabelled pixel does not count, whatever is predicted there.
        ([[0, 2], [1, 1]], [[0, 255], [1, 1]], 255, 1),
        ([[0, 2], [1, 1]], [[0, 7], [1, 1]], 7, 1),
        ([[0, 1], [1, 1]], [[0, 255], [1, 1]], None, (1 + 2 / 3 + 0) / 3),
        ([[0, 1]], [[255, 255]], 255, np.nan),
    ],
)
def test_hand_worked(predicted, mask, ignore, expected):
    case = (predicted, mask, ignore)
    assert value(MeanIou(), case) == pytest.approx(expected, nan_ok=True)


def test_pixels_of_all_images_count_together():
    # Class 1: 1 of 2 in the first, 2 of 2 in the second: 3 of 4, not the mean of both images.
    small, large = ([[1]], [[1]], 255), ([[1, 1, 1]], [[1, 0, 0]], 255)
    assert value(MeanIou(), small, large) == pytest.approx((0 + 2 / 4) / 2)


def test_a_class_may_be_left_out():
    case = ([[0, 1], [1, 1]], [[0, 0], [1, 1]], 255)
    assert value(MeanIou(ignore_label=0), case) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # Of four pixels one is of class 2, one is taken for it: two are left, class 0 1 of 2.
        (MeanIou(ignore_label=2, counting="accuracy_checker"), (1 / 2 + 0) / 2),
        (MeanAccuracy(ignore_label=2, counting="accuracy_checker"), 1 / 2),
        # Class 3 is only predicted, and counts.
        (MeanIou(counting="accuracy_checker"), (1 / 4 + 0 + 0) / 3),
    ],
)
def test_counting_of_the_accuracy_checker(metric, expected):
    predicted, mask = [[0, 3, 2, 0]], [[0, 0, 0, 2]]
    assert value(metric, (predicted, mask, 255)) == pytest.approx(expected)


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    masks = rng.integers(0, 5, (6, 20, 30))
    predicted = np.where(rng.random(masks.shape) < 0.6, masks, rng.integers(0, 5, masks.shape))
    pairs = [(mine, mask, 255) for mine, mask in zip(predicted, masks, strict=True)]
    expected = jaccard_score(masks.ravel(), predicted.ravel(), average="macro")
    assert value(MeanIou(), *pairs) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("size", [(13, 9), (30, 40), (7, 41)])
def test_masks_of_another_size_are_resized_as_pillow_does(size):
    mask = np.random.default_rng(1).integers(0, 4, (21, 33)).astype(np.uint8)
    resized = np.asarray(Image.fromarray(mask).resize((size[1], size[0]), Image.Resampling.NEAREST))
    for facts in (FACTS, Facts("a", geometry=Geometry(21, 33, 21, 33).resized(64, 64))):
        evidence = MeanIou().score(ClassMap(resized), MaskTarget(mask), facts)
        assert evidence["both"].tolist() == evidence["actual"].tolist()
        assert evidence["both"].sum() == resized.size


def test_padding_of_the_input_does_not_count():
    geometry = Geometry(2, 4, 2, 4).shifted(1, 0, 4, 4)
    mask = MaskTarget(np.array([[1, 1, 1, 1], [2, 2, 2, 2]], np.uint8))
    predicted = ClassMap(np.array([[0] * 4, [1] * 4, [2] * 4, [0] * 4]))
    evidence = MeanIou().score(predicted, mask, Facts("a", geometry=geometry))
    assert evidence["classes"].tolist() == [1, 2]
    assert evidence["both"].tolist() == [4, 4]


def test_what_does_not_fit_is_refused():
    with pytest.raises(CalibrateError, match="use the dataset adapter voc_segmentation"):
        MeanIou().score(ClassMap(np.zeros((2, 2), int)), ClassLabel(1), FACTS)
    with pytest.raises(CalibrateError, match="class ids are negative"):
        MeanIou().score(
            ClassMap(np.full((2, 2), -1)), MaskTarget(np.zeros((2, 2), np.uint8)), FACTS
        )


@pytest.mark.zoo
@pytest.mark.slow
def test_equals_the_zoos_figures(zoo):
    ov = pytest.importorskip("openvino")
    folder = zoo / "data" / "voc_dev"
    options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2}
    path = zoo / "models" / "voc21_deeplabv3_mnv2" / "model.xml"
    model = ov.Core().compile_model(path, "CPU", options)
    iou, accuracy = MeanIou(), PixelAccuracy()
    evidence = []
    for name in (folder / "ImageSets" / "Segmentation" / "val.txt").read_text().split():
        image = Image.open(folder / "JPEGImages" / f"{name}.jpg").convert("RGB")
        resized = image.resize((513, 513), Image.Resampling.BILINEAR)
        output = model(np.asarray(resized, np.float32)[None] / 127.5 - 1)[0][0]
        mask = MaskTarget(np.asarray(Image.open(folder / "SegmentationClass" / f"{name}.png")))
        size = (image.height, image.width)
        facts = Facts(name, geometry=Geometry(*size, *size).resized(513, 513))
        evidence.append([metric.score(ClassMap(output), mask, facts) for metric in (iou, accuracy)])
    ones = np.ones((1, len(evidence)), np.int64)
    assert iou.aggregate([piece[0] for piece in evidence], ones)[0] == pytest.approx(
        0.5037, abs=5e-5
    )
    rights = accuracy.aggregate([piece[1] for piece in evidence], ones)[0]
    assert rights == pytest.approx(0.8928, abs=5e-5)
