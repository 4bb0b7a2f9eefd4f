import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.voc_segmentation import VocSegmentation
from calibrate.datasets.formats.voc import colour
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

IDS = np.array([[0, 15, 255], [20, 1, 0]], np.uint8)


@pytest.fixture
def root(tmp_path):
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (tmp_path / folder).mkdir(parents=True)
    Image.new("RGB", (3, 2)).save(tmp_path / "JPEGImages/a.jpg")
    Image.new("RGB", (3, 2)).save(tmp_path / "JPEGImages/b.jpeg")
    Image.fromarray(IDS).save(tmp_path / "SegmentationClass/a.png")
    colours = np.array([[colour(int(key)) for key in row] for row in IDS], np.uint8)
    Image.fromarray(colours).save(tmp_path / "SegmentationClass/b.png")
    (tmp_path / "ImageSets/Segmentation/val.txt").write_text("b\na\n")
    return tmp_path


def test_index_and_colour_masks(root):
    adapter = VocSegmentation(data_source=root)
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["b", "a"]
    for item in items:
        target = adapter.read(item).annotation
        assert target.ignore == 255
        assert np.array_equal(target.mask, IDS)
    assert adapter.label_names()[15] == "person"
    assert len(adapter.label_names()) == 21


def test_ids_beyond_the_classes(root):
    adapter = VocSegmentation(data_source=root, classes=("background", "thing"))
    with pytest.raises(CalibrateError, match=r"a.png: the id 15 in row 0, column 1 is neither"):
        adapter.read(adapter.items()[1])


@pytest.mark.parametrize(
    ("listed", "message"),
    [("a\na\n", "val.txt:2: 'a' is listed twice"), ("../a\n", "'../a.jpg' leads out of")],
)
def test_bad_lists(root, listed, message):
    (root / "ImageSets/Segmentation/val.txt").write_text(listed)
    with pytest.raises(CalibrateError, match=message):
        VocSegmentation(data_source=root).items()


def test_a_missing_mask_is_reported_when_it_is_read(root):
    (root / "SegmentationClass/a.png").unlink()
    adapter = VocSegmentation(data_source=root)
    with pytest.raises(CalibrateError, match=r"SegmentationClass/a.png: there is no such file"):
        adapter.read(adapter.items()[1])


@pytest.mark.zoo
def test_zoo(zoo):
    adapter = VocSegmentation(data_source=zoo / "data/voc_dev")
    items = check_adapter(adapter, count=4)
    assert len(items) == 100
    present = set()
    for item in items:
        target = adapter.read(item).annotation
        present |= set(np.unique(target.mask).tolist())
    assert 255 in present
    assert len(present - {255}) == 20
