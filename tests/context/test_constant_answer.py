"""Each kind of annotation has a best answer that does not look at its sample."""

import numpy as np
import pytest

from calibrate.context.constant_answer import constant_answer
from calibrate.core.annotation import (
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    SeveralTargets,
    TokenTarget,
    ValueTarget,
)


def test_classes_by_frequency():
    answer = constant_answer([ClassLabel(2), ClassLabel(2), ClassLabel(0), ClassLabel(3)])
    assert answer is not None
    assert answer.words == "the most frequent class every time"
    assert answer.predict(ClassLabel(0)).scores.tolist() == [0.25, 0, 0.5, 0.25]


def test_labels_by_share_of_samples():
    answer = constant_answer([LabelSet((0, 2)), LabelSet(()), LabelSet((2,)), LabelSet((1, 2))])
    assert answer is not None
    assert answer.predict(LabelSet(())).scores.tolist() == [0.25, 0.25, 0.75]


def test_no_boxes():
    boxes = BoxSet(
        np.zeros((1, 4), np.float32),
        np.zeros(1, np.int64),
        np.zeros(1, np.bool_),
        np.zeros(1, np.bool_),
        np.zeros(1, np.float32),
    )
    answer = constant_answer([boxes])
    assert answer is not None
    assert answer.predict(boxes).boxes.shape == (0, 4)


def test_the_commonest_class_of_pixels_in_the_shape_of_each_mask():
    first = MaskTarget(np.array([[3, 3], [255, 255]], np.uint8))
    second = MaskTarget(np.array([[1, 3, 255]], np.uint8))
    answer = constant_answer([first, second])
    assert answer is not None
    assert answer.predict(second).mask.tolist() == [[3, 3, 3]]


def test_one_colour():
    target = ImageTarget(np.array([[0, 100], [200, 100]], np.uint8))
    answer = constant_answer([target])
    assert answer is not None
    assert answer.predict(target).image.tolist() == [[100, 100], [100, 100]]


def test_the_mean_of_numbers():
    targets = [ValueTarget(np.array([1, 10], np.float32)), ValueTarget(np.array([3, 20]))]
    answer = constant_answer(targets)
    assert answer is not None
    assert answer.predict(targets[0]).values.tolist() == [2, 15]


def test_tokens_by_frequency_at_every_position():
    target = TokenTarget(np.array([1, 1, 2, -100], np.int64))
    answer = constant_answer([target])
    assert answer is not None
    scores = answer.predict(target).scores
    assert scores.shape == (4, 3)
    assert np.exp(scores[3, 1:]) == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize(
    "annotations",
    [
        [None],
        ["a plugin's own"],
        [ClassLabel(0), LabelSet((1,))],
        [ValueTarget(np.zeros(1)), ValueTarget(np.zeros(2))],
        [TokenTarget(np.array([-100], np.int64))],
    ],
)
def test_unknown_and_mixed_kinds_have_none(annotations):
    assert constant_answer(annotations) is None


def test_each_of_several_heads_has_its_own():
    targets = [
        SeveralTargets({"kind": ClassLabel(number % 2), "age": ValueTarget(np.array([age]))})
        for number, age in enumerate((10.0, 20.0, 60.0))
    ]
    answer = constant_answer(targets)
    assert answer is not None
    assert answer.words == "the same for every head every time"
    heads = answer.predict(targets[0]).heads
    assert heads["kind"].scores.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert heads["age"].values.tolist() == [30]


@pytest.mark.parametrize(
    "other",
    [
        {"age": ClassLabel(1)},  # another head
        {"kind": LabelSet((0,))},  # another kind of annotation
    ],
)
def test_heads_that_differ_have_none(other):
    targets = [SeveralTargets({"kind": ClassLabel(0)}), SeveralTargets(other)]
    assert constant_answer(targets) is None


def test_an_annotation_of_another_kind_is_refused():
    answer = constant_answer([ImageTarget(np.zeros((2, 2), np.uint8))])
    assert answer is not None
    with pytest.raises(TypeError, match="ClassLabel among annotations of ImageTarget"):
        answer.predict(ClassLabel(0))
