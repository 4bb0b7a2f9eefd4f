"""What every kind of prediction can do: compare itself with another one, and describe itself.

A kind is a frozen dataclass of arrays in a file of its own. Its fields are what is recorded of it;
its rules (which decision it makes, how it differs from FP32's, how it is put into words) are its
methods, so that nothing else has to know which kinds there are.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from enum import IntEnum
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Confidence:
    """What counts as a decision.

    Attributes:
        label: the least probability of a label that is present, where there may be several.
        box: the least score of a box that counts as detected.
    """

    label: float = 0.5
    box: float = 0.6


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box to draw on an image.

    Attributes:
        corners: xmin ymin xmax ymax, pixels of the source image.
        change: `kept` by both models, `lost`: FP32 alone has it, `new`: the other one alone.
        text: the class.
        keypoints: x and y of the object's keypoints, pixels of the source image.
    """

    corners: tuple[float, float, float, float]
    change: Literal["kept", "lost", "new"]
    text: str
    keypoints: tuple[tuple[float, float], ...] = ()


class Pixel(IntEnum):
    """What a pixel of an overlay shows."""

    NOTHING = 0
    LOST = 1
    NEW = 2
    CHANGED = 3
    OUTLINE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """How two predictions of one sample differ.

    Attributes:
        amount: share of the boxes, pixels, labels or tokens that differ, 0-1; for numbers and
            images how far they are apart, relative to their size. Comparable within one task.
        text: `2 of 5 boxes lost: 1 person, 1 dog; 1 new: 1 cat`.
        boxes: to draw; empty for kinds that have none.
        overlay: [H, W] uint8 of `Pixel`, to lay over the image; None for kinds without masks.
    """

    amount: float
    text: str
    boxes: tuple[DrawnBox, ...] = ()
    overlay: NDArray[np.uint8] | None = None


class Prediction(ABC):
    """What a decoder makes of the model's raw outputs for one sample."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    decoders: ClassVar[tuple[str, ...]]
    """Built-in decoders that make this kind, the usual ones, for messages."""
    has_decision: ClassVar[bool] = False
    """Whether two predictions can make the same decision, or another one."""
    has_numbers: ClassVar[bool] = False
    """Whether it consists of numbers whose distance from others means something."""
    is_list: ClassVar[bool] = False
    """Whether two models may give it another length for the same sample."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The arrays that have to be finite, by name; probabilities, not their logarithms."""

    @abstractmethod
    def describe(self, names: Sequence[str]) -> str:
        """The prediction in a few words, with how certain it is.

        Args:
            names: of the classes; may be empty.
        """

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """Share of decisions that are those of `reference`, 0-1; exactly 1 for equal predictions.

        Raises:
            TypeError: the kind makes no decision (`has_decision` is False).
        """
        raise TypeError(f"{type(self).__name__} makes no decision")

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """How `other` differs from this prediction of FP32.

        Args:
            other: of the same kind, for the same sample.
            names: of the classes; may be empty.

        Returns:
            None where it does not differ, where shapes differ, or for kinds without words for it.
        """
        return None

    def answer(self) -> tuple[int, float] | None:
        """The one class that the prediction stands for and its score; None for other kinds."""
        return None


def share_of_equal(same: NDArray[np.bool_]) -> float:
    """The share of True, 0-1; 1 where there is nothing to decide."""
    return float(same.mean()) if same.size else 1.0
