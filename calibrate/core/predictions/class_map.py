"""Predictions of a class for each pixel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import LONGEST_LIST, class_name, map_text, share_text
from calibrate.core.predictions.base import (
    Confidence,
    Difference,
    Pixel,
    Prediction,
    share_of_equal,
)


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap(Prediction):
    """A class per pixel: [H, W] integer."""

    decoders: ClassVar[tuple[str, ...]] = ("segmentation",)
    has_decision: ClassVar[bool] = True

    mask: NDArray[np.integer]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The map."""
        return {"mask": self.mask}

    def describe(self, names: Sequence[str]) -> str:
        """`map 4×4 of 0 (sky), 1 (road)`."""
        return map_text(self.mask, names)

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """The share of equal pixels."""
        return share_of_equal(np.equal(self.mask, reference.mask))

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`38 % of the pixels: dog became cat on 25 %, person became dog on 12 %`."""
        if self.mask.shape != other.mask.shape:
            return None
        changed = self.mask != other.mask
        if not changed.any():
            return None
        before, after = self.mask[changed].tolist(), other.mask[changed].tolist()
        pairs = Counter(zip(before, after, strict=True))
        changes = [
            f"{class_name(was, names)} became {class_name(now, names)} on "
            f"{share_text(count / self.mask.size)}"
            for (was, now), count in pairs.most_common(LONGEST_LIST)
        ]
        share = float(changed.mean())
        more = f" and {len(pairs) - LONGEST_LIST} more" if len(pairs) > LONGEST_LIST else ""
        text = f"{share_text(share)} of the pixels: {', '.join(changes)}{more}"
        return Difference(share, text, overlay=np.where(changed, Pixel.CHANGED, 0).astype(np.uint8))
