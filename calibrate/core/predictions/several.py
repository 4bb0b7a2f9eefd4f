"""Predictions of several heads of one model for one sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

from calibrate.core.predictions.base import Difference, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class SeveralPredictions(Prediction):
    """One prediction of each decoder of a config that has several.

    Attributes:
        heads: by the decoder's name.
    """

    decoders: ClassVar[tuple[str, ...]] = ()

    heads: Mapping[str, Prediction]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The arrays of all heads, as `head.array`."""
        return {
            f"{head}.{name}": array
            for head, prediction in self.heads.items()
            for name, array in prediction.arrays().items()
        }

    def describe(self, names: Sequence[str]) -> str:
        """`age: 31.2; gender: 1 at 98 %`; class names belong to no single head."""
        return "; ".join(f"{head}: {each.describe(())}" for head, each in self.heads.items())

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """The differences of all heads; the amount is the greatest of them."""
        differences = {
            head: each.difference(other.heads[head], ()) for head, each in self.heads.items()
        }
        present = {head: each for head, each in differences.items() if each is not None}
        if not present:
            return None
        text = "; ".join(f"{head}: {each.text}" for head, each in present.items())
        boxes = tuple(box for each in present.values() for box in each.boxes)
        return Difference(max(each.amount for each in present.values()), text, boxes)
