"""Images without labels."""

import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.images import Images
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

NAMES = ["1.png", "left/1.png", "left/2.jpg", "right/more/1.png"]


@pytest.fixture
def folder(tmp_path):
    for name in [*NAMES, "notes.txt"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (3, 2)).save(path, "PNG") if "." in name[-4:] else None
    return tmp_path


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, NAMES),
        ({"glob": "*.png"}, ["1.png", "left/1.png", "right/more/1.png"]),
        ({"glob": "**/*.png"}, ["1.png", "left/1.png", "right/more/1.png"]),
        ({"glob": "left/*"}, ["left/1.png", "left/2.jpg"]),
        ({"glob": "right/*"}, None),
        ({"recursive": False}, ["1.png"]),
    ],
)
def test_choice(folder, parameters, expected):
    adapter = Images(data_source=folder, **parameters)
    if expected is None:
        with pytest.raises(CalibrateError, match="no image in this folder matches"):
            adapter.items()
        return
    items = check_adapter(adapter)
    assert [item.id for item in items] == expected
    assert all(item.annotation is None and item.stratum is None for item in items)
    assert adapter.read(items[0]).annotation is None


@pytest.mark.parametrize("glob", ["", "../*", "/etc/*", "a/**/b", "a//b", "**/"])
def test_bad_patterns(folder, glob):
    with pytest.raises(ValidationError, match="a pattern like"):
        Images(data_source=folder, glob=glob)
