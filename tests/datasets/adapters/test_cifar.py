"""CIFAR's batches in both published forms."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from calibrate.datasets.adapters.cifar import Cifar, parse_binary, parse_pickled
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 3072), np.uint8)
LABELS = np.array([3, 9, 0, 1, 1, 5], np.uint8)
FINE = np.array([99, 3, 4, 0, 50, 51], np.uint8)
COARSE = np.array([19, 0, 1, 2, 3, 4], np.uint8)
IMAGES = PIXELS.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def binary(*labels):
    return np.column_stack([*labels, PIXELS]).astype(np.uint8)


def write(folder: Path, edition: str) -> Path:
    if edition == "10-bin":
        for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
            binary(LABELS).tofile(folder / f"{name}.bin")
        (folder / "batches.meta.txt").write_text("\n".join("abcdefghij") + "\n\n")
    elif edition == "10-py":
        content = {b"data": PIXELS, b"labels": LABELS.tolist(), b"batch_label": b"testing"}
        (folder / "test_batch").write_bytes(pickle.dumps(content, 2))
        names = [f"class {i}".encode() for i in range(10)]
        (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": names}, 2))
    elif edition == "100-bin":
        binary(COARSE, FINE).tofile(folder / "test.bin")
    else:
        content = {
            "data": PIXELS,
            "fine_labels": FINE.tolist(),
            "coarse_labels": COARSE.tolist(),
        }
        (folder / "test").write_bytes(pickle.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("edition", "parameters", "labels", "names"),
    [
        ("10-bin", {}, LABELS, tuple("abcdefghij")),
        ("10-py", {}, LABELS, tuple(f"class {i}" for i in range(10))),
        ("100-bin", {}, FINE, ()),
        ("100-bin", {"labels": "coarse"}, COARSE, ()),
        ("100-py", {}, FINE, ()),
        ("100-py", {"labels": "coarse"}, COARSE, ()),
    ],
)
def test_editions(tmp_path, edition, parameters, labels, names):
    adapter = Cifar(data_source=write(tmp_path, edition), **parameters)
    items = check_adapter(adapter)
    assert [item.stratum for item in items] == labels.tolist()
    assert tuple(adapter.label_names()) == names
    for item, image in zip(items, IMAGES, strict=True):
        np.testing.assert_array_equal(adapter.read(item).image, image)
    cifar = Cifar(data_source=items[0].source, **parameters)
    assert [item.id for item in cifar.items()] == [item.id for item in items]


def test_splits(tmp_path):
    write(tmp_path, "10-bin")
    train = Cifar(data_source=tmp_path, split="train").items()
    assert [train[0].id, train[-1].id] == ["data_batch_1.bin#0", "data_batch_5.bin#5"]
    assert len(Cifar(data_source=tmp_path, split="all").items()) == 36
    (tmp_path / "data_batch_3.bin").unlink()
    with pytest.raises(CalibrateError, match="no such file") as caught:
        Cifar(data_source=tmp_path, split="train").items()
    assert caught.value.where == str(tmp_path / "data_batch_3.bin")


def test_names_are_known_without_a_file(tmp_path):
    binary(LABELS).tofile(tmp_path / "x.bin")
    assert Cifar(data_source=tmp_path / "x.bin").label_names()[:2] == ("airplane", "automobile")


def test_label_out_of_range(tmp_path):
    binary(np.array([3, 10, 0, 1, 255, 5])).tofile(tmp_path / "test_batch.bin")
    with pytest.raises(CalibrateError) as caught:
        Cifar(data_source=tmp_path).items()
    assert str(caught.value).split("\n") == [
        f"{tmp_path} test_batch.bin record 1: label 10 is out of range: there are 10 classes",
        f"{tmp_path} test_batch.bin record 4: label 255 is out of range: there are 10 classes",
    ]


def test_a_changed_file_is_read_again(tmp_path):
    binary(LABELS).tofile(tmp_path / "test_batch.bin")
    adapter = Cifar(data_source=tmp_path)
    items = adapter.items()
    binary(LABELS)[:2].tofile(tmp_path / "test_batch.bin")
    assert len(adapter.items()) == 2
    with pytest.raises(CalibrateError, match="there is no record 5 any more"):
        adapter.read(items[5])


@pytest.mark.parametrize("size", [0, 1, 3072, 3073 + 3074])
def test_cut_off(size):
    with pytest.raises(CalibrateError, match=r"x: .* bytes are not whole records"):
        parse_binary(np.zeros(size, np.uint8), "fine", "x")


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {b"data": PIXELS},
        {b"data": PIXELS, b"labels": [1]},
        {b"data": PIXELS.astype(np.int16), b"labels": [0] * 6},
        {b"data": PIXELS[:, :10], b"labels": [0] * 6},
        {b"data": PIXELS, b"labels": ["a"] * 6},
        {b"data": PIXELS, b"labels": [-1] * 6},
        {b"data": PIXELS[:0], b"labels": []},
    ],
)
def test_other_pickles(content):
    with pytest.raises(CalibrateError, match="x: this is not a python batch"):
        parse_pickled(pickle.dumps(content), "fine", "x")


def test_wrong_folder(tmp_path):
    with pytest.raises(CalibrateError, match="no batches of CIFAR's test split"):
        Cifar(data_source=tmp_path).items()
    with pytest.raises(CalibrateError, match="no such file"):
        Cifar(data_source=tmp_path / "nothing").items()
    (tmp_path / "test_batch.bin").touch()
    with pytest.raises(CalibrateError, match="0 bytes are not whole records"):
        Cifar(data_source=tmp_path).items()
