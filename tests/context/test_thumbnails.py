from types import SimpleNamespace

import numpy as np

from calibrate.context.thumbnails import thumbnails
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.errors import CalibrateError


class Shelf:
    """Images `a` and `c`, numbers `n`, and `b`, which cannot be read any more."""

    def __init__(self):
        self.read_ids = []

    def items(self):
        return [Item(name) for name in "abcn"]

    def read(self, item):
        self.read_ids.append(item.id)
        if item.id == "b":
            raise CalibrateError("is gone", "b.png")
        if item.id == "n":
            return Sample("n", {"values": np.zeros(3)})
        return image_sample(item, np.zeros((8, 8, 3), np.uint8))


def resolved(backend):
    return SimpleNamespace(adapter=backend, steps=())


def test_of_those_asked_for_that_are_pictures():
    backend = Shelf()
    found = thumbnails(resolved(backend), ["b", "c", "n"])
    assert list(found) == ["c"]
    assert found["c"].startswith("/9j/")
    assert backend.read_ids == ["b", "c", "n"]


def test_nothing_asked_for_reads_nothing():
    assert thumbnails(SimpleNamespace(), []) == {}
