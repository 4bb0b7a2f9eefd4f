"""Steps and decoders on real models: FP32 figures are those of the zoo's README."""

import numpy as np
import pytest
from PIL import Image

from calibrate.core.masks import mask_at_input
from calibrate.core.sample import Item, image_sample
from calibrate.decoders.classification import Classification
from calibrate.decoders.segmentation import Segmentation
from calibrate.decoders.super_resolution import SuperResolution
from calibrate.preprocessing.crop import Crop
from calibrate.preprocessing.grayscale import Grayscale
from calibrate.preprocessing.normalization import Normalization
from calibrate.preprocessing.resize import Resize

pytestmark = pytest.mark.zoo


def _compile(model):
    ov = pytest.importorskip("openvino")
    return ov.Core().compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    )


def _decoded(path, steps):
    with Image.open(path) as image:
        sample = image_sample(Item(path.name, path), np.asarray(image.convert("RGB")))
    for step in steps:
        sample = step(sample)
    return sample


def _top_1(compiled, folder, steps):
    hits = []
    for line in (folder / "val.txt").read_text().splitlines():
        name, label = line.split()
        sample = _decoded(folder / name, steps)
        tensor = np.ascontiguousarray(sample.image.transpose(2, 0, 1)[None])
        outputs = {"scores": compiled([tensor])[0][0]}
        scores = Classification().predict(outputs, sample.facts()).scores
        assert scores.sum() == pytest.approx(1, abs=1e-4)
        hits.append(int(scores.argmax()) == int(label))
    return 100 * np.mean(hits)


@pytest.mark.parametrize(
    ("model", "data", "steps", "expected"),
    [
        (
            "imagenet_mobilenet_v1_0.75_224",
            "imagenet_dev",
            [Resize(shorter_side=256), Crop(size=224), Normalization(preset="tf")],
            86.0,
        ),
        ("cifar10_resnet20", "cifar10_dev", [Normalization(preset="imagenet")], 91.0),
    ],
)
def test_classification(zoo, model, data, steps, expected):
    ov = pytest.importorskip("openvino")
    compiled = _compile(ov.convert_model(zoo / "models" / model / "model.onnx"))
    assert _top_1(compiled, zoo / "data" / data, steps) == pytest.approx(expected, abs=1e-9)


def test_super_resolution(zoo):
    ov = pytest.importorskip("openvino")
    model = ov.Core().read_model(zoo / "models" / "sr_espcn_x3" / "model.pb")
    model.reshape([1, 96, 96, 1])
    compiled = _compile(model)
    values = []
    for path in sorted((zoo / "data" / "coco_dev" / "images").iterdir()):
        whole = _decoded(path, [Grayscale()])
        if min(whole.image.shape[:2]) < 288:
            continue
        large = Crop(size=288)(whole)
        small = Normalization(preset="unit")(Resize(size=96, interpolation="bicubic")(large))
        outputs = {"image": compiled([small.image[None]])[0][0]}
        made = SuperResolution().predict(outputs, small.facts()).image
        inside = (slice(5, -5), slice(5, -5))
        error = np.mean((made[inside] - large.image[:, :, 0].astype(np.float64)[inside]) ** 2)
        values.append(10 * np.log10(255**2 / error))
    # The zoo's figure is of the first 98 crops.
    assert np.mean(values[:98]) == pytest.approx(25.36, abs=0.005)


@pytest.mark.slow
def test_segmentation(zoo):
    compiled = _compile(zoo / "models" / "voc21_deeplabv3_mnv2" / "model.xml")
    folder = zoo / "data" / "voc_dev"
    steps = [Resize(size=513), Normalization(preset="tf")]
    confusion = np.zeros((21, 21), np.int64)
    for name in (folder / "ImageSets/Segmentation/val.txt").read_text().split():
        sample = _decoded(folder / "JPEGImages" / f"{name}.jpg", steps)
        outputs = {"classes": compiled([sample.image[None]])[0][0]}
        predicted = Segmentation().predict(outputs, sample.facts()).mask
        with Image.open(folder / "SegmentationClass" / f"{name}.png") as image:
            mask = mask_at_input(np.asarray(image), sample.geometry, predicted.shape, 255)
        known = mask != 255
        pairs = mask[known].astype(np.int64) * 21 + predicted[known]
        confusion += np.bincount(pairs, minlength=21 * 21).reshape(21, 21)
    hits, present = np.diag(confusion), confusion.sum(axis=1) > 0
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - hits
    assert 100 * np.mean(hits[present] / union[present]) == pytest.approx(50.37, abs=0.05)
    assert 100 * hits.sum() / confusion.sum() == pytest.approx(89.28, abs=0.02)
