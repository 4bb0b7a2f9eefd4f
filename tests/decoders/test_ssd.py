import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.ssd import Ssd
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 200, 100, 200).resized(300, 300), source="7.jpg")
LIST = np.array(
    [
        [0, 3, 0.9, 0.1, 0.2, 0.5, 0.6],
        [0, 1, 0.6, -0.1, 0.0, 0.5, 1.5],
        [-1, np.nan, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0, 5, 0.8, 0.0, 0.0, 1.0, 1.0],
    ],
    np.float32,
)


@pytest.mark.parametrize("shape", [(1, 4, 7), (4, 7)])
def test_the_list_ends_at_image_id_minus_one(shape):
    prediction = Ssd().predict({"detection_out": LIST.reshape(shape)}, FACTS)
    np.testing.assert_allclose(prediction.boxes, [[20, 20, 100, 60], [0, 0, 100, 100]], atol=1e-3)
    np.testing.assert_allclose(prediction.scores, [0.9, 0.6])
    assert prediction.labels.tolist() == [3, 1]


def test_boxes_in_pixels():
    pixels = LIST[:1] * np.array([1, 1, 1, 300, 300, 300, 300], np.float32)
    prediction = Ssd(relative_boxes=False).predict({"out": pixels}, FACTS)
    np.testing.assert_allclose(prediction.boxes, [[20, 20, 100, 60]], atol=1e-3)


@pytest.mark.parametrize("rows", [LIST[2:], LIST[:0]])
def test_nothing_found(rows):
    prediction = Ssd().predict({"out": rows[None]}, FACTS)
    assert prediction.boxes.shape == (0, 4)
    assert prediction.labels.dtype == np.int64


def test_several_images():
    rows = LIST[:2].copy()
    rows[1, 0] = 1
    with pytest.raises(CalibrateError) as caught:
        Ssd().predict({"out": rows[None]}, FACTS)
    assert str(caught.value) == (
        "7.jpg: output 'out' holds detections of several images; use a batch of 1"
    )


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"out": (1, 1, 100, 7)}, None),
        ({"out": (1, 1, -1, 7), "other": (1, 9)}, None),
        (
            {"out": (1, 100, 6)},
            (
                "no output can be the detections, which are [1, *, 7] or [*, 7]; "
                "the model's outputs without the batch: 'out' [100, 6]"
            ),
        ),
    ],
)
def test_problems(shapes, message):
    assert list(Ssd().problems(shapes)) == ([] if message is None else [message])


def test_contract():
    outputs = {"out": LIST[None, [0, 1]]}
    changed = outputs["out"].copy()
    changed[..., 2:] *= np.float32(0.95)
    check_decoder(Ssd(), outputs, FACTS, changed={"out": changed})
