import numpy as np
import pytest

from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values

NAMES = ("person", "dog", "cat", "")
A, B, C = [0, 0, 10, 10], [20, 20, 40, 40], [100, 100, 120, 130]


def boxes(*found):
    """Each as place, score, class."""
    places = np.array([place for place, _, _ in found], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in found], np.float32)
    return Detections(places, scores, np.array([label for *_, label in found], np.int64))


def moved(place, by):
    return [side + by for side in place]


@pytest.mark.parametrize(
    ("fp32", "other", "text", "amount"),
    [
        ([(A, 0.9, 0)], [(A, 0.9, 0)], None, None),
        ([(A, 0.9, 0)], [(moved(A, 1), 0.4, 0)], None, None),
        ([], [], None, None),
        ([(A, 0.2, 0)], [], None, None),  # nobody was sure of it
        ([(A, 0.31, 0)], [(A, 0.29, 0)], None, None),  # near the threshold on both sides
        ([(A, 0.9, 0)], [], "1 of 1 box lost: 1 person", 1.0),
        ([(A, 0.9, 0)], [(A, 0.1, 0)], "1 of 1 box lost: 1 person", 1.0),
        ([(A, 0.9, 0), (B, 0.8, 1)], [(A, 0.9, 0)], "1 of 2 boxes lost: 1 dog", 0.5),
        (
            [(A, 0.9, 0), (B, 0.8, 1)],
            [(A, 0.9, 2), (B, 0.8, 1)],
            "1 of 2 boxes lost: 1 person; 1 new: 1 cat",
            2 / 3,
        ),
        ([(A, 0.9, 0)], [(moved(A, 8), 0.9, 0)], "1 of 1 box lost: 1 person; 1 new: 1 person", 1.0),
        ([], [(C, 0.5, 3), (A, 0.5, 7)], "2 new: 1 class 3, 1 class 7", 1.0),
        # One box is the partner of one box.
        ([(A, 0.9, 0), (moved(A, 1), 0.8, 0)], [(A, 0.9, 0)], "1 of 2 boxes lost: 1 person", 0.5),
    ],
)
def test_boxes(fp32, other, text, amount):
    difference = boxes(*fp32).difference(boxes(*other), NAMES)
    assert (difference and difference.text) == text
    assert (difference and difference.amount) == (amount and pytest.approx(amount))


def test_of_many_classes_some_are_named():
    places = [moved(A, 50 * number) for number in range(6)]
    fp32 = boxes(*((place, 0.9, number % 5) for number, place in enumerate(places)))
    difference = fp32.difference(boxes(), ())
    assert difference.text == "6 of 6 boxes lost: 2 class 0, 1 class 1, 1 class 2 and 2 more"


def grid(*rows):
    return ClassMap(np.array(rows, np.uint8))


def test_pixels():
    before = grid([0, 0, 0, 0], [1, 1, 1, 1])
    assert before.difference(grid([0, 0, 0, 0], [1, 1, 1, 1]), NAMES) is None
    difference = before.difference(grid([0, 0, 0, 1], [1, 1, 2, 2]), NAMES)
    assert difference.amount == 3 / 8
    assert (
        difference.text == "38 % of the pixels: dog became cat on 25 %, person became dog on 12 %"
    )


def test_few_pixels():
    before = np.zeros((100, 100), np.uint8)
    after = before.copy()
    after[0, :3] = 1
    assert ClassMap(before).difference(ClassMap(after), NAMES).text == (
        "0.03 % of the pixels: person became dog on 0.03 %"
    )


def test_labels():
    before = LabelScores(np.array([0.9, 0.8, 0.1], np.float32))
    assert before.difference(LabelScores(np.array([0.5, 0.6, 0.4], np.float32)), NAMES) is None
    difference = before.difference(LabelScores(np.array([0.9, 0.3, 0.7], np.float32)), NAMES)
    assert (difference.text, difference.amount) == ("lost: dog; new: cat", pytest.approx(2 / 3))


def test_tokens():
    before = TokenScores(np.log(np.array([[0.9, 0.1], [0.4, 0.6]], np.float32)))
    after = TokenScores(np.log(np.array([[0.8, 0.2], [0.6, 0.4]], np.float32)))
    assert before.difference(before, ()) is None
    difference = before.difference(after, ())
    assert (difference.text, difference.amount) == ("1 of 2 tokens", 0.5)


def test_images():
    before = ImageOutput(np.full((2, 2), 100, np.float32))
    assert before.difference(ImageOutput(before.image + 0.3), ()) is None
    after = before.image.copy()
    after[0, 0] = 108
    difference = before.difference(ImageOutput(after), ())
    assert difference.text == "2.0 of 255 levels on average, 8 at most"


def test_values():
    before = Values(np.array([1.0, -4.0], np.float32))
    assert before.difference(before, ()) is None
    difference = before.difference(Values(np.array([1.5, -4.0], np.float32)), ())
    assert (difference.text, difference.amount) == ("1 became 1.5", 0.125)


def test_kinds_without_words():
    scores = ClassScores(np.array([0.5, 0.5], np.float32))
    assert scores.difference(scores, ()) is None
    raw = RawOutputs({"x": np.zeros(3)})
    assert raw.difference(raw, ()) is None


def test_boxes_to_draw():
    before = Detections(
        np.array([[0, 0, 4, 4], [10, 10, 20, 20]], np.float32),
        np.array([0.9, 0.8], np.float32),
        np.array([0, 1]),
    )
    after = Detections(
        np.array([[0, 0, 4, 4], [30, 30, 40, 40]], np.float32),
        np.array([0.9, 0.8], np.float32),
        np.array([0, 1]),
    )
    drawn = before.difference(after, ["cat", "dog"]).boxes
    assert [(box.change, box.text, box.corners) for box in drawn] == [
        ("kept", "0 (cat)", (0, 0, 4, 4)),
        ("lost", "1 (dog)", (10, 10, 20, 20)),
        ("new", "1 (dog)", (30, 30, 40, 40)),
    ]
