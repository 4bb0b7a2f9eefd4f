import numpy as np
import pytest

from calibrate.core.boxes import from_centres
from calibrate.decoders._lib.detection_divergence import (
    KEPT,
    dense_divergence,
    dense_signature,
    listed_divergence,
    listed_signature,
)


def made(count, classes, seed=0):
    generator = np.random.default_rng(seed)
    centres = generator.uniform(0.2, 0.8, (count, 4)).astype(np.float32)
    scores = generator.beta(0.3, 3.0, (count, classes)).astype(np.float32)
    return from_centres(centres), scores


def listed(*rows):
    values = np.array(rows, np.float32).reshape(-1, 6)
    return values[:, 2:], values[:, 1], values[:, 0].astype(np.int64)


CAR = (3, 0.8, 0.0, 0.0, 0.5, 0.5)
DOG = (7, 0.4, 0.5, 0.5, 1.0, 1.0)


def test_equal_is_zero():
    boxes, scores = made(500, 10)
    assert dense_divergence(dense_signature(boxes, scores), boxes, scores) == 0
    result = boxes[:200], scores[:200, 0], np.arange(200) % 7
    assert listed_divergence(listed_signature(*result), *result) == 0


def test_signatures_are_small_and_own_their_arrays():
    boxes, scores = made(8400, 80)
    signature = dense_signature(boxes, scores)
    assert sum(array.nbytes for array in signature.values()) < 2000
    before = {key: value.copy() for key, value in signature.items()}
    boxes[...] = 0
    scores[...] = 0
    assert all(np.array_equal(before[key], signature[key]) for key in before)
    assert signature["scores"].tolist() == sorted(signature["scores"].tolist(), reverse=True)


def test_one_pair_by_hand():
    boxes = np.array([[0, 0, 1, 1]], np.float32)
    signature = dense_signature(boxes, np.array([[0.8]], np.float32))
    # The score alone: p (p - q)^2.
    assert dense_divergence(signature, boxes, np.array([[0.5]], np.float32)) == pytest.approx(
        0.8 * 0.3**2, rel=1e-6
    )
    # The box too: half of it overlaps, s = 1 - 1/4.
    half = np.array([[0, 0, 0.5, 1]], np.float32)
    expected = 0.75 * 0.8 * 0.3**2 + 0.25 * (0.8**3 + 0.5**3)
    assert dense_divergence(signature, half, np.array([[0.5]], np.float32)) == pytest.approx(
        expected, rel=1e-6
    )


def test_what_the_other_model_makes_up_counts_above_what_was_kept():
    boxes = np.tile(np.array([[0, 0, 1, 1]], np.float32), (KEPT + 1, 1))
    scores = np.full((KEPT + 1, 1), 0.5, np.float32)
    scores[-1] = 0.1
    signature = dense_signature(boxes, scores)
    scores[-1] = 0.9
    assert dense_divergence(signature, boxes, scores) == pytest.approx(0.9 * 0.4**2, rel=1e-6)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([CAR, DOG], 0.0),
        ([DOG, CAR], 0.0),
        ([CAR], 0.4**3),
        ([], 0.8**3 + 0.4**3),
        ([CAR, DOG, (3, 0.2, 0.0, 0.0, 0.5, 0.5)], 0.2**3),
        ([CAR, (7, 0.3, 0.5, 0.5, 1.0, 1.0)], 0.4 * 0.1**2),
        # Another class is no partner.
        ([CAR, (8, 0.4, 0.5, 0.5, 1.0, 1.0)], 2 * 0.4**3),
        # Nor is a box that lies elsewhere.
        ([CAR, (7, 0.4, 0.0, 0.0, 0.2, 0.2)], 2 * 0.4**3),
        # Half of the box: s = 3/4.
        ([CAR, (7, 0.4, 0.5, 0.5, 1.0, 0.75)], 0.25 * 2 * 0.4**3),
    ],
)
def test_lists_by_hand(found, expected):
    signature = listed_signature(*listed(CAR, DOG))
    assert listed_divergence(signature, *listed(*found)) == pytest.approx(expected, rel=1e-5)


def test_objects_are_paired_such_that_the_sum_is_least():
    first = listed((1, 0.9, 0.0, 0.0, 0.4, 1.0), (1, 0.8, 0.2, 0.0, 0.6, 1.0))
    # The best detection of the other model lies on FP32's second.
    second = listed((1, 0.81, 0.2, 0.0, 0.6, 1.0), (1, 0.79, 0.0, 0.0, 0.4, 1.0))
    expected = 0.9 * 0.11**2 + 0.8 * 0.01**2
    assert listed_divergence(listed_signature(*first), *second) == pytest.approx(expected, rel=1e-4)


def test_the_end_of_a_long_list_is_not_made_up():
    boxes, scores = made(200, 1, seed=3)
    order = np.argsort(-scores[:, 0])
    labels = np.arange(200) % 5
    signature = listed_signature(boxes, scores[:, 0], labels)
    # Two detections at the edge of what is kept change places.
    swapped = scores[:, 0].copy()
    swapped[order[[KEPT - 1, KEPT]]] = swapped[order[[KEPT, KEPT - 1]]]
    gap = float(abs(swapped - scores[:, 0]).max())
    assert listed_divergence(signature, boxes, swapped, labels) <= 4 * gap**2


def test_empty_lists():
    nothing = listed()
    assert listed_divergence(listed_signature(*nothing), *nothing) == 0
    assert listed_divergence(listed_signature(*nothing), *listed(CAR)) == pytest.approx(0.8**3)
    empty = np.zeros((0, 4), np.float32), np.zeros((0, 5), np.float32)
    assert dense_divergence(dense_signature(*empty), *empty) == 0


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_grows_with_the_square_of_small_changes(factor):
    boxes, scores = made(300, 3)
    generator = np.random.default_rng(1)
    shift = generator.normal(0, 2e-3, boxes.shape).astype(np.float32)
    change = generator.normal(0, 2e-3, scores.shape).astype(np.float32)
    signature = dense_signature(boxes, scores)
    small = dense_divergence(signature, boxes + shift, scores + change)
    other = dense_divergence(signature, boxes + factor * shift, scores + factor * change)
    assert other / small == pytest.approx(factor**2, rel=0.1)


def test_independent_damages_add_up():
    boxes, scores = made(1000, 10)
    generator = np.random.default_rng(2)
    signature = dense_signature(boxes, scores)
    shifts = generator.normal(0, 0.01, (2, *boxes.shape)).astype(np.float32)
    changes = generator.normal(0, 0.02, (2, *scores.shape)).astype(np.float32)
    alone = [
        dense_divergence(signature, boxes + shift, scores + change)
        for shift, change in zip(shifts, changes, strict=True)
    ]
    both = dense_divergence(signature, boxes + shifts.sum(0), scores + changes.sum(0))
    assert sum(alone) == pytest.approx(both, rel=0.25)
