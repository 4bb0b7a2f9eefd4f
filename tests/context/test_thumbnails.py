import numpy as np

from calibrate.context.thumbnails import thumbnails
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.datasets.loading.tensors import SampleReader
from calibrate.errors import CalibrateError


class Images:
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


def reader(backend):
    return SampleReader(backend, ())


def test_of_those_asked_for_that_are_pictures():
    backend = Images()
    pictures = thumbnails(reader(backend), ["b", "c", "n"])
    assert list(pictures) == ["c"]
    assert pictures["c"].startswith("/9j/")
    assert backend.read_ids == ["b", "c", "n"]


def test_nothing_asked_for_reads_nothing():
    backend = Images()
    assert thumbnails(reader(backend), []) == {}
    assert backend.read_ids == []
