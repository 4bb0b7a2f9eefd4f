import gc
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, ClassLabel, MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts, Geometry
from calibrate.datasets.loading.spill_buffer import Place, SpillBuffer
from calibrate.errors import CalibrateError

BIG = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)


def room(folder: Path, limit: int = 0) -> SpillBuffer:
    return SpillBuffer(limit, folder)


def test_memory_is_taken_until_there_is_none(tmp_path):
    buffer = room(tmp_path, 10)
    assert [buffer.take(size) for size in (4, 7, 6, 1)] == [True, False, True, False]
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
    buffer = room(tmp_path)
    stowed = buffer.stow({"a": array})
    assert isinstance(stowed["a"], Place)
    result = buffer.fetch(stowed)["a"]
    assert result.dtype == array.dtype
    np.testing.assert_array_equal(result, array)
    result[0] = 0  # memory of its own
    np.testing.assert_array_equal(buffer.fetch(stowed)["a"], array)


def test_what_is_small_or_fits_stays_where_it_is(tmp_path):
    buffer = room(tmp_path, BIG.nbytes)
    fits = Facts("a", MaskTarget(BIG))
    assert buffer.stow(fits) is fits
    boxes = np.zeros((3, 4), np.float32)
    flags = np.zeros(3, np.bool_)
    small = Facts("b", BoxSet(boxes, np.arange(3), flags, flags, boxes[:, 0], "7"))
    assert buffer.stow(small) is small
    label = Facts("c", ClassLabel(3))
    assert buffer.stow(label) is label
    assert buffer.stow(None) is None
    assert not list(tmp_path.iterdir())


def test_records_in_records_are_kept_whole(tmp_path):
    buffer = room(tmp_path)
    facts = Facts("a", MaskTarget(BIG, ignore=7), Geometry(4, 5, 6, 7), "a.png")
    stowed = buffer.stow(facts)
    assert isinstance(stowed.annotation.mask, Place)
    result = buffer.fetch(stowed)
    assert (result.id, result.geometry, result.source) == (facts.id, facts.geometry, facts.source)
    assert result.annotation.ignore == 7
    np.testing.assert_array_equal(result.annotation.mask, BIG)


@dataclass(frozen=True)
class Derived:
    """A user's record: one field is made from another."""

    values: np.ndarray
    total: int = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "total", 0)


def test_fields_that_are_made_are_not_given(tmp_path):
    buffer = room(tmp_path)
    np.testing.assert_array_equal(buffer.fetch(buffer.stow(Derived(BIG))).values, BIG)


def test_the_file_has_no_name_and_goes_with_its_room(tmp_path):
    def opened() -> list[str]:
        links = [
            str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()
        ]
        return [link for link in links if str(tmp_path) in link]

    buffer = room(tmp_path / "work")
    buffer.stow(ClassMap(BIG))
    assert not list(tmp_path.iterdir())
    assert len(opened()) == 1
    del buffer
    gc.collect()
    assert not opened()


def test_a_full_disk_is_reported(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    buffer = room(tmp_path)
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(CalibrateError, match="No space left on device; free space") as caught:
        buffer.stow(ClassMap(BIG))
    assert caught.value.where == str(tmp_path)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CalibrateError, match="memory_limit cannot be kept there"):
        room(tmp_path / "file").reserve(1)
