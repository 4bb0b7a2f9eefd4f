"""Detectors on real models: FP32 figures are those of the zoo's README."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from PIL import Image

from calibrate.core.sample import Item, image_sample
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.fastestdet import FastestDet
from calibrate.decoders.ssd import Ssd

pytestmark = [pytest.mark.zoo, pytest.mark.slow]


def _average_precision(truth, found):
    """AP and AP50 in per cent, by pycocotools."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    with redirect_stdout(StringIO()):
        annotations = coco.COCO(str(truth))
        judged = evaluation.COCOeval(annotations, annotations.loadRes(found), "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return 100 * judged.stats[0], 100 * judged.stats[1]


def _matches(detections, image):
    sizes = detections.boxes[:, 2:] - detections.boxes[:, :2]
    rows = np.concatenate([detections.boxes[:, :2], sizes], axis=1).tolist()
    labelled = zip(rows, detections.scores.tolist(), detections.labels.tolist(), strict=True)
    return [
        {"image_id": image, "category_id": label, "bbox": box, "score": score}
        for box, score, label in labelled
    ]


def _ssd(pixels):
    return (pixels / 127.5 - 1)[None]


def _fastestdet(pixels):
    return np.ascontiguousarray((pixels[:, :, ::-1] / 255).transpose(2, 0, 1)[None])


# The README's figures for SSD suppress boxes that were clipped to the image; DetectionOutput in
# the model does so before they are.
@pytest.mark.parametrize(
    ("model", "side", "tensor", "decoder", "expected"),
    [
        (
            "coco_ssd_mobilenet_v1/model.xml",
            300,
            _ssd,
            BoxesScores(nms_threshold=0.6, label_map="coco_80_to_91"),
            (25.17, 40.30),
        ),
        ("coco_ssd_mobilenet_v1/model_detection_output.xml", 300, _ssd, Ssd(), (25.18, 40.32)),
        (
            "coco_fastestdet/model.onnx",
            352,
            _fastestdet,
            FastestDet(label_map="coco_80_to_91"),
            (20.75, 35.43),
        ),
    ],
)
def test_average_precision(zoo, model, side, tensor, decoder, expected):
    ov = pytest.importorskip("openvino")
    compiled = ov.compile_model(
        ov.convert_model(zoo / "models" / model)
        if model.endswith(".onnx")
        else ov.Core().read_model(zoo / "models" / model),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    calls = []
    for path in sorted((zoo / "data" / "coco_dev" / "images").iterdir()):
        with Image.open(path) as image:
            sample = image_sample(Item(path.name, path), np.asarray(image.convert("RGB")))
            small = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
        results = compiled([tensor(np.asarray(small, np.float32)).astype(np.float32)])
        outputs = {port.any_name: values[0] for port, values in results.items()}
        geometry = sample.geometry
        assert geometry is not None
        facts = sample.with_image(sample.image, geometry.resized(side, side)).facts()
        calls += _matches(decoder.predict(outputs, facts), int(path.stem))
    truth = zoo / "data" / "coco_dev" / "annotations" / "instances.json"
    assert _average_precision(truth, calls) == pytest.approx(expected, abs=0.006)
