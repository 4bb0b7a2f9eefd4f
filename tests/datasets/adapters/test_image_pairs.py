import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.image_pairs import ImagePairs
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def folder(tmp_path):
    for name, size in {"a_lr": (4, 3), "a_hr": (8, 6), "b_lr": (4, 3), "b_hr": (8, 7)}.items():
        Image.new("RGB", size, (size[0], 0, 0)).save(tmp_path / f"{name}.png")
    return tmp_path


def pairs(folder, **fields):
    return ImagePairs(
        input_dir=folder, target_dir=folder, input_suffix="_lr", target_suffix="_hr", **fields
    )


def test_pairs_of_one_folder(folder):
    adapter = pairs(folder)
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["a_lr.png", "b_lr.png"]
    sample = adapter.read(items[1])
    assert sample.image.shape == (3, 4, 3)
    assert sample.image[0, 0].tolist() == [4, 0, 0]
    assert sample.annotation.image.shape == (7, 8, 3)
    assert sample.annotation.image[0, 0].tolist() == [8, 0, 0]


def test_the_scale_is_checked(folder):
    adapter = pairs(folder, scale=2)
    first, second = adapter.items()
    adapter.read(first)
    with pytest.raises(CalibrateError, match=r"b_hr.png: the target is 8x7, not 2 times .* 4x3"):
        adapter.read(second)


def test_a_missing_target(folder):
    (folder / "a_hr.png").unlink()
    with pytest.raises(CalibrateError, match=r"there is no target image for 'a_lr.png'"):
        pairs(folder).items()


def test_one_folder_needs_two_kinds_of_names(folder):
    with pytest.raises(ValidationError, match="give a prefix or suffix"):
        ImagePairs(input_dir=folder, target_dir=folder)
