from dataclasses import replace

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, ClassLabel
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors


def tensors(labels: tuple[int | None, ...] = (0, 1, 2)) -> Tensors:
    count = len(labels)
    return Tensors(
        (
            np.arange(count * 2, dtype=np.float32).reshape(count, 2),
            np.arange(count, dtype=np.uint8)[:, None],
        ),
        tuple(Facts(str(i), None if n is None else ClassLabel(n)) for i, n in enumerate(labels)),
        tuple(f"d{i}" for i in range(count)),
    )


def test_one_sample_is_fed_without_a_copy():
    given = tensors()
    feed = given.feed([1], 1)
    assert {key: array.tolist() for key, array in feed.items()} == {0: [[2.0, 3.0]], 1: [[1]]}
    assert all(np.shares_memory(feed[key], array) for key, array in enumerate(given.inputs))


@pytest.mark.parametrize(
    ("indices", "batch", "second"),
    [
        ([0, 2], 2, [[0], [2]]),
        ([2, 0], 2, [[2], [0]]),
        ([1], 3, [[1], [1], [1]]),  # filled up with the last
        ([0, 1], 3, [[0], [1], [1]]),
    ],
)
def test_batches(indices, batch, second):
    feed = tensors().feed(indices, batch)
    assert feed[1].tolist() == second
    assert all(len(array) == batch and array.flags.c_contiguous for array in feed.values())


def test_the_digest_depends_on_content_order_and_annotation_alone():
    given = tensors()
    assert given.digest() == tensors().digest()
    assert given.digest() == replace(given, skipped=("x",)).digest()
    renamed = replace(given, facts=tuple(replace(fact, id="x") for fact in given.facts))
    assert given.digest() == renamed.digest()
    others = [
        tensors((0, 1, 3)),
        tensors((0, 1, None)),
        tensors((0, 1)),
        replace(given, digests=("d0", "d1", "dx")),
        replace(given, digests=("d1", "d0", "d2")),
    ]
    assert len({given.digest(), *(other.digest() for other in others)}) == 1 + len(others)


def test_boxes_count_in_the_digest():
    def boxes(edge: float) -> Facts:
        return Facts(
            "a",
            BoxSet(
                np.array([[0, 0, 1, edge]], np.float32),
                np.array([1]),
                np.array([False]),
                np.array([False]),
                np.array([1], np.float32),
            ),
        )

    made = [Tensors((), (boxes(edge),), ("d",)).digest() for edge in (1.0, 2.0, 1.0)]
    assert made[0] == made[2] != made[1]


def test_length():
    assert len(tensors()) == 3
