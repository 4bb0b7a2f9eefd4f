import gc
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from calibrate.contracts.annotation import BoxSet, ClassLabel, MaskTarget
from calibrate.contracts.prediction import ClassMap
from calibrate.contracts.sample import Facts, Geometry
from calibrate.data.room import Kept, Place, Room, StoredRecords, StoredRows, bytes_of
from calibrate.errors import CalibrateError

BIG = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)


def room(folder: Path, limit: int = 0) -> Room:
    return Room(limit, folder)


def test_memory_is_taken_until_there_is_none(tmp_path):
    own = room(tmp_path, 10)
    assert [own.take(size) for size in (4, 7, 6, 1)] == [True, False, True, False]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "array",
    [
        BIG,
        BIG.astype(np.int64)[::2, ::-1],
        np.asfortranarray(BIG.astype(np.float32)),
        np.float64(3.5) * np.ones((600, 1)),
    ],
)
def test_an_array_comes_back_as_it_was(tmp_path, array):
    own = room(tmp_path)
    stowed = own.stow({"a": array})
    assert isinstance(stowed["a"], Place)
    found = own.fetch(stowed)["a"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    found[0] = 0  # memory of its own
    np.testing.assert_array_equal(own.fetch(stowed)["a"], array)


def test_what_is_small_or_fits_stays_where_it_is(tmp_path):
    own = room(tmp_path, BIG.nbytes)
    fits = Facts("a", MaskTarget(BIG))
    assert own.stow(fits) is fits
    boxes = np.zeros((3, 4), np.float32)
    flags = np.zeros(3, np.bool_)
    small = Facts("b", BoxSet(boxes, np.arange(3), flags, flags, boxes[:, 0], "7"))
    assert own.stow(small) is small
    label = Facts("c", ClassLabel(3))
    assert own.stow(label) is label
    assert own.stow(None) is None
    assert not list(tmp_path.iterdir())


def test_records_in_records_are_kept_whole(tmp_path):
    own = room(tmp_path)
    facts = Facts("a", MaskTarget(BIG, ignore=7), Geometry(4, 5, 6, 7), "a.png")
    stowed = own.stow(facts)
    assert isinstance(stowed.annotation.mask, Place)
    found = own.fetch(stowed)
    assert (found.id, found.geometry, found.source) == (facts.id, facts.geometry, facts.source)
    assert found.annotation.ignore == 7
    np.testing.assert_array_equal(found.annotation.mask, BIG)


@dataclass(frozen=True)
class Derived:
    """A user's record: one field is made from another."""

    values: np.ndarray
    total: int = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "total", 0)


def test_fields_that_are_made_are_not_given(tmp_path):
    own = room(tmp_path)
    np.testing.assert_array_equal(own.fetch(own.stow(Derived(BIG))).values, BIG)


def test_by_index(tmp_path):
    own = room(tmp_path, BIG.nbytes)
    kept: Kept[ClassMap] = Kept(own)
    for index in (5, 2, 9):
        kept[index] = ClassMap(BIG + np.uint8(index))
    kept.update({2: ClassMap(BIG)})
    del kept[9]
    assert list(kept) == [5, 2]
    assert len(kept) == 2
    np.testing.assert_array_equal(kept[5].mask, BIG + np.uint8(5))
    np.testing.assert_array_equal(kept[2].mask, BIG)
    assert kept.get(9) is None
    everywhere: Kept[ClassMap] = Kept()
    everywhere[0] = ClassMap(BIG)
    assert everywhere[0].mask is BIG


def test_rows(tmp_path):
    own = room(tmp_path)
    rows = StoredRows(own, (6, 2, 3), np.dtype(np.float32))
    other = StoredRows(own, (6,), np.dtype(np.int64))
    expected = np.arange(36, dtype=np.float32).reshape(6, 2, 3)
    for index in reversed(range(6)):
        rows[index] = expected[index]
        other[index] = np.int64(-index)
    assert rows.shape == (6, 2, 3)
    assert len(rows) == 6
    for chosen in (slice(2, 4), slice(0, 1), slice(0, 0), [3, 3, 0], slice(None)):
        np.testing.assert_array_equal(rows[chosen], expected[chosen])
    np.testing.assert_array_equal(rows[4], expected[4])
    np.testing.assert_array_equal(list(rows), expected)
    assert other[:].tolist() == [0, -1, -2, -3, -4, -5]
    picked = rows.picked([1, 4])
    assert picked.shape == (2, 2, 3)
    np.testing.assert_array_equal(picked[:], expected[[1, 4]])
    assert rows.shape == (6, 2, 3)


def test_records_in_order(tmp_path):
    own = room(tmp_path)
    facts = [Facts(str(number), MaskTarget(BIG + np.uint8(number))) for number in range(4)]
    records = StoredRecords(own, [own.stow(one) for one in facts])
    assert [one.id for one in records] == ["0", "1", "2", "3"]
    part = records[1:3]
    assert len(part) == 2
    np.testing.assert_array_equal(part[1].annotation.mask, BIG + np.uint8(2))
    np.testing.assert_array_equal(records[-1].annotation.mask, BIG + np.uint8(3))


def test_the_file_has_no_name_and_goes_with_its_room(tmp_path):
    def opened() -> list[str]:
        links = [
            str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()
        ]
        return [link for link in links if str(tmp_path) in link]

    own = room(tmp_path / "work")
    own.stow(ClassMap(BIG))
    assert not list(tmp_path.iterdir())
    assert len(opened()) == 1
    del own
    gc.collect()
    assert not opened()


@pytest.mark.parametrize(
    ("kept", "size"),
    [
        (BIG, 4096),
        ([Facts("a", MaskTarget(BIG)), Facts("b", ClassLabel(1)), Facts("c")], 4096),
        ({3: {"scores": np.zeros(5)}, 4: {"scores": np.zeros(7)}}, 96),
        (("text", b"text", None, 5), 0),
        (Facts, 0),
    ],
)
def test_bytes_are_those_of_arrays(kept, size):
    assert bytes_of(kept) == size


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    own = room(tmp_path)
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(CalibrateError, match="No space left on device; free space") as caught:
        own.stow(ClassMap(BIG))
    assert caught.value.where == str(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CalibrateError, match="memory_limit cannot be kept there"):
        room(tmp_path / "file").reserve(1)
