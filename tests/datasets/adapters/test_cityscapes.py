import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.cityscapes import LABELS, TRAIN, TRAIN_IDS, Cityscapes
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

LABEL_IDS = np.array([[0, 7, 8], [24, 33, 29]], np.uint8)
EXPECTED = [[255, 0, 1], [11, 18, 255]]


@pytest.fixture
def root(tmp_path):
    for city, name in (("ulm", "ulm_000001_000019"), ("aachen", "aachen_000000_000019")):
        images, masks = tmp_path / "leftImg8bit/val" / city, tmp_path / "gtFine/val" / city
        images.mkdir(parents=True)
        masks.mkdir(parents=True)
        Image.new("RGB", (3, 2)).save(images / f"{name}_leftImg8bit.png")
        Image.fromarray(LABEL_IDS).save(masks / f"{name}_gtFine_labelIds.png")
        trained = np.array(EXPECTED, np.uint8)
        Image.fromarray(trained).save(masks / f"{name}_gtFine_labelTrainIds.png")
        Image.new("RGB", (3, 2)).save(masks / f"{name}_gtFine_color.png")
    return tmp_path


@pytest.mark.parametrize(
    ("fields", "expected", "count"),
    [
        ({}, EXPECTED, 19),
        ({"masks_suffix": "_gtFine_labelTrainIds"}, EXPECTED, 19),
        ({"use_full_label_map": True}, LABEL_IDS.tolist(), 34),
    ],
)
def test_masks(root, fields, expected, count):
    adapter = Cityscapes(dataset_root_dir=root, **fields)
    items = check_adapter(adapter)
    assert [item.id for item in items] == [
        "aachen/aachen_000000_000019_leftImg8bit.png",
        "ulm/ulm_000001_000019_leftImg8bit.png",
    ]
    target = adapter.read(items[0]).annotation
    assert target.mask.tolist() == expected
    assert target.ignore == 255
    assert len(adapter.label_names()) == count


def test_train_ids_are_the_datasets_own():
    evaluated = {label: train for label, train in TRAIN_IDS.items() if train != 255}
    assert evaluated == {
        7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11,
        25: 12, 26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18,
    }  # fmt: skip
    assert (len(LABELS), len(TRAIN)) == (34, 19)


def test_a_missing_mask(root):
    (root / "gtFine/val/ulm/ulm_000001_000019_gtFine_labelIds.png").unlink()
    with pytest.raises(CalibrateError, match="there is no mask for 'ulm/ulm_000001_000019_left"):
        Cityscapes(dataset_root_dir=root).items()


def test_subfolders_stay_inside(root):
    with pytest.raises(CalibrateError, match="leads out of the data source"):
        Cityscapes(dataset_root_dir=root, images_subfolder="../x").items()
