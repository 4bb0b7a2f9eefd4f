import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.super_resolution_images import ReducedImages, centre_crop
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, (width, height) in {"a": (20, 13), "b": (5, 40), "c": (12, 12)}.items():
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return tmp_path


def test_crop_and_reduction(folder):
    adapter = ReducedImages(data_source=folder, scale=3, size=12, smaller="skip")
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["a.png", "c.png"]
    sample = adapter.read(items[0])
    original = Image.open(folder / "a.png").crop((4, 0, 16, 12))
    assert np.array_equal(sample.annotation.image, np.asarray(original))
    small = original.resize((4, 4), Image.Resampling.BICUBIC)
    assert np.array_equal(sample.image, np.asarray(small))


def test_whole_images_are_cut_to_a_multiple(folder):
    adapter = ReducedImages(data_source=folder, scale=3)
    sample = adapter.read(check_adapter(adapter)[0])
    assert sample.annotation.image.shape == (12, 18, 3)
    assert sample.image.shape == (4, 6, 3)


def test_height_comes_first(folder):
    adapter = ReducedImages(data_source=folder, scale=2, size=(12, 20), smaller="skip")
    assert [item.id for item in adapter.items()] == ["a.png"]


def test_smaller_images_are_reported_when_read(folder):
    adapter = ReducedImages(data_source=folder, scale=3, size=12)
    with pytest.raises(CalibrateError, match=r"b.png: the image is 5x40, the crop 12x12"):
        adapter.read(adapter.items()[1])


def test_first_counts_before_skipping(folder):
    adapter = ReducedImages(data_source=folder, scale=3, size=12, smaller="skip", first=2)
    assert [item.id for item in adapter.items()] == ["a.png"]


def test_broken_files_stay_in_the_list(folder):
    (folder / "b.png").write_bytes(b"x")
    adapter = ReducedImages(data_source=folder, scale=3, size=12, smaller="skip")
    assert len(adapter.items()) == 3
    with pytest.raises(CalibrateError, match=r"b.png: this is not an image"):
        adapter.read(adapter.items()[1])


@pytest.mark.parametrize("size", [0, 10, (12, 10), (-3, 3)])
def test_the_size_is_a_multiple_of_the_scale(folder, size):
    with pytest.raises(ValidationError, match="size has to be a positive multiple of scale, 3"):
        ReducedImages(data_source=folder, scale=3, size=size)


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"size": 300, "smaller": "skip"}, "all images are smaller")],
)
def test_nothing_left(folder, fields, message):
    with pytest.raises(CalibrateError, match=message):
        ReducedImages(data_source=folder, scale=3, **fields).items()


@pytest.mark.parametrize(
    ("height", "width", "corner"), [(2, 2, [1, 1]), (1, 2, [1, 1]), (4, 5, [0, 0]), (2, 4, [1, 0])]
)
def test_the_smaller_half_of_an_odd_rest_is_above(height, width, corner):
    grid = np.stack(np.mgrid[0:4, 0:5], axis=-1).astype(np.uint8)
    crop = centre_crop(grid, height, width)
    assert crop.shape[:2] == (height, width)
    assert crop[0, 0].tolist() == corner


@pytest.mark.zoo
def test_zoo(zoo):
    adapter = ReducedImages(
        data_source=zoo / "data/coco_dev/images", scale=3, size=288, smaller="skip", first=100
    )
    items = check_adapter(adapter, count=2)
    assert len(items) == 98
    values = []
    for item in items:
        sample = adapter.read(item)
        again = Image.fromarray(sample.image).resize((288, 288), Image.Resampling.BICUBIC)
        luma, reference = (
            np.asarray(image.convert("YCbCr"), np.float64)[5:-5, 5:-5, 0]
            for image in (again, Image.fromarray(sample.annotation.image))
        )
        values.append(10 * np.log10(255**2 / np.mean((luma - reference) ** 2)))
    assert np.mean(values) == pytest.approx(25.22, abs=0.005)
