import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.camvid import COLOURS, CamVid, parse_pairs
from calibrate.datasets.formats.findings import Findings
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

IDS = np.array([[0, 10, 11], [3, 11, 0]], np.uint8)


@pytest.fixture
def root(tmp_path):
    for folder in ("val", "valannot"):
        (tmp_path / folder).mkdir()
    for name in ("b", "a"):
        Image.new("RGB", (3, 2)).save(tmp_path / f"val/{name}.png")
        Image.fromarray(IDS).save(tmp_path / f"valannot/{name}.png")
    (tmp_path / "val.txt").write_text(
        "/SegNet/CamVid/val/b.png /SegNet/CamVid/valannot/b.png\nval/a.png\tvalannot/a.png\n\n"
    )
    return tmp_path


def test_folders(root):
    adapter = CamVid(data_source=root)
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["val/a.png", "val/b.png"]
    target = adapter.read(items[0]).annotation
    assert np.array_equal(target.mask, IDS)
    assert target.ignore == 11
    assert len(adapter.label_names()) == 11


def test_list_and_twelve_classes(root):
    adapter = CamVid(data_source=root, annotation_file=root / "val.txt", unlabelled_is_class=True)
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["val/b.png", "val/a.png"]
    assert adapter.read(items[0]).annotation.ignore is None
    assert len(adapter.label_names()) == 12


def test_colour_masks(root):
    shown = {key: rgb for rgb, key in COLOURS.items()}
    pixels = np.array([[shown[int(key)] for key in row] for row in IDS], np.uint8)
    Image.fromarray(pixels).save(root / "valannot/a.png")
    adapter = CamVid(data_source=root)
    assert np.array_equal(adapter.read(adapter.items()[0]).annotation.mask, IDS)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "val.txt: the list is empty"),
        (["a.png"], "val.txt:1: the line is not an image and a mask"),
        (["", "a b.png c.png"], "val.txt:2: the line is not an image and a mask"),
        (["a.png m.png", "a.png n.png"], "val.txt:2: 'a.png' is listed twice"),
    ],
)
def test_bad_lists(lines, message):
    findings = Findings("val.txt")
    parse_pairs(lines, findings)
    with pytest.raises(CalibrateError) as caught:
        findings.raise_any()
    assert str(caught.value).startswith(message)


def test_paths_stay_inside(root):
    (root / "val.txt").write_text("../x.png valannot/a.png\n")
    with pytest.raises(CalibrateError, match=r"val.txt: '../x.png' leads out of"):
        CamVid(data_source=root, annotation_file=root / "val.txt").items()
