"""The descriptions of the zoo's labelled images lead to images with the right labels."""

from pathlib import Path

import pytest

from calibrate.config.load import load_dataset
from calibrate.testing.adapters import check_adapter

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.mark.zoo
@pytest.mark.parametrize(
    ("name", "classes", "shape"),
    [("imagenet", 1000, None), ("cifar10", 10, (32, 32, 3)), ("mnist", 0, (28, 28, 3))],
)
def test_zoo(zoo, monkeypatch, name, classes, shape):
    monkeypatch.setenv("CALIBRATE_ZOO", str(zoo))
    adapter = load_dataset(DATASETS / f"zoo_{name}_dev.yaml").adapter
    items = check_adapter(adapter)
    listed = (zoo / "data" / f"{name}_dev" / "val.txt").read_text().splitlines()
    assert len(items) == 500
    assert [f"{item.id} {item.annotation.label}" for item in items] == listed
    assert len(adapter.label_names()) == classes
    for item in items[::10]:
        assert shape in (None, adapter.read(item).image.shape)
