"""The contract of adapters, for tests of built-in and user-defined ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

from calibrate.core.annotation import BoxSet, ClassLabel, ImageTarget, LabelSet, MaskTarget
from calibrate.core.component import Adapter
from calibrate.core.sample import IMAGE, Item, Sample
from calibrate.testing.require import require, require_component, same


def check_adapter(adapter: Adapter, *, count: int = 16, threads: int = 4) -> Sequence[Item]:
    """Check an adapter against its contract, on the first `count` entries.

    Checked: listing twice gives the same entries in the same order with unique, printable ids;
    every source exists; samples carry the item's id, arrays, and for images HWC RGB with
    a geometry of the same size; annotations have the types and shapes that their records
    document, and labels within the label names; reading in threads gives what reading in
    sequence gives.

    Args:
        adapter: configured with data that it can read.
        count: number of entries to read.
        threads: number of concurrent readers.

    Returns:
        All items, for further checks by the caller.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    require_component(adapter)
    for source in adapter.sources():
        require(isinstance(source, Path) and source.exists(), f"source {source} does not exist")
    items = adapter.items()
    _check_items(items, adapter.items())
    names = adapter.label_names()
    require(all(isinstance(name, str) for name in names), "label names are strings")
    chosen = items[:count]
    sequential = [adapter.read(item) for item in chosen]
    for item, sample in zip(chosen, sequential, strict=True):
        _check_sample(item, sample)
        _check_annotation(sample, len(names))
    # Each entry twice, in opposite orders, so that threads read the same file concurrently.
    order = [*reversed(range(len(chosen))), *range(len(chosen))]
    with ThreadPoolExecutor(threads) as pool:
        read = list(pool.map(lambda index: adapter.read(chosen[index]), order))
    for index, sample in zip(order, read, strict=True):
        equal = _same(sample, sequential[index])
        require(equal, f"sample {sample.id}: reading it again, by threads, gives something else")
    return items


def _same(first: object, second: object) -> bool:
    """Return whether two records, mappings or arrays are equal, dtypes included."""
    if isinstance(first, np.ndarray):
        return isinstance(second, np.ndarray) and same(first, second)
    if type(first) is not type(second):
        return False
    if is_dataclass(first):
        names = [entry.name for entry in fields(first)]
        return all(_same(getattr(first, name), getattr(second, name)) for name in names)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            _same(first[key], second[key]) for key in first
        )
    return first == second


def _check_items(items: Sequence[Item], again: Sequence[Item]) -> None:
    require(len(items) > 0, "a dataset without entries is a CalibrateError")
    stable = len(items) == len(again) and all(map(_same, items, again))
    require(stable, "listing again gives other items or another order")
    first, count = Counter(item.id for item in items).most_common(1)[0]
    require(count == 1, f"the id {first!r} occurs {count} times")
    for item in items:
        require(item.id.isprintable() and bool(item.id), f"the id {item.id!r} is not printable")


def _check_sample(item: Item, sample: Sample) -> None:
    where = f"sample {item.id}"
    require(sample.id == item.id, f"{where}: carries the id {sample.id!r}")
    require(bool(sample.source), f"{where}: source is empty")
    require(len(sample.data) > 0, f"{where}: data is empty")
    for key, array in sample.data.items():
        require(isinstance(array, np.ndarray), f"{where}: data['{key}'] is no array")
        require(array.dtype.kind in "biufU", f"{where}: data['{key}'] is {array.dtype}")
    geometry = sample.geometry
    if geometry is not None:
        image = sample.data[IMAGE]
        kinds = (np.uint8, np.uint16, np.float32)
        require(image.dtype in kinds, f"{where}: the image is {image.dtype}, not uint8 or uint16")
        require(image.shape[2:] == (3,), f"{where}: the image is {image.shape}, not HWC RGB")
        sizes = {(geometry.height, geometry.width), (geometry.source_height, geometry.source_width)}
        require(sizes == {image.shape[:2]}, f"{where}: geometry and pixels differ in size")


def _check_annotation(sample: Sample, names: int) -> None:
    where, annotation = f"sample {sample.id}", sample.annotation
    if isinstance(annotation, ClassLabel):
        _check_label(where, annotation.label, names)
    elif isinstance(annotation, LabelSet):
        require(
            list(annotation.labels) == sorted(set(annotation.labels)),
            f"{where}: labels not ascending",
        )
        for label in annotation.labels:
            _check_label(where, label, names)
    elif isinstance(annotation, BoxSet):
        _check_boxes(where, annotation)
    elif isinstance(annotation, MaskTarget):
        sides = annotation.mask.ndim
        require(
            sides in (2, 3),
            f"{where}: the mask is {annotation.mask.shape}, not [H, W] or [D, H, W]",
        )
        kind = annotation.mask.dtype
        require(kind in (np.dtype(np.uint8), np.dtype(np.int32)), f"{where}: the mask is {kind}")
    elif isinstance(annotation, ImageTarget):
        require(
            annotation.image.dtype == np.uint8, f"{where}: the target is {annotation.image.dtype}"
        )


def _check_label(where: str, label: int, names: int) -> None:
    require(type(label) is int and label >= 0, f"{where}: the label {label!r} is no class id")
    require(not names or label < names, f"{where}: label {label}, but {names} label names")


def _check_boxes(where: str, box_set: BoxSet) -> None:
    count = len(box_set.labels)
    expected = {
        "boxes": ((count, 4), np.float32),
        "labels": ((count,), np.int64),
        "difficult": ((count,), np.bool_),
        "crowd": ((count,), np.bool_),
        "areas": ((count,), np.float32),
    }
    for name, (shape, dtype) in expected.items():
        array = getattr(box_set, name)
        require(array.shape == shape, f"{where}: {name} is {array.shape}, not {shape}")
        require(array.dtype == dtype, f"{where}: {name} is {array.dtype}, not {dtype}")
