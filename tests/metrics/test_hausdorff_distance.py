"""`hausdorff_distance` against scipy's distance between sets of points."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import cdist, directed_hausdorff

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.metrics.hausdorff_distance import HausdorffDistance

RNG = np.random.default_rng(0)


def ball(shape, centre, radius):
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return np.linalg.norm(grid - centre, axis=-1) <= radius


def score(metric, said, true):
    return metric.score(ClassMap(said.astype(int)), MaskTarget(true.astype(int)), Facts("a"))


@pytest.mark.parametrize("spacing", [None, (2.0, 0.5, 1.0)])
@pytest.mark.parametrize("percentile", [100.0, 95.0])
def test_against_scipy(spacing, percentile):
    shape, scale = (14, 15, 16), np.array(spacing or (1, 1, 1))
    said, true = ball(shape, (6, 7, 8), 4), ball(shape, (7, 9, 7), 5)
    first, second = (np.argwhere(m & ~binary_erosion(m)) * scale for m in (said, true))
    distances = cdist(first, second)
    expected = max(
        np.percentile(distances.min(axis=0), percentile),
        np.percentile(distances.min(axis=1), percentile),
    )
    metric = HausdorffDistance(percentile=percentile, spacing=spacing)
    assert score(metric, said, true) == pytest.approx([expected, 1])
    if percentile == 100:
        both = (directed_hausdorff(first, second)[0], directed_hausdorff(second, first)[0])
        assert expected == pytest.approx(max(both))


def test_empty_masks():
    shape = (3, 4)
    empty, full = np.zeros(shape, bool), np.ones(shape, bool)
    assert score(HausdorffDistance(), empty, empty).tolist() == [0, 0]
    assert score(HausdorffDistance(), empty, full).tolist() == [5, 1]
    assert score(HausdorffDistance(), full, empty).tolist() == [5, 1]
