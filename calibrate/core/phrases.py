"""Classes, boxes and lists of them in a few words."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

LONGEST_LIST = 3
"""Entries of a list that are spelled out; more are counted."""


def class_text(label: int, names: Sequence[str]) -> str:
    """`3 (cat)`, or `3` where the class has no name."""
    return f"{label} ({names[label]})" if 0 <= label < len(names) and names[label] else str(label)


def class_name(label: int, names: Sequence[str]) -> str:
    """`cat`, or `class 3` where the class has no name."""
    return names[label] if 0 <= label < len(names) and names[label] else f"class {label}"


def listed(words: Sequence[str]) -> str:
    """`a, b, c and 2 more`; empty for none."""
    more = f" and {len(words) - LONGEST_LIST} more" if len(words) > LONGEST_LIST else ""
    return ", ".join(words[:LONGEST_LIST]) + more


def counted_classes(labels: Iterable[int], names: Sequence[str]) -> str:
    """`2 person, 1 dog`, the most frequent first."""
    counts = Counter(int(label) for label in labels)
    return listed([f"{count} {class_name(label, names)}" for label, count in counts.most_common()])


def boxes_text(boxes: Sequence[str]) -> str:
    """`2 boxes: 1 (dog), 17 (cat)` from the words for each box."""
    plural = "" if len(boxes) == 1 else "es"
    return f"{len(boxes)} box{plural}" + (f": {listed(boxes)}" if boxes else "")


def map_text(mask: NDArray[np.integer], names: Sequence[str]) -> str:
    """`map 4×4 of 0 (sky), 1 (road)`."""
    present = listed([class_text(int(label), names) for label in np.unique(mask)])
    return f"map {size_text(mask)} of {present or 'none'}"


def numbers_text(values: NDArray[np.floating]) -> str:
    """`0.5, 2`, or `none`."""
    return listed([f"{value:.4g}" for value in values.reshape(-1)]) or "none"


def labels_text(labels: Iterable[int], names: Sequence[str]) -> str:
    """`0 (cat), 1 (dog)`, or `none`."""
    return listed([class_text(int(label), names) for label in labels]) or "none"


def size_text(array: NDArray[np.generic]) -> str:
    """`480×640`."""
    return f"{array.shape[0]}×{array.shape[1]}"


def share_text(share: float) -> str:
    """`38 %`, or `0.03 %` for little."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
