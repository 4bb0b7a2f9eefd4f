"""Average precision of resampled sets against the plain loop over detections."""

import numpy as np
import pytest

from calibrate.metrics._lib import average_precision
from calibrate.metrics._lib.average_precision import Curve, mean_average_precision
from calibrate.metrics._lib.matching import FALSE_POSITIVE, IGNORED, TRUE_POSITIVE

COCO = Curve(np.linspace(0, 1, 101), 0.0 + np.spacing(1.0))
ELEVEN = Curve(np.arange(11) / 10, np.finfo(float).tiny)
AREA = Curve(None, np.finfo(float).tiny)


def image(rng, index, thresholds):
    count = int(rng.integers(0, 12))
    outcomes = rng.choice(
        [FALSE_POSITIVE, TRUE_POSITIVE, IGNORED], (count, thresholds), p=[0.5, 0.35, 0.15]
    )
    labels = rng.integers(0, 3, count)
    objects = np.concatenate([labels, rng.integers(0, 3, 2)])
    return {
        "labels": labels,
        "scores": np.round(rng.random(count), 1).astype(np.float32),
        "outcomes": outcomes.astype(np.uint8),
        "objects": objects,
        "order": np.array([float(index)]),
    }


def plain(images, curve):
    """Mean average precision, a detection at a time."""
    objects = np.concatenate([piece["objects"] for piece in images])
    values = []
    for label in np.unique(objects):
        total = np.count_nonzero(objects == label)
        for threshold in range(images[0]["outcomes"].shape[1]):
            rows = [
                (-score, outcome[threshold])
                for piece in images
                for name, score, outcome in zip(
                    piece["labels"], piece["scores"], piece["outcomes"], strict=True
                )
                if name == label and outcome[threshold] != IGNORED
            ]
            rows.sort(key=lambda row: row[0])
            hits = np.cumsum([outcome == TRUE_POSITIVE for _, outcome in rows])
            precision = hits / (np.arange(1, len(rows) + 1) + curve.guard)
            recall = hits / total
            best = [precision[i:].max() for i in range(len(rows))]
            if curve.recall_points is None:
                steps = np.diff(np.concatenate([[0], recall]))
                values.append(float((steps * best).sum()))
            else:
                reached = [np.flatnonzero(recall >= point) for point in curve.recall_points]
                values.append(np.mean([best[at[0]] if at.size else 0 for at in reached]))
    return np.mean(values)


@pytest.mark.parametrize("curve", [COCO, ELEVEN, AREA], ids=["101 points", "11 points", "area"])
@pytest.mark.parametrize("chunk", [1, 1_000_000])
def test_equals_the_plain_loop(curve, chunk, monkeypatch):
    monkeypatch.setattr(average_precision, "CHUNK_ELEMENTS", chunk)
    rng = np.random.default_rng(4)
    images = [image(rng, index, 3) for index in range(12)]
    counts = np.vstack([np.ones((1, 12), int), rng.integers(0, 2, (6, 12))])
    values = mean_average_precision(images, counts, curve)
    for value, drawn in zip(values, counts, strict=True):
        chosen = [piece for piece, times in zip(images, drawn, strict=True) if times]
        assert value == pytest.approx(plain(chosen, curve), abs=1e-12)


def test_sets_without_an_object_have_no_value():
    rng = np.random.default_rng(4)
    empty = {**image(rng, 0, 1), "objects": np.zeros(0, np.int64)}
    full = image(rng, 1, 1)
    values = mean_average_precision([empty, full], np.array([[3, 0], [0, 1], [0, 0]]), COCO)
    assert np.isnan(values).tolist() == [True, False, True]


def test_a_class_that_is_drawn_no_time_is_no_part_of_the_mean():
    def single(label, outcome):
        return {
            "labels": np.array([label]),
            "scores": np.array([0.5], np.float32),
            "outcomes": np.array([[outcome]], np.uint8),
            "objects": np.array([label]),
            "order": np.array([float(label)]),
        }

    images = [single(1, TRUE_POSITIVE), single(2, FALSE_POSITIVE)]
    values = mean_average_precision(images, np.array([[1, 1], [1, 0], [0, 1]]), AREA)
    assert values.tolist() == [0.5, 1.0, 0.0]
