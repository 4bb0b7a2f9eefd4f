import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.mask_pairs import MaskPairs
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

BITS = np.array([[0, 255, 255], [255, 0, 0]], np.uint8)
COLOURED = np.zeros((2, 3, 3), np.uint8)
COLOURED[0] = (255, 0, 0)
COLOURED[1, 0] = (9, 9, 9)


@pytest.fixture
def folders(tmp_path):
    for name in ("images/a.jpg", "images/sub/b.png", "masks/gt_a.png", "masks/sub/gt_b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(BITS) if "gt_" in name else Image.new("RGB", (3, 2))
        image.save(tmp_path / name)
    Image.fromarray(COLOURED).save(tmp_path / "masks/rgb_a.png")
    Image.fromarray(COLOURED).save(tmp_path / "masks/sub/rgb_b.png")
    return {"images_dir": tmp_path / "images", "masks_dir": tmp_path / "masks"}


def test_renumbered_masks(folders):
    adapter = MaskPairs(
        **folders, mask_prefix="gt_", classes=("no", "yes"), label_map={255: 1}, ignore=None
    )
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["a.jpg", "sub/b.png"]
    target = adapter.read(items[1]).annotation
    assert target.mask.tolist() == [[0, 1, 1], [1, 0, 0]]
    assert target.ignore is None
    assert adapter.label_names() == ("no", "yes")


def test_colour_masks(folders):
    adapter = MaskPairs(
        **folders,
        mask_prefix="rgb_",
        colors=((0, 0, 0), (255, 0, 0)),
        ignore_color=(9, 9, 9),
        ignore=200,
    )
    target = adapter.read(check_adapter(adapter)[0]).annotation
    assert target.mask.tolist() == [[1, 1, 1], [200, 0, 0]]
    assert target.ignore == 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mask_prefix": "none_"}, "masks: no image's name has the form none_*"),
        ({}, "masks: there is no mask for 'a.jpg'"),
        ({"image_suffix": "_x"}, r"images: no image's name has the form \*_x"),
    ],
)
def test_masks_that_are_missing(folders, fields, message):
    with pytest.raises(CalibrateError, match=message):
        MaskPairs(**folders, **fields).items()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"colors": ((1, 2, 3), (1, 2, 3))}, "two classes have one colour"),
        ({"colors": ((1, 2, 3),), "classes": ("a", "b")}, "1 colors for 2 classes"),
        ({"ignore_color": (1, 2, 3)}, "ignore_color needs colors"),
        ({"colors": ((1, 2, 3),), "ignore_color": (1, 2, 3)}, "is the colour of a class"),
        ({"colors": ((1, 2, 256),)}, "less than or equal to 255"),
        ({"label_map": {1: -1}}, "greater than or equal to 0"),
    ],
)
def test_impossible_combinations(folders, fields, message):
    with pytest.raises(ValidationError, match=message):
        MaskPairs(**folders, **fields)


def masks_of(tmp_path, masks):
    for folder in ("i", "m"):
        (tmp_path / folder).mkdir()
    for number, mask in enumerate(masks):
        pixels = np.array(mask, np.uint8)
        Image.new("RGB", pixels.shape[1::-1]).save(tmp_path / f"i/{number}.png")
        Image.fromarray(pixels).save(tmp_path / f"m/{number}.png")
    return {"images_dir": tmp_path / "i", "masks_dir": tmp_path / "m"}


@pytest.mark.parametrize(
    ("masks", "fields", "hint"),
    [
        ([[[0, 0], [0, 0]], [[0, 255], [0, 0]]], {}, "label_map: {255: 1}, ignore: null"),
        ([[[0, 127], [255, 0]]], {}, "label_map: {127: 1, 255: 2}, ignore: null"),
        ([[[0, 255]]], {"ignore": 255}, "label_map: {255: 1}"),
        ([[[255, 255]]], {}, "none is left"),
    ],
)
def test_a_class_that_the_ignored_id_leaves_out(tmp_path, masks, fields, hint):
    with pytest.raises(CalibrateError, match="looks like a class") as caught:
        MaskPairs(**masks_of(tmp_path, masks), **fields).items()
    assert hint in str(caught.value)


def test_what_the_default_leaves_out_is_counted(tmp_path, caplog):
    masks = [[[0, 1], [2, 255]], [[1, 1], [1, 1]]]
    folders = masks_of(tmp_path, masks)
    assert len(MaskPairs(**folders).items()) == 2
    assert "the id 255 is ignored by default: 12.5% of the pixels in 2 of 2 masks" in caplog.text
    caplog.clear()
    MaskPairs(**folders, ignore=255).items()
    assert not caplog.text


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "1", "L", "LA"])
def test_grey_masks_however_they_are_saved(tmp_path, mode):
    folders = masks_of(tmp_path, [[[0, 0]]])
    Image.fromarray(BITS).convert(mode).save(tmp_path / "m/0.png")
    Image.new("RGB", (3, 2)).save(tmp_path / "i/0.png")
    high = 1 if mode == "1" else 255
    adapter = MaskPairs(**folders, label_map={high: 1}, ignore=None)
    assert adapter.read(adapter.items()[0]).annotation.mask.tolist() == [[0, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_masks_with_soft_edges_need_a_threshold(tmp_path, ending):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    ramp = np.zeros((64, 64), np.uint8)
    ramp[:, 40:] = 255
    ramp[0, 20:40] = np.arange(20) * 12 + 6
    Image.fromarray(ramp).save(tmp_path / "masks" / f"a.{ending}", quality=80)
    Image.new("RGB", (64, 64)).save(tmp_path / "images/a.png")
    folders = {"images_dir": tmp_path / "images", "masks_dir": tmp_path / "masks"}
    with pytest.raises(CalibrateError, match="set threshold: 128, ignore: null"):
        MaskPairs(**folders).items()
    adapter = MaskPairs(**folders, threshold=128, ignore=None)
    mask = adapter.read(adapter.items()[0]).annotation.mask
    np.testing.assert_array_equal(mask[8:], ramp[8:] >= 128)
    assert set(np.unique(mask)) == {0, 1}


def test_threshold_excludes_other_codings(folders):
    with pytest.raises(ValidationError, match="leave out colors and label_map"):
        MaskPairs(**folders, threshold=1, label_map={255: 1})
