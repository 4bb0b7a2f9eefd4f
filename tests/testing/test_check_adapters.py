"""The check of adapters finds what breaks the contract."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, ClassLabel, LabelSet, MaskTarget
from calibrate.core.component import Component
from calibrate.core.sample import Item, image_sample
from calibrate.testing.adapters import check_adapter

COUNTER = itertools.count()


class Good(Component):
    """Give three images."""

    def items(self):
        return [Item(str(i), annotation=ClassLabel(i), index=i) for i in range(3)]

    def read(self, item):
        return image_sample(item, np.full((4, 5, 3), item.index, np.uint8))

    def sources(self):
        return [Path(__file__)]

    def label_names(self):
        return ["a", "b", "c"]


class Empty(Good):
    """List nothing."""

    def items(self):
        return []


class Shuffled(Good):
    """List in another order each time."""

    def items(self):
        return super().items()[:: 1 if next(COUNTER) % 2 else -1]


class Twice(Good):
    """Give two entries one id."""

    def items(self):
        return [*super().items(), Item("1")]


class Unprintable(Good):
    """Give an id that a terminal would obey."""

    def items(self):
        return [Item("\x1b[2J")]


class Sourceless(Good):
    """Need a file that is not there."""

    def sources(self):
        return [Path("/nothing/here")]


class Moody(Good):
    """Read something else each time."""

    def read(self, item):
        return image_sample(item, np.full((4, 5, 3), next(COUNTER) % 256, np.uint8))


class Renaming(Good):
    """Call the sample something else."""

    def read(self, item):
        return replace(super().read(item), id="other")


class Floating(Good):
    """Give an image of floats."""

    def read(self, item):
        return image_sample(item, np.zeros((4, 5, 3), np.float64))


class Grey(Good):
    """Give one channel."""

    def read(self, item):
        return image_sample(item, np.zeros((4, 5, 1), np.uint8))


class Misplaced(Good):
    """Give a geometry of another size."""

    def read(self, item):
        sample = super().read(item)
        return replace(sample, geometry=sample.geometry.resized(8, 8))


class Unlabelled(Good):
    """Have fewer names than labels."""

    def label_names(self):
        return ["a"]


class Annotated(Good):
    """Give an annotation of one's choice."""

    what: str
    """Which."""

    def read(self, item):
        empty = BoxSet(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.int64),
            np.zeros(0, np.bool_),
            np.zeros(0, np.bool_),
            np.zeros(0, np.float32),
        )
        annotation = {
            "labels": LabelSet((1, 0)),
            "label": ClassLabel(-1),
            "boxes": replace(empty, boxes=np.zeros((1, 4), np.float32)),
            "areas": replace(empty, areas=np.zeros(0)),
            "mask": MaskTarget(np.zeros((4, 5, 3, 2), np.uint8)),
        }[self.what]
        return replace(super().read(item), annotation=annotation)


def test_good():
    assert len(check_adapter(Good())) == 3


@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        (object(), "not derived from calibrate.Component"),
        (Empty(), "without entries is a CalibrateError"),
        (Shuffled(), "another order"),
        (Twice(), "the id '1' occurs 2 times"),
        (Unprintable(), r"is not printable"),
        (Sourceless(), "source /nothing/here does not exist"),
        (Moody(), "gives something else"),
        (Renaming(), "carries the id 'other'"),
        (Floating(), "the image is float64, not uint8"),
        (Grey(), r"the image is \(4, 5, 1\), not HWC RGB"),
        (Misplaced(), "geometry and pixels differ in size"),
        (Unlabelled(), "label 1, but 1 label names"),
        (Annotated(what="labels"), "labels not ascending"),
        (Annotated(what="label"), "the label -1 is no class id"),
        (Annotated(what="boxes"), r"boxes is \(1, 4\), not \(0, 4\)"),
        (Annotated(what="areas"), "areas is float64, not"),
        (Annotated(what="mask"), r"the mask is \(4, 5, 3, 2\), not \[H, W\]"),
    ],
)
def test_broken(adapter, message):
    with pytest.raises(AssertionError, match=message):
        check_adapter(adapter)
