import re

import numpy as np
import pytest
from PIL import Image

from calibrate.core.sample import Item
from calibrate.datasets.formats.masks import MaskCoding, read_mask, read_masked
from calibrate.errors import CalibrateError

IDS = np.array([[0, 1, 2], [255, 2, 0]], np.uint8)
COLOURS = {(0, 0, 0): 0, (200, 0, 0): 1, (0, 0, 200): 2, (255, 255, 255): 255}
COLOURED = np.zeros((2, 3, 3), np.uint8)
for rgb, key in COLOURS.items():
    COLOURED[key == IDS] = rgb


def palette(ids, colours):
    image = Image.fromarray(ids, "L").convert("P")
    image = Image.new("P", (ids.shape[1], ids.shape[0]))
    table = [0] * 768
    for rgb, key in colours.items():
        table[3 * key : 3 * key + 3] = rgb
    image.putpalette(table)
    image.putdata(ids.ravel().tolist())
    return image


def saved(folder, image, name="mask.png"):
    image.save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("image", "coding"),
    [
        (Image.fromarray(IDS), MaskCoding()),
        (Image.fromarray(IDS), MaskCoding(count=3)),
        (Image.fromarray(IDS.astype(np.uint16)), MaskCoding()),
        (palette(IDS, COLOURS), MaskCoding()),
        (palette(IDS, {(9, 9, 9): 1}), MaskCoding(colours=COLOURS)),
        (palette(IDS, COLOURS), MaskCoding(colours=COLOURS, palette_by_colour=True)),
        (Image.fromarray(COLOURED), MaskCoding(colours=COLOURS)),
        (Image.fromarray(COLOURED).convert("RGBA"), MaskCoding(colours=COLOURS)),
        (Image.fromarray(IDS).convert("LA"), MaskCoding()),
    ],
)
def test_every_kind_of_file_gives_the_ids(tmp_path, image, coding):
    mask = read_mask(saved(tmp_path, image), coding)
    assert mask.dtype == np.uint8
    assert np.array_equal(mask, IDS)


def test_one_bit_masks(tmp_path):
    bits = Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).convert("1")
    assert read_mask(saved(tmp_path, bits), MaskCoding()).tolist() == [[0, 1], [1, 0]]


def test_ids_over_a_byte_are_int32(tmp_path):
    ids = np.array([[0, 300]], np.uint16)
    mask = read_mask(saved(tmp_path, Image.fromarray(ids)), MaskCoding())
    assert mask.dtype == np.int32
    assert mask.tolist() == [[0, 300]]


def test_ids_are_renumbered_at_once(tmp_path):
    coding = MaskCoding(renumbered={0: 1, 1: 0, 255: 2, 77: 5}, ignore=None)
    mask = read_mask(saved(tmp_path, Image.fromarray(IDS)), coding)
    assert mask.tolist() == [[1, 0, 2], [2, 2, 1]]


@pytest.mark.parametrize(
    ("image", "coding", "message"),
    [
        (Image.fromarray(COLOURED), MaskCoding(),
         "the mask is a colour image (RGB), and no colours of classes are given"),
        (Image.fromarray(COLOURED), MaskCoding(colours={(0, 0, 0): 0}),
         "the colour (200, 0, 0) in row 0, column 1 is that of no class (4 such pixels)"),
        (Image.fromarray(IDS), MaskCoding(count=2),
         "the id 2 in row 0, column 2 is neither one of the 2 classes nor the ignored one"),
        (Image.fromarray(IDS), MaskCoding(count=3, ignore=None),
         "the id 255 in row 1, column 0 is neither one of the 3 classes"),
        (Image.fromarray(IDS).convert("F"), MaskCoding(), "the mask is a colour image (F)"),
    ],
)  # fmt: skip
def test_pixels_without_a_class(tmp_path, image, coding, message):
    path = saved(tmp_path, image, "mask.tif")
    with pytest.raises(CalibrateError, match=re.escape(f"{path}: {message}")):
        read_mask(path, coding)


@pytest.mark.parametrize("value", [-1, 70000])
def test_32_bit_ids_out_of_range(tmp_path, value):
    path = saved(tmp_path, Image.fromarray(np.array([[value]], np.int32)), "mask.tif")
    with pytest.raises(CalibrateError, match=f"the id {value} in row 0"):
        read_mask(path, MaskCoding(renumbered={0: 1}))


def test_the_mask_has_the_size_of_the_image(tmp_path):
    saved(tmp_path, Image.new("RGB", (3, 2)), "a.png")
    saved(tmp_path, Image.fromarray(IDS), "good.png")
    saved(tmp_path, Image.fromarray(IDS.T.copy()), "bad.png")
    good = Item("a", tmp_path / "a.png", target_source=tmp_path / "good.png")
    sample = read_masked(good, MaskCoding(ignore=7, count=256), (None, None))
    assert (sample.annotation.ignore, sample.annotation.mask.shape) == (7, (2, 3))
    bad = Item("a", tmp_path / "a.png", target_source=tmp_path / "bad.png")
    with pytest.raises(CalibrateError, match=r"bad.png: the mask is 2x3, the image 3x2"):
        read_masked(bad, MaskCoding(), (None, None))
    with pytest.raises(CalibrateError, match="the entry has no mask file"):
        read_masked(Item("a", tmp_path / "a.png"), MaskCoding(), (None, None))


def test_a_broken_mask_is_reported(tmp_path):
    (tmp_path / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(CalibrateError, match=r"mask.png: "):
        read_mask(tmp_path / "mask.png", MaskCoding())
