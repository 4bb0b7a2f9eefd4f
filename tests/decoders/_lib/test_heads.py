import numpy as np
import pytest
from scipy.special import softmax

from calibrate.decoders._lib import heads
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("count", "strides", "size", "expected"),
    [
        (8400, (8, 16, 32), None, [(80, 80), (40, 40), (20, 20)]),
        (3598, (8, 16, 32, 64), None, [(52, 52), (26, 26), (13, 13), (7, 7)]),
        (2125, (8, 16, 32, 64), None, [(40, 40), (20, 20), (10, 10), (5, 5)]),
        (6300, (8, 16, 32), (480, 640), [(60, 80), (30, 40), (15, 20)]),
        (4, (4,), (5, 8), [(2, 2)]),
    ],
)
def test_grid_sizes(count, strides, size, expected):
    assert heads.grid_sizes(count, strides, size) == expected


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (8401, None, "8401 rows do not fit a square input at strides [8, 16, 32]"),
        (8400, (480, 640), "8400 rows do not fit an input of (480, 640) at strides [8, 16, 32]"),
    ],
)
def test_no_grid_has_that_many_cells(count, size, message):
    with pytest.raises(CalibrateError) as caught:
        heads.grid_sizes(count, (8, 16, 32), size)
    assert caught.value.message == message
    assert caught.value.hint == "set `input_size: [height, width]` and `strides` to the model's"


def test_cells_go_row_by_row_and_levels_in_order():
    assert heads.cells(2, 3).tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    places, steps = heads.level_cells(5, (8, 16), (16, 16))
    assert places.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0]]
    assert steps[:, 0].tolist() == [8, 8, 8, 8, 16]


def test_the_mean_of_a_distribution():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [1e-30, 1e-30, 1.0]], np.float32))
    np.testing.assert_allclose(heads.expected_distance(logits), [0.75, 2.0], rtol=1e-6)


def test_ssd_boxes_by_hand():
    priors = np.array([[0.2, 0.2, 0.6, 0.4]], np.float32)
    still = heads.ssd_boxes(np.zeros((1, 4), np.float32), priors, np.ones(4, np.float32))
    np.testing.assert_allclose(still, priors, atol=1e-7)
    # Centre (0.4, 0.3) + 0.1 (1, -2) (0.4, 0.2); width twice, height as it was.
    moved = heads.ssd_boxes(
        np.array([[1.0, -2.0, np.log(2) / 0.2, 0.0]], np.float32),
        priors,
        np.array([0.1, 0.1, 0.2, 0.2], np.float32),
    )
    np.testing.assert_allclose(moved, [[0.44 - 0.4, 0.26 - 0.1, 0.44 + 0.4, 0.26 + 0.1]], atol=1e-6)


def test_exponentials_stay_finite():
    assert np.isfinite(heads.grown(np.array([1e30, -1e30], np.float32))).all()
    assert heads.grown(np.array([1.5], np.float32))[0] == pytest.approx(np.exp(1.5))


@pytest.mark.parametrize(
    ("activation", "background", "expected"),
    [
        ("none", None, [[1.0, 2.0, 3.0]]),
        ("none", 0, [[2.0, 3.0]]),
        ("softmax", -1, [softmax([1.0, 2.0, 3.0])[:2]]),
        ("sigmoid", None, [[0.7310586, 0.8807970, 0.9525741]]),
    ],
)
def test_probabilities(activation, background, expected):
    scores = np.array([[1.0, 2.0, 3.0]], np.float32)
    result = heads.probabilities(scores, activation, background)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_channels_come_first():
    head = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    assert np.array_equal(heads.channels_first(head, 6), head)
    assert np.array_equal(heads.channels_first(head.transpose(1, 2, 0), 6), head)
