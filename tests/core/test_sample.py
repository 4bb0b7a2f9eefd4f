import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.core.sample import Geometry, Item, Sample, image_sample

SIDES = st.integers(1, 500)


def box(*edges: float) -> np.ndarray:
    return np.array([edges], np.float32)


@pytest.mark.parametrize(
    ("geometry", "found", "expected"),
    [
        (Geometry(10, 20, 10, 20), (1, 2, 3, 4), (1, 2, 3, 4)),
        (Geometry(10, 20, 10, 20).resized(20, 60), (3, 4, 30, 20), (1, 2, 10, 10)),
        (Geometry(10, 20, 10, 20).shifted(5, 7, 20, 40), (8, 7, 10, 9), (1, 2, 3, 4)),
        (Geometry(10, 20, 10, 20).shifted(-1, -2, 8, 16), (0, 0, 3, 3), (2, 1, 5, 4)),
        # Letterbox: resized to 10 x 20, five rows above, then everything doubled.
        (
            Geometry(20, 40, 20, 40).resized(10, 20).shifted(5, 0, 20, 20).resized(40, 40),
            (0, 10, 40, 30),
            (0, 0, 40, 20),
        ),
        # What lies outside of the image is clipped to it.
        (Geometry(10, 20, 10, 20), (-5, -5, 50, 50), (0, 0, 20, 10)),
    ],
)
def test_boxes_return_to_the_source(geometry, found, expected):
    assert geometry.to_source(box(*found)) == pytest.approx(box(*expected))
    assert geometry.to_source(box(*found)).dtype == np.float32


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 50), st.integers(0, 50))
def test_corners_return_after_any_resize_and_padding(
    height, width, new_height, new_width, top, left
):
    geometry = Geometry(height, width, height, width).resized(new_height, new_width)
    moved = geometry.shifted(top, left, new_height + 2 * top, new_width + 2 * left)
    result = moved.to_source(box(left, top, left + new_width, top + new_height))
    assert result == pytest.approx(box(0, 0, width, height), rel=1e-4, abs=1e-3)


def test_no_boxes_stay_none():
    empty = Geometry(4, 4, 4, 4).to_source(np.empty((0, 4), np.float32))
    assert empty.shape == (0, 4)


def test_an_image_begins_at_rest_and_leaves_its_facts():
    sample = image_sample(Item("a", None, annotation=None), np.zeros((3, 5, 3), np.uint8))
    assert sample.geometry == Geometry(3, 5, 3, 5)
    assert sample.source == "a"
    facts = sample.facts()
    assert (facts.id, facts.geometry, facts.source) == ("a", sample.geometry, "a")


def test_new_pixels_keep_the_rest():
    sample = Sample("a", {"image": np.zeros(1), "other": np.ones(1)}, source="a.png")
    changed = sample.with_image(np.full(2, 7.0))
    assert sample.image.shape == (1,)
    assert changed.image.shape == (2,)
    assert set(changed.data) == {"image", "other"}
    assert changed.source == "a.png"
