"""The worked example of an adapter of one's own holds what it teaches."""

from pathlib import Path

import pytest
from PIL import Image

from calibrate.errors import CalibrateError
from calibrate.plugins import load
from calibrate.testing.adapters import check_adapter

CUSTOM = Path(__file__).parents[3] / "datasets" / "custom"


@pytest.fixture
def folder(tmp_path):
    for name in ["dog_1.png", "cat_1.png", "more/cat_2.png"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (3, 2)).save(tmp_path / name)
    return tmp_path


def adapter(folder, *classes):
    class_ = load("adapters", "class_in_name.py:ClassInName", folder=CUSTOM)
    return class_(data_source=folder, classes=classes)


def test_contract(folder):
    result = adapter(folder, "cat", "dog")
    assert [(item.id, item.stratum) for item in check_adapter(result)] == [
        ("cat_1.png", 0),
        ("dog_1.png", 1),
        ("more/cat_2.png", 0),
    ]


def test_problems(folder):
    with pytest.raises(CalibrateError, match=r"dog_1\.png: the name begins with no class"):
        adapter(folder, "cat").items()
    (folder / "empty").mkdir()
    with pytest.raises(CalibrateError, match="no image is in this folder"):
        adapter(folder / "empty", "cat").items()
