import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calibrate.core.boxes import iou
from calibrate.decoders._lib.nms import NmsRule, best_first, select, suppress


def plain_overlap(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def plain_select(boxes, scores, rule):
    """The textbook loop: take the best, drop what overlaps it, go on."""
    kept = []
    for label in range(scores.shape[1]):
        rows = [i for i in range(len(boxes)) if scores[i, label] > rule.score_threshold]
        rows.sort(key=lambda i: (-scores[i, label], i))
        rows = rows[: rule.max_per_class]
        while rows:
            best = rows.pop(0)
            kept.append((best, label))
            if rule.nms_threshold is not None:
                rows = [
                    i for i in rows if plain_overlap(boxes[best], boxes[i]) <= rule.nms_threshold
                ]
    kept.sort(key=lambda pair: -scores[pair])
    return kept[: rule.keep_top_k]


@st.composite
def scored_boxes(draw):
    count = draw(st.integers(0, 25))
    low = draw(arrays(np.float32, (count, 2), elements=st.integers(0, 12).map(float)))
    size = draw(arrays(np.float32, (count, 2), elements=st.integers(0, 8).map(float)))
    # Few distinct scores, so that ties are common.
    scores = draw(arrays(np.float32, (count, 3), elements=st.integers(0, 16).map(lambda i: i / 16)))
    return np.concatenate([low, low + size], axis=1), scores


rules = st.builds(
    NmsRule,
    score_threshold=st.sampled_from([0.0, 0.25]),
    # No ratio of the small whole areas above lies within rounding of these thresholds.
    nms_threshold=st.sampled_from([None, 0.0, 0.3003, 0.5003, 0.8003]),
    max_per_class=st.sampled_from([3, 400, None]),
    keep_top_k=st.sampled_from([1, 5, 200]),
)


@settings(max_examples=150, deadline=None)
@given(scored_boxes(), rules)
def test_equals_the_textbook_loop(case, rule):
    boxes, scores = case
    kept = select(boxes, scores, rule)
    assert list(zip(kept.index.tolist(), kept.label.tolist(), strict=True)) == plain_select(
        boxes, scores, rule
    )


@pytest.mark.parametrize("labels", [None, np.arange(2500) % 3])
def test_many_boxes_are_suppressed_as_few_are(labels):
    random = np.random.default_rng(0)
    low = random.uniform(0, 60, (2500, 2))
    boxes = np.concatenate([low, low + random.uniform(2, 9, (2500, 2))], axis=1).astype(np.float32)
    stays = suppress(boxes, 0.4, labels)
    for label in (None,) if labels is None else range(3):
        mine = np.arange(2500) if label is None else np.flatnonzero(labels == label)
        overlaps = np.triu(iou(boxes[mine], boxes[mine]) > 0.4, 1)
        for place, row in enumerate(mine):
            assert stays[row] == (not (overlaps[:place, place] & stays[mine[:place]]).any())


def test_the_tail_is_judged_where_few_survive():
    # 30 equal boxes leave one; the survivors stand far down the order.
    boxes = np.zeros((40, 4), np.float32)
    boxes[:, 2:] = 1
    boxes[30:] += np.arange(10, dtype=np.float32)[:, None] * 5 + 5
    scores = np.linspace(0.9, 0.1, 40, dtype=np.float32)[:, None]
    kept = select(boxes, scores, NmsRule(keep_top_k=4))
    assert kept.index.tolist() == [0, 30, 31, 32]


def test_a_chain_keeps_every_other_box():
    # Each box overlaps the next by 1/3 and no other: the first drops the second, which
    # therefore cannot drop the third.
    boxes = np.array([[i, 0, i + 2, 1] for i in range(40)], np.float32)
    assert suppress(boxes, 0.3).tolist() == [i % 2 == 0 for i in range(40)]
    assert suppress(boxes, 0.4).all()


def test_classes_do_not_suppress_each_other():
    boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 1]], np.float32)
    scores = np.array([[0.9, 0.2], [0.8, 0.7]], np.float32)
    kept = select(boxes, scores, NmsRule())
    assert kept.index.tolist() == [0, 1]
    assert kept.label.tolist() == [0, 1]


def test_the_threshold_itself_is_left_out():
    boxes = np.array([[0, 0, 1, 1]], np.float32)
    scores = np.array([[0.5]], np.float32)
    assert len(select(boxes, scores, NmsRule(score_threshold=0.5)).index) == 0


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (4, 3)])
def test_nothing_found(shape):
    kept = select(np.zeros((shape[0], 4), np.float32), np.zeros(shape, np.float32), NmsRule())
    assert len(kept.index) == len(kept.label) == 0


def test_of_equal_scores_the_earlier_is_first():
    assert best_first(np.array([0.5, 0.7, 0.5, 0.7], np.float32)).tolist() == [1, 3, 0, 2]


def test_labels_keep_classes_apart_as_class_by_class_suppression_does():
    generator = np.random.default_rng(0)
    low = generator.uniform(0, 20, (120, 2)).astype(np.float32)
    boxes = np.concatenate([low, low + 8], axis=1)
    labels = generator.integers(0, 5, 120)
    expected = np.zeros(120, np.bool_)
    for label in range(5):
        places = np.flatnonzero(labels == label)
        expected[places] = suppress(boxes[places], 0.3)
    assert suppress(boxes, 0.3, labels).tolist() == expected.tolist()
    assert 0 < expected.sum() < 120
