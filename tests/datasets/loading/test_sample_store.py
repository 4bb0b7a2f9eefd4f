from pathlib import Path

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.datasets.loading.sample_store import (
    SpilledMapping,
    StoredRecords,
    StoredRows,
    bytes_of,
)
from calibrate.datasets.loading.spill_buffer import SpillBuffer

BIG = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)


def room(folder: Path, limit: int = 0) -> SpillBuffer:
    return SpillBuffer(limit, folder)


def test_by_index(tmp_path):
    buffer = room(tmp_path, BIG.nbytes)
    kept: SpilledMapping[ClassMap] = SpilledMapping(buffer)
    for index in (5, 2, 9):
        kept[index] = ClassMap(BIG + np.uint8(index))
    kept.update({2: ClassMap(BIG)})
    del kept[9]
    assert list(kept) == [5, 2]
    assert len(kept) == 2
    np.testing.assert_array_equal(kept[5].mask, BIG + np.uint8(5))
    np.testing.assert_array_equal(kept[2].mask, BIG)
    assert kept.get(9) is None
    everywhere: SpilledMapping[ClassMap] = SpilledMapping()
    everywhere[0] = ClassMap(BIG)
    assert everywhere[0].mask is BIG


def test_rows(tmp_path):
    buffer = room(tmp_path)
    rows = StoredRows(buffer, (6, 2, 3), np.dtype(np.float32))
    other = StoredRows(buffer, (6,), np.dtype(np.int64))
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
    buffer = room(tmp_path)
    facts = [Facts(str(number), MaskTarget(BIG + np.uint8(number))) for number in range(4)]
    records = StoredRecords(buffer, [buffer.stow(entry) for entry in facts])
    assert [entry.id for entry in records] == ["0", "1", "2", "3"]
    part = records[1:3]
    assert len(part) == 2
    np.testing.assert_array_equal(part[1].annotation.mask, BIG + np.uint8(2))
    np.testing.assert_array_equal(records[-1].annotation.mask, BIG + np.uint8(3))


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
