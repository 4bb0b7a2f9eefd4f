"""Every kind of prediction keeps the promises that metrics, records and reports rest on."""

from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

import calibrate
from calibrate.core.predictions import kinds
from calibrate.core.predictions.base import Confidence
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.kinds import PREDICTION_KINDS
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.predictions.poses import Poses
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.predictions.span import Span
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values
from calibrate.plugins import DECODERS

HALVES = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
BOXES = np.array([[0, 0, 10, 10], [20, 20, 40, 40]], np.float32)

EXAMPLES = {
    "ClassMap": ClassMap(np.array([[0, 1], [1, 1]], np.uint8)),
    "ClassScores": ClassScores(HALVES[1]),
    "Detections": Detections(BOXES, np.array([0.9, 0.8], np.float32), np.array([0, 1])),
    "Embedding": Embedding(HALVES[1]),
    "ImageOutput": ImageOutput(100 * HALVES),
    "InstanceMasks": InstanceMasks(
        BOXES, np.array([0.9, 0.8], np.float32), np.array([0, 1]), np.ones((2, 4, 1), np.uint8), 8
    ),
    "LabelScores": LabelScores(HALVES[1]),
    "OrientedBoxes": OrientedBoxes(
        BOXES, np.array([0.9, 0.8], np.float32), np.array([0, 1]), np.ones((2, 4, 2), np.float32)
    ),
    "Poses": Poses(
        BOXES, np.array([0.9, 0.8], np.float32), np.array([0, 1]), np.ones((2, 5, 3), np.float32)
    ),
    "RawOutputs": RawOutputs({"x": HALVES}),
    "ScoreMap": ScoreMap(HALVES),
    "Span": Span(np.array([3, 7]), 1.5, 0.5),
    "TokenScores": TokenScores(np.log(HALVES)),
    "Values": Values(HALVES[1]),
}


def test_every_file_of_a_kind_is_registered():
    files = {path.stem for path in Path(kinds.__file__).parent.glob("*.py")}
    modules = {kind.__module__.rpartition(".")[2] for kind in PREDICTION_KINDS.values()}
    assert (
        files - {"__init__", "base", "kinds", "several"} == modules
    )  # several: recorded head by head
    assert set(EXAMPLES) == set(PREDICTION_KINDS)


@pytest.mark.parametrize("name", PREDICTION_KINDS)
def test_a_kind_and_itself(name):
    kind, example = PREDICTION_KINDS[name], EXAMPLES[name]
    assert is_dataclass(kind)
    assert kind is type(example) is getattr(calibrate, name)
    assert set(kind.decoders) <= set(DECODERS)
    assert kind(**{part.name: getattr(example, part.name) for part in fields(kind)}) is not None
    assert example.describe(())
    assert example.difference(example, ()) is None
    assert all(np.isfinite(array).all() for array in example.arrays().values())
    if kind.has_decision:
        assert example.agreement(example, Confidence()) == 1.0
    else:
        with pytest.raises(TypeError, match=f"{name} makes no decision"):
            example.agreement(example, Confidence())


def test_only_one_class_an_image_is_an_answer():
    answers = {name: example.answer() for name, example in EXAMPLES.items()}
    assert answers.pop("ClassScores") == (1, 0.75)
    assert set(answers.values()) == {None}


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        # One of two boxes moved away: one pair of four boxes.
        ([[0, 0, 10, 10], [0, 0, 10, 10]], [[0, 0, 10, 10], [50, 50, 60, 60]], 0.5),
        ([[0, 0, 10, 10]], [], 0.0),
        ([], [], 1.0),
    ],
)
def test_boxes_agree_by_f1(mine, theirs, expected):
    def boxes(rows):
        count = len(rows)
        corners = np.array(rows, np.float32).reshape(-1, 4)
        return Detections(corners, np.full(count, 0.9, np.float32), np.zeros(count, np.int64))

    assert boxes(mine).agreement(boxes(theirs), Confidence()) == expected
    assert boxes(theirs).agreement(boxes(mine), Confidence()) == expected
