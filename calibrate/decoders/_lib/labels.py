"""From the class numbers of a model to the class ids of a dataset."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.errors import CalibrateError

# COCO numbers its 80 classes 1-90 and leaves ten numbers out.
COCO_IDS = tuple(
    number for number in range(1, 91) if number not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
)

LabelMap = tuple[int, ...] | dict[int, int] | Literal["coco_80_to_91", "coco_91_to_80"] | None
"""Dataset ids by the model's class number; -1, or no entry of a mapping: not in the dataset."""

NOT_IN_DATASET = -1


def dataset_ids(count: int, offset: int, label_map: LabelMap) -> NDArray[np.int64]:
    """The dataset's id of each of the model's classes, [count]; -1 where it has none.

    Args:
        count: how many classes the model tells apart.
        offset: is added to the class number first.
        label_map: applies to the sum.

    Raises:
        CalibrateError: the map is a list, and shorter than the classes.
    """
    numbers = np.arange(count, dtype=np.int64) + offset
    if label_map is None:
        return np.maximum(numbers, NOT_IN_DATASET)
    if isinstance(label_map, tuple):
        highest = int(numbers.max(initial=NOT_IN_DATASET))
        if highest >= len(label_map):
            raise CalibrateError(
                f"label_map has {len(label_map)} entries, and class {highest} has none",
                hint="give an entry a class, -1 for classes that the dataset does not have",
            )
        ids = np.array([*label_map, NOT_IN_DATASET], np.int64)
        return ids[np.where(numbers < 0, len(label_map), numbers)]
    table = _mapping(label_map)
    return np.array([table.get(int(number), NOT_IN_DATASET) for number in numbers], np.int64)


def _mapping(label_map: dict[int, int] | str) -> dict[int, int]:
    if isinstance(label_map, dict):
        return label_map
    pairs = dict(enumerate(COCO_IDS))
    return (
        pairs if label_map == "coco_80_to_91" else {theirs: ours for ours, theirs in pairs.items()}
    )
