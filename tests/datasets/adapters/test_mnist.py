"""IDX files, gzipped or not, whole or not."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from calibrate.datasets.adapters.mnist import Mnist, decode_idx
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
LABELS = np.array([7, 2, 1, 0, 9], np.uint8)


def idx(array):
    head = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
@pytest.mark.parametrize(("split", "stem"), [("test", "t10k"), ("train", "train")])
def test_folder(tmp_path, mark, ending, pack, split, stem):
    (tmp_path / f"{stem}-images{mark}idx3-ubyte{ending}").write_bytes(pack(idx(PIXELS)))
    (tmp_path / f"{stem}-labels{mark}idx1-ubyte{ending}").write_bytes(pack(idx(LABELS)))
    adapter = Mnist(data_source=tmp_path, split=split)
    items = check_adapter(adapter)
    assert [item.stratum for item in items] == LABELS.tolist()
    for item, pixels in zip(items, PIXELS, strict=True):
        np.testing.assert_array_equal(adapter.read(item).image, np.dstack([pixels] * 3))
    assert adapter.label_names()[3] == "3"


def test_named_files(tmp_path):
    (tmp_path / "x").write_bytes(idx(PIXELS[:, :20, :10]))
    (tmp_path / "y").write_bytes(idx(LABELS + 40))
    files = {"images": tmp_path / "x", "labels": tmp_path / "y"}
    adapter = Mnist(**files, names="other")
    items = check_adapter(adapter)
    assert [item.id for item in items[:2]] == ["x#0", "x#1"]
    assert adapter.read(items[0]).image.shape == (20, 10, 3)
    assert adapter.label_names() == ()
    with pytest.raises(CalibrateError, match="y record 0: label 47 is out of range: there are 10"):
        Mnist(**files, names="fashion_mnist").items()


def test_counts_differ(tmp_path):
    (tmp_path / "x").write_bytes(idx(PIXELS))
    (tmp_path / "y").write_bytes(idx(LABELS[:4]))
    with pytest.raises(CalibrateError, match="there are 4 labels for 5 images"):
        Mnist(images=tmp_path / "x", labels=tmp_path / "y").items()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an IDX file of images"),
        (b"\x89PNG\r\n", "not an IDX file of images"),
        (idx(LABELS), "not an IDX file of images"),
        (idx(PIXELS)[:9], "cut off in its header"),
        (idx(PIXELS)[:99], "gives 3920 bytes of content .* holds only 83"),
        (idx(PIXELS) + b"x", "holds more"),
        (idx(PIXELS[:0]), "the header gives 0 bytes"),
        (bytes((0, 0, 8, 3)) + b"\xff" * 12, "the header gives"),
        (gzip.compress(idx(PIXELS), mtime=0)[:500], "gzip data is broken"),
        (b"\x1f\x8bnonsense", "gzip data is broken"),
        (gzip.compress(b"hello", mtime=0), "not an IDX file"),
        (gzip.compress(idx(PIXELS), mtime=0)[:-8] + b"\0" * 8, "gzip data is broken"),
    ],
)
def test_broken_files(data, message):
    with pytest.raises(CalibrateError, match=message) as caught:
        decode_idx(data, 3, "x")
    assert caught.value.where == "x"


@given(st.binary(), st.booleans())
def test_any_bytes_are_read_or_refused(data, zipped):
    content = bytes((0, 0, 8, 1)) + data
    with pytest.raises(CalibrateError):
        decode_idx(gzip.compress(content)[:-1] if zipped else content + b"x" * 2**16, 1, "x")


@pytest.mark.parametrize(
    "parameters", [{}, {"images": "x"}, {"labels": "x"}, {"data_source": "x", "images": "y"}]
)
def test_parameters(parameters):
    with pytest.raises(ValidationError, match=r"images and labels go together|give either"):
        Mnist(**parameters)


def test_wrong_folder(tmp_path):
    with pytest.raises(CalibrateError, match=r"no t10k-images-idx3-ubyte\[.gz\] in this folder"):
        Mnist(data_source=tmp_path).items()
