import numpy as np
import pytest

from calibrate.datasets.formats.coco_segments import compact, draw, segments_problem
from calibrate.errors import CalibrateError

SQUARE = [[1, 1, 4, 1, 4, 3, 1, 3]]
RUNS = {"size": [4, 6], "counts": [5, 2, 17]}


def pixels(value, height=4, width=6):
    return draw(compact(value), height, width)


def test_a_polygon_covers_its_inside():
    expected = np.zeros((4, 6), bool)
    expected[1:3, 1:4] = True
    assert np.array_equal(pixels(SQUARE), expected)


def test_rings_are_joined():
    both = pixels([*SQUARE, [4, 0, 6, 0, 6, 4, 4, 4]])
    assert both[1, 1]
    assert both[:, 4:].all()


def test_run_lengths_go_down_the_columns():
    expected = np.zeros((4, 6), bool)
    expected[1:3, 1] = True
    assert np.array_equal(pixels(RUNS), expected)


def test_compressed_run_lengths():
    from pycocotools import mask

    text = mask.frPyObjects(RUNS, 4, 6)["counts"].decode()
    value = compact({"size": [4, 6], "counts": text})
    assert segments_problem(value, 4, 6) == ""
    assert np.array_equal(draw(value, 4, 6), pixels(RUNS))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (SQUARE, ""),
        (RUNS, ""),
        ([[0, 0, 6, 0, 6.4, 4.3]], ""),
        (None, "segmentation is neither a list of polygons nor run lengths"),
        ("text", "segmentation is neither a list of polygons nor run lengths"),
        (["text"], "segmentation is neither a list of polygons nor run lengths"),
        ([], "the segmentation is empty"),
        ([[1, 2, 3, 4]], "a polygon is not a flat list of at least three points, x and y of each"),
        ([[1] * 7], "a polygon is not a flat list of at least three points, x and y of each"),
        ([[[1, 2]] * 3], "a polygon is not a flat list of at least three points, x and y of each"),
        ([[1, 2, 3, 4, 5, float("nan")]], "a polygon has a coordinate that is not finite"),
        ([[1, 2, 3, 4, 5, 1e9]], "a polygon lies far outside the 6x4 image"),
        ({"size": [6, 4], "counts": [24]},
         "the run lengths are of size [6, 4], the image's is [4, 6]"),
        ({"size": [4, 6]}, "the run lengths have no counts"),
        ({"size": [4, 6], "counts": [5, 2]},
         "the counts do not add up to the 24 pixels of the image"),
        ({"size": [4, 6], "counts": [-1, 25]},
         "the counts do not add up to the 24 pixels of the image"),
        ({"size": [4, 6], "counts": [2**63 - 1, 25]},
         "the counts do not add up to the 24 pixels of the image"),
        ({"size": [4, 6], "counts": ["x"]}, "the run lengths have no counts"),
        ({"size": [4, 6], "counts": "5 é"}, "the counts are not COCO's compressed run lengths"),
        ({"size": [4, 6], "counts": "1o"}, "the counts are not COCO's compressed run lengths"),
        ({"size": [4, 6], "counts": ""}, "the counts are not COCO's compressed run lengths"),
    ],
)  # fmt: skip
def test_which_outlines_can_be_drawn(value, problem):
    assert segments_problem(compact(value), 4, 6) == problem


def test_an_outline_needs_the_size():
    assert "needs the image's height and width" in segments_problem(compact(SQUARE), 0, 6)


def test_runs_longer_than_the_image():
    with pytest.raises(CalibrateError, match="do not fit the image's size"):
        draw({"size": [4, 6], "counts": "0oo0"}, 4, 6)
