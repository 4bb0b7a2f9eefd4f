"""What is said when prediction and target do not fit together."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.type_checks import (
    check_finite,
    check_label,
    check_shapes,
    place,
    unfit,
)

FACTS = Facts("a")
ONE = np.ones(1, np.float32)


@pytest.mark.parametrize(
    ("prediction", "target", "got", "hint"),
    [
        (
            ClassScores(ONE),
            LabelSet((0,)),
            "ClassScores with LabelSet",
            "use the dataset adapter image_folder or imagenet",
        ),
        (
            Values(ONE),
            LabelSet((0,)),
            "Values with LabelSet",
            "use the decoder classification or multilabel",
        ),
        (
            ClassScores(ONE),
            None,
            "ClassScores with nothing",
            "use the dataset adapter image_folder or imagenet",
        ),
        (
            Values(ONE),
            None,
            "Values with nothing",
            (
                "use the decoder classification or multilabel and use the dataset adapter "
                "image_folder, imagenet, csv or jsonl"
            ),
        ),
    ],
    ids=["target", "prediction", "unlabelled", "both"],
)
def test_unfit(prediction, target, got, hint):
    reads = [(ClassScores, ClassLabel), (LabelScores, LabelSet)]
    error = unfit("m", prediction, target, FACTS, reads=reads)
    known = "ClassScores with ClassLabel or LabelScores with LabelSet"
    assert str(error) == f"sample a: m compares {known}, and got {got}; {hint}"


def test_kinds_against_fp32_need_no_adapter():
    reads = [(ClassScores, ClassScores)]
    error = unfit("m", Values(ONE), Values(ONE), FACTS, reads=reads)
    assert error.hint == "use the decoder classification"
    error = unfit("m", ClassScores(ONE), Values(ONE), FACTS, reads=reads)
    assert error.hint == "choose another metric (calibrate list metrics)"


def test_place():
    assert place(FACTS) == "sample a"
    assert place(Facts("a", source="images/a.png")) == "sample a (images/a.png)"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_compare_with_nothing(value):
    check_finite("m", ONE, FACTS)
    with pytest.raises(CalibrateError, match="sample a: m: the prediction holds NaN or infinity"):
        check_finite("m", np.array([1, value]), FACTS)


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_without_a_score(label):
    check_label("m", 2, 3, FACTS)
    with pytest.raises(CalibrateError, match=f"label {label} does not fit the 3 classes"):
        check_label("m", label, 3, FACTS)


def test_shapes():
    check_shapes("m", (2, 3), (2, 3), FACTS)
    with pytest.raises(CalibrateError, match=r"has shape \[2, 3\], its target \[3, 2\]"):
        check_shapes("m", (2, 3), (3, 2), FACTS)
