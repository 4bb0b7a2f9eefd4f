import numpy as np
import pytest
from PIL import Image

from calibrate.core.annotation import ClassLabel
from calibrate.datasets.adapters.mvtec import MvTec
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

MASK = np.array([[0, 255, 0], [0, 0, 0]], np.uint8)


@pytest.fixture
def product(tmp_path):
    for name in ("good/000", "scratch/000", "scratch/001"):
        path = tmp_path / "test" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (3, 2)).save(path)
    (tmp_path / "ground_truth/scratch").mkdir(parents=True)
    for number in (0, 1):
        Image.fromarray(MASK).save(tmp_path / f"ground_truth/scratch/00{number}_mask.png")
    return tmp_path


def test_classes(product):
    items = check_adapter(MvTec(data_source=product))
    assert [(item.id, item.annotation) for item in items] == [
        ("good/000.png", ClassLabel(0)),
        ("scratch/000.png", ClassLabel(1)),
        ("scratch/001.png", ClassLabel(1)),
    ]


def test_good_images_have_an_empty_mask(product):
    adapter = MvTec(data_source=product, target="mask")
    items = check_adapter(adapter)
    masks = [adapter.read(item).annotation.mask.tolist() for item in items]
    assert masks[0] == [[0, 0, 0], [0, 0, 0]]
    assert masks[1] == masks[2] == [[0, 1, 0], [0, 0, 0]]


def test_a_missing_mask(product):
    (product / "ground_truth/scratch/001_mask.png").unlink()
    with pytest.raises(CalibrateError, match=r"there is no mask .*001_mask\.png"):
        MvTec(data_source=product, target="mask").items()
    assert len(MvTec(data_source=product).items()) == 3
