"""What every adapter has to hold, for tests of built-in ones and of a user's own."""

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
    """Hold an adapter against its contract, on the first `count` entries.

    Checked: listing twice gives the same entries in the same order with unique, printable ids;
    every source exists; samples carry the item's id, arrays, and for images HWC RGB with
    a geometry of the same size; annotations have the types and shapes that their records
    document, and labels within the label names; reading in threads gives what reading in
    sequence gives.

    Args:
        adapter: with data that it can read.
        count: entries that are read.
        threads: that read at the same time.

    Returns:
        All items, for checks of the caller's own.

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
    one_by_one = [adapter.read(item) for item in chosen]
    for item, sample in zip(chosen, one_by_one, strict=True):
        _check_sample(item, sample)
        _check_annotation(sample, len(names))
    # Twice and backwards, so that threads meet on one file.
    order = [*reversed(range(len(chosen))), *range(len(chosen))]
    with ThreadPoolExecutor(threads) as pool:
        read = list(pool.map(lambda index: adapter.read(chosen[index]), order))
    for index, sample in zip(order, read, strict=True):
        equal = _same(sample, one_by_one[index])
        require(equal, f"sample {sample.id}: reading it again, by threads, gives something else")
    return items


def _same(one: object, other: object) -> bool:
    """Whether two records, mappings or arrays are equal throughout, dtypes included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and same(one, other)
    if type(one) is not type(other):
        return False
    if is_dataclass(one):
        names = [entry.name for entry in fields(one)]
        return all(_same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return one == other


def _check_items(items: Sequence[Item], again: Sequence[Item]) -> None:
    require(len(items) > 0, "a dataset without entries is a CalibrateError")
    stable = len(items) == len(again) and all(map(_same, items, again))
    require(stable, "listing again gives other items or another order")
    first, count = Counter(item.id for item in items).most_common(1)[0]
    require(count == 1, f"the id {first!r} stands {count} times")
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
    where, found = f"sample {sample.id}", sample.annotation
    if isinstance(found, ClassLabel):
        _check_label(where, found.label, names)
    elif isinstance(found, LabelSet):
        require(list(found.labels) == sorted(set(found.labels)), f"{where}: labels not ascending")
        for label in found.labels:
            _check_label(where, label, names)
    elif isinstance(found, BoxSet):
        _check_boxes(where, found)
    elif isinstance(found, MaskTarget):
        sides = found.mask.ndim
        require(
            sides in (2, 3), f"{where}: the mask is {found.mask.shape}, not [H, W] or [D, H, W]"
        )
        kind = found.mask.dtype
        require(kind in (np.dtype(np.uint8), np.dtype(np.int32)), f"{where}: the mask is {kind}")
    elif isinstance(found, ImageTarget):
        require(found.image.dtype == np.uint8, f"{where}: the target is {found.image.dtype}")


def _check_label(where: str, label: int, names: int) -> None:
    require(type(label) is int and label >= 0, f"{where}: the label {label!r} is no class id")
    require(not names or label < names, f"{where}: label {label}, but {names} label names")


def _check_boxes(where: str, found: BoxSet) -> None:
    count = len(found.labels)
    expected = {
        "boxes": ((count, 4), np.float32),
        "labels": ((count,), np.int64),
        "difficult": ((count,), np.bool_),
        "crowd": ((count,), np.bool_),
        "areas": ((count,), np.float32),
    }
    for name, (shape, dtype) in expected.items():
        array = getattr(found, name)
        require(array.shape == shape, f"{where}: {name} is {array.shape}, not {shape}")
        require(array.dtype == dtype, f"{where}: {name} is {array.dtype}, not {dtype}")
