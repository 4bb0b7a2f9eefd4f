import pytest

from calibrate.decoders._lib.output_roles import Role, assign, fits
from calibrate.errors import CalibrateError

BOXES = Role("boxes", "boxes_out", None, ((None, 4),), ("box",))
SCORES = Role("scores", "scores_out", None, ((None, None),), ("score",))


@pytest.mark.parametrize(
    ("shape", "pattern", "expected"),
    [
        ((100, 4), (None, 4), True),
        ((1, 100, 4), (None, 4), True),
        ((-1, -1), (None, 4), True),
        ((100, 5), (None, 4), False),
        ((2, 100, 4), (None, 4), False),
        ((4,), (None, 4), False),
        ((1, 4), (None, 4), True),
        ((1, 100, 7), (1, None, 7), True),
    ],
)
def test_fits(shape, pattern, expected):
    assert fits(shape, pattern) is expected


@pytest.mark.parametrize(
    ("shapes", "boxes_out", "expected"),
    [
        ({"a": (9, 4), "b": (9, 80)}, None, {"boxes": "a", "scores": "b"}),
        ({"b": (9, 80), "a": (9, 4)}, None, {"boxes": "a", "scores": "b"}),
        ({"a": (9, 4), "b": (9, 4)}, "b", {"boxes": "b", "scores": "a"}),
        ({"my_boxes": (9, 4), "x": (9, 4)}, None, {"boxes": "my_boxes", "scores": "x"}),
        ({"a": (9, 4), "scores": (9, 4)}, None, {"boxes": "a", "scores": "scores"}),
    ],
)
def test_assign(shapes, boxes_out, expected):
    boxes = Role("boxes", "boxes_out", boxes_out, BOXES.patterns, BOXES.words)
    assert assign(shapes, [boxes, SCORES]) == expected


@pytest.mark.parametrize(
    ("shapes", "boxes_out", "message"),
    [
        (
            {"a": (9, 4), "b": (9, 4)},
            None,
            "outputs 'a' and 'b' could each be the boxes; say which by boxes_out",
        ),
        (
            {"a": (9, 5)},
            None,
            (
                "no output can be the boxes, which are [*, 4]; "
                "the model's outputs without the batch: 'a' [9, 5]"
            ),
        ),
        (
            {"a": (9, 4)},
            None,
            (
                "no output can be the scores, which are [*, *]; "
                "the model's outputs without the batch: 'a' [9, 4]"
            ),
        ),
        (
            {"boxes": (9, 4), "b": (9, 80)},
            "boxs",
            "boxes_out: the model has no output 'boxs'; did you mean 'boxes'?",
        ),
        (
            {"q": (9, 4), "b": (9, 80)},
            "zzz",
            "boxes_out: the model has no output 'zzz'; its outputs: 'q' [9, 4], 'b' [9, 80]",
        ),
        (
            {"a": (9, 4), "b": (9, 80)},
            "b",
            "boxes_out: output 'b' of shape [9, 80] cannot be the boxes, which are [*, 4]",
        ),
    ],
)
def test_what_cannot_be_assigned(shapes, boxes_out, message):
    boxes = Role("boxes", "boxes_out", boxes_out, BOXES.patterns, BOXES.words)
    with pytest.raises(CalibrateError) as caught:
        assign(shapes, [boxes, SCORES])
    assert str(caught.value) == message
