import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_v5 import YoloV5
from calibrate.errors import CalibrateError

ANCHORS = (((10, 20), (30, 15)), ((60, 40), (90, 90)))
FIELDS = {
    "classes": 3,
    "strides": (8, 16),
    "anchors": ANCHORS,
    "nms_threshold": None,
    "keep_top_k": 1000,
    "score_threshold": 0.0,
}
FACTS = Facts("7", geometry=Geometry(32, 48, 32, 48), source="7.jpg")
GENERATOR = np.random.default_rng(0)
# [A, 5 + C, H, W], an input of 48 x 32.
FINE = GENERATOR.normal(size=(2, 8, 4, 6)).astype(np.float32)
COARSE = GENERATOR.normal(size=(2, 8, 2, 3)).astype(np.float32)


def channels(head):
    return head.reshape(-1, *head.shape[2:])


def last(head):
    return np.ascontiguousarray(channels(head).transpose(1, 2, 0))


def by_anchor(head):
    return np.ascontiguousarray(head.transpose(0, 2, 3, 1))


def arrays(decoder, outputs):
    prediction = decoder.predict(outputs, FACTS)
    return np.concatenate(
        [prediction.boxes, prediction.scores[:, None], prediction.labels[:, None]], axis=1
    )


def test_every_layout_of_the_heads_reads_the_same():
    decoder = YoloV5(**FIELDS)
    first = arrays(decoder, {"a": channels(FINE), "b": channels(COARSE)})
    assert len(first) == 2 * (24 + 6) * 3
    for layout in (channels, last, by_anchor):
        for order in (("a", "b"), ("b", "a")):
            outputs = dict(zip(order, (layout(FINE), layout(COARSE)), strict=True))
            assert np.array_equal(arrays(decoder, outputs), first)


def test_rows_are_taken_before_heads_and_read_in_both_directions():
    decoder = YoloV5(**FIELDS)
    rows = np.array([[20, 10, 8, 4, 0.5, 0.9, 0.0, 0.1]], np.float32)
    heads = {"a": channels(FINE), "b": channels(COARSE)}
    for outputs in ({"out": rows}, {"out": rows.T.copy()}, {**heads, "out": rows}):
        prediction = decoder.predict(outputs, FACTS)
        np.testing.assert_allclose(prediction.boxes[0], [16, 8, 24, 12], atol=1e-4)
        np.testing.assert_allclose(prediction.scores, [0.45, 0.05], atol=1e-6)
        assert prediction.labels.tolist() == [0, 2]
    assert len(arrays(YoloV5(**FIELDS, layout="heads"), {**heads, "out": rows})) == 180
    relative = YoloV5(**FIELDS, relative_boxes=True)
    small = rows * np.array([1 / 48, 1 / 32, 1 / 48, 1 / 32, 1, 1, 1, 1], np.float32)
    np.testing.assert_allclose(
        relative.predict({"out": small}, FACTS).boxes[0], [16, 8, 24, 12], atol=1e-4
    )


def test_heads_by_name():
    decoder = YoloV5(**FIELDS, outputs=("x", "y"))
    more = {"x": channels(FINE), "y": channels(COARSE), "z": channels(FINE)}
    first = arrays(YoloV5(**FIELDS), {"a": channels(FINE), "b": channels(COARSE)})
    assert np.array_equal(arrays(decoder, more), first)


@pytest.mark.parametrize(
    ("fields", "shapes", "message"),
    [
        ({}, {"a": (1, 16, 4, 6), "b": (1, 16, 2, 3)}, None),
        ({}, {"a": (1, 16, -1, -1), "b": (1, 16, -1, -1)}, None),
        ({}, {"out": (1, 100, 8)}, None),
        (
            {"classes": 5},
            {"a": (1, 16, 4, 6), "b": (1, 16, 2, 3)},
            (
                "strides [8, 16] need 2 heads of [20, *, *] or [*, *, 20] or [2, *, *, 10], "
                "and 0 outputs are such; check `classes` and `strides`; "
                "the model's outputs without the batch: 'a' [16, 4, 6], 'b' [16, 2, 3]"
            ),
        ),
        (
            {"layout": "rows"},
            {"a": (1, 16, 4, 6)},
            (
                "no output can be the rows, which are [*, 8] or [8, *]; "
                "the model's outputs without the batch: 'a' [16, 4, 6]"
            ),
        ),
    ],
)
def test_problems(fields, shapes, message):
    result = YoloV5(**{**FIELDS, **fields}).problems(shapes)
    assert list(result) == ([] if message is None else [message])


def test_strides_that_do_not_fit_the_grids():
    with pytest.raises(CalibrateError, match="a head of 2 x 3 cells at stride 32 does not fit"):
        YoloV5(**{**FIELDS, "strides": (8, 32)}).predict(
            {"a": channels(FINE), "b": channels(COARSE)}, FACTS
        )


def test_a_set_of_anchors_a_stride():
    with pytest.raises(ValidationError, match="3 strides need as many sets of anchors"):
        YoloV5(anchors=ANCHORS)
