import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.calibration_batches import CalibrationBatches

ROWS = np.arange(10, dtype=np.float32)[:, None]
TENSORS = Tensors((ROWS,), tuple(Facts(str(n)) for n in range(10)), ("d",) * 10)


def values(feeds):
    return [feed[0][:, 0].tolist() for feed in feeds]


@pytest.mark.parametrize(
    ("batch", "expected"),
    [(1, [[5], [2], [9]]), (2, [[5, 2], [9, 9]]), (4, [[5, 2, 9, 9]])],
)
def test_batches_in_order(batch, expected):
    feeds = CalibrationBatches(TENSORS, (5, 2, 9), batch)
    assert len(feeds) == len(expected)
    assert values(feeds) == expected
    assert values([feeds[-1]]) == expected[-1:]


def test_parts_of_it():
    feeds = CalibrationBatches(TENSORS, range(7), 2)
    assert values(feeds[1:3]) == [[2, 3], [4, 5]]
    assert values(feeds[3:]) == [[6, 6]]
    assert values(feeds[:0]) == []


def test_each_is_made_when_it_is_asked_for():
    asked = []

    class Counting(Tensors):
        def feed(self, indices, batch):
            asked.append(tuple(indices))
            return super().feed(indices, batch)

    feeds = CalibrationBatches(
        Counting(TENSORS.inputs, TENSORS.facts, TENSORS.digests), range(6), 1
    )
    assert asked == []
    next(iter(feeds[2:]))
    assert asked == [(2,)]
