"""LMDB databases of text recognition."""

from io import BytesIO

import lmdb
import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.text_lmdb import TextLmdb
from calibrate.errors import CalibrateError, Problems
from calibrate.testing.adapters import check_adapter

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 20, 3), np.uint8)
TEXTS = ["Abc", "ca", "b!"]


def png(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def database(folder, records):
    with lmdb.open(str(folder)) as environment, environment.begin(write=True) as transaction:
        for key, value in records.items():
            transaction.put(key, value)


def records(count=b"3"):
    images = {b"image-%09d" % n: png(pixels) for n, pixels in enumerate(PIXELS, 1)}
    labels = {b"label-%09d" % n: text.encode() for n, text in enumerate(TEXTS, 1)}
    return {b"num-samples": count, **images, **labels}


def test_images_and_texts_by_number(tmp_path):
    database(tmp_path, records())
    adapter = TextLmdb(
        data_source=tmp_path,
        alphabet="abc",
        alphabet_offset=1,
        case="lower",
        unknown_characters="wrong",
    )
    items = check_adapter(adapter)
    assert [item.index for item in items] == [1, 2, 3]
    assert [item.annotation.tokens.tolist() for item in items] == [
        [1, 2, 3],
        [3, 1],
        [2, -1 - ord("!")],
    ]
    for item, pixels in zip(items, PIXELS, strict=True):
        np.testing.assert_array_equal(adapter.read(item).image, pixels)
    assert adapter.sources() == [tmp_path / "data.mdb"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({b"num-samples": b"many"}, "no key 'num-samples' with a number"),
        ({b"num-samples": b"4"}, "label-000000004: the database has no such key"),
        ({b"label-000000002": b"\xff"}, "label-000000002: the text is not UTF-8"),
        ({}, "label-000000001: 'Abc' holds 'A', not in the alphabet"),
    ],
)
def test_what_is_wrong_is_said_with_the_key(tmp_path, changed, message):
    database(tmp_path, records() | changed)
    with pytest.raises((CalibrateError, Problems), match=message):
        TextLmdb(data_source=tmp_path, alphabet="abc!").items()


def test_a_missing_image_is_named(tmp_path):
    database(tmp_path, {k: v for k, v in records().items() if k != b"image-000000002"})
    adapter = TextLmdb(data_source=tmp_path, alphabet="Aabc!")
    with pytest.raises(CalibrateError, match="image-000000002: the database has no such key"):
        adapter.read(adapter.items()[1])


@pytest.mark.parametrize("missing", [1, 4096])
def test_a_cut_file_is_refused(tmp_path, missing):
    database(tmp_path, records())
    data = (tmp_path / "data.mdb").read_bytes()
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "data.mdb").write_bytes(data[:-missing])
    with pytest.raises(CalibrateError, match=r"cut/data\.mdb: the database"):
        TextLmdb(data_source=cut, alphabet="Aabc!").items()


def test_no_database(tmp_path):
    with pytest.raises(CalibrateError, match=r"data\.mdb"):
        TextLmdb(data_source=tmp_path, alphabet="abc").items()
    (tmp_path / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(CalibrateError, match="the database cannot be read"):
        TextLmdb(data_source=tmp_path, alphabet="abc").items()
