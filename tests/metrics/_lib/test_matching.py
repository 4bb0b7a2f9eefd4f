"""Which detections find an object, case by case."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet
from calibrate.core.predictions.detections import Detections
from calibrate.metrics._lib.matching import (
    FALSE_POSITIVE,
    IGNORED,
    TRUE_POSITIVE,
    evidence_of,
    match_coco,
    match_voc,
    tie_rank,
)

F, T, I = FALSE_POSITIVE, TRUE_POSITIVE, IGNORED  # noqa: E741  # the column of a table
A, NEAR_A, B = (0, 0, 100, 100), (0, 0, 100, 80), (200, 0, 300, 100)


def objects(*boxes, crowd=None, areas=None):
    count = len(boxes)
    array = np.array(boxes, np.float32).reshape(-1, 4)
    sizes = (array[:, 2:] - array[:, :2]).prod(1)
    return BoxSet(
        boxes=array,
        labels=np.ones(count, np.int64),
        difficult=np.zeros(count, bool),
        crowd=np.array(crowd or [False] * count, bool),
        areas=sizes if areas is None else np.array(areas, np.float32),
    )


def detections(*boxes):
    """Best first."""
    count = len(boxes)
    scores = np.linspace(0.9, 0.1, count).astype(np.float32)
    return Detections(np.array(boxes, np.float32), scores, np.ones(count, np.int64))


@pytest.mark.parametrize(
    ("detections", "truth", "area", "expected"),
    [
        (detections(A, A), objects(A), (0, 1e10), [[T, T], [F, F]]),
        # IoU 0.8: enough at the first threshold only; the second then finds what is free.
        (detections(NEAR_A, A), objects(A), (0, 1e10), [[T, F], [F, T]]),
        (detections(A, B), objects(A, B, crowd=[False, True]), (0, 1e10), [[T, T], [I, I]]),
        # A crowd region matches as often as it is met.
        (detections(B, B), objects(B, crowd=[True]), (0, 1e10), [[I, I], [I, I]]),
        # A crowd counts the part of the detection that it covers: all of it here.
        (detections((210, 10, 220, 20)), objects(B, crowd=[True]), (0, 1e10), [[I, I]]),
        # An object outside the range is met, not counted; so is a detection that finds nothing.
        (detections(A, B), objects(A), (0, 100), [[I, I], [I, I]]),
        (detections(A), objects(A, areas=[50]), (0, 100), [[T, T]]),
        # Where both fit, the object that counts is taken, though the other overlaps more.
        (detections(A), objects(NEAR_A, A, areas=[50, 5000]), (0, 100), [[T, I]]),
        (detections(A), objects(), (0, 1e10), [[F, F]]),
    ],
)
def test_coco(detections, truth, area, expected):
    thresholds = np.array([0.5, 0.9])
    kept, outcomes, counted = match_coco(
        detections, truth, thresholds=thresholds, max_detections=100, area=area
    )
    assert kept.tolist() == list(range(len(expected)))
    assert outcomes.tolist() == expected
    sizes = (truth.areas >= area[0]) & (truth.areas <= area[1])
    assert counted.tolist() == (sizes & ~truth.crowd).tolist()


@pytest.mark.parametrize(
    ("detections", "truth", "ignored", "expected"),
    [
        (detections(A, A, B), objects(A), [False], [[T], [F], [F]]),
        (detections(A, A, B), objects(A), [True], [[I], [I], [F]]),
        (detections(NEAR_A, A), objects(A, NEAR_A), [False, False], [[T], [T]]),
        (detections(B), objects(A), [False], [[F]]),
    ],
)
def test_voc(detections, truth, ignored, expected):
    _, outcomes = match_voc(
        detections, truth, threshold=0.5, include_boundaries=False, ignored=np.array(ignored)
    )
    assert outcomes.tolist() == expected


def test_tie_rank_orders_numbers_as_numbers_and_names_reproducibly():
    assert tie_rank("9") < tie_rank("10") < tie_rank("000011")
    assert tie_rank("images/a.png") == tie_rank("images/a.png") != tie_rank("images/b.png")


def test_evidence_leaves_out_what_never_counts():
    outcomes = np.array([[T, F], [I, I], [I, F]], np.uint8)
    evidence = evidence_of(detections(A, B, A), np.arange(3), outcomes, np.array([1, 2]), "7")
    assert evidence["outcomes"].tolist() == [[T, F], [I, F]]
    assert evidence["scores"] == pytest.approx([0.9, 0.1])
    assert evidence["order"].tolist() == [7.0]
