"""Adapter of CIFAR-10 and CIFAR-100 as published: binary and python (pickled) batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.label_lists import parse_label_names
from calibrate.datasets.formats.paths import Stamp, regular_file
from calibrate.datasets.formats.pickles import load_plain
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

Kind = Literal["fine", "coarse"]

_PIXELS = 3 * 32 * 32
_CLASSES = {"cifar10": 10, "fine": 100, "coarse": 20}
_TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))
_EDITIONS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"test": ("test_batch",), "train": _TRAIN, "all": (*_TRAIN, "test_batch")},
    {"test": ("test",), "train": ("train",), "all": ("train", "test")},
)
_NAMES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The content of one file.

    Attributes:
        pixels: [N, 3072] uint8, planes red, green, blue of 32 rows of 32.
        labels: [N] class ids.
        classes: number of classes: 10, 100 (fine) or 20 (coarse).
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.integer]
    classes: int


def parse_binary(content: NDArray[np.uint8], kind: Kind, where: str) -> Batch:
    """Parse a binary batch: records of a label (CIFAR-100: coarse and fine label) and pixels.

    Args:
        content: [bytes] uint8, of the file.
        kind: which of CIFAR-100's labels.
        where: the file, for messages.

    Raises:
        CalibrateError: the size is not that of whole records of either dataset.
    """
    for labels in (1, 2):
        if content.size and content.size % (_PIXELS + labels) == 0:
            records = content.reshape(-1, _PIXELS + labels)
            column = 0 if labels == 1 or kind == "coarse" else 1
            classes = _CLASSES["cifar10" if labels == 1 else kind]
            return Batch(records[:, labels:], records[:, column], classes)
    raise CalibrateError(
        f"{content.size} bytes are not whole records of CIFAR-10 (3073 bytes) or -100 (3074)",
        where,
        "the file may be cut off; get it again",
    )


def parse_pickled(data: bytes, kind: Kind, where: str) -> Batch:
    """Parse a python batch: a pickled dictionary of `data` and `labels` or `fine_labels` etc.

    Raises:
        CalibrateError: the pickle is broken or contains something else.
    """
    loaded = load_plain(data, where)
    content: Mapping[Any, Any] = loaded if isinstance(loaded, Mapping) else {}
    name = "labels" if _get(content, "labels") is not None else f"{kind}_labels"
    pixels, labels = _get(content, "data"), _get(content, name)
    if not (
        isinstance(pixels, np.ndarray)
        and pixels.dtype == np.uint8
        and pixels.shape[1:] == (_PIXELS,)
        and isinstance(labels, list)
        and len(labels) == len(pixels) > 0
        and all(isinstance(label, int) and 0 <= label < 256 for label in labels)
    ):
        raise CalibrateError("this is not a python batch of CIFAR (data and labels)", where)
    classes = _CLASSES["cifar10" if name == "labels" else kind]
    return Batch(pixels, np.array(labels, np.int64), classes)


def _get(content: Mapping[Any, Any], key: str) -> object:
    return content.get(key, content.get(key.encode()))


@lru_cache(maxsize=8)
def _load(stamp: Stamp, kind: Kind) -> Batch:
    where = shown(stamp.path)
    try:
        if stamp.path.suffix == ".bin":
            # An empty file cannot be mapped.
            empty = np.zeros(0, np.uint8)
            content = np.memmap(stamp.path, np.uint8, "r") if stamp.size else empty
            return parse_binary(content, kind, where)
        return parse_pickled(stamp.path.read_bytes(), kind, where)
    except OSError as error:
        raise CalibrateError(f"the file cannot be read ({error.strerror})", where) from error


def parse_batch(batch: Batch, path: Path, findings: Findings) -> list[Item]:
    """Return the items of a batch; `findings` gets the labels that are out of range."""
    items = []
    for index, label in enumerate(batch.labels.tolist()):
        if label >= batch.classes:
            findings.add(
                f"label {label} is out of range: there are {batch.classes} classes",
                f"{path.name} record {index}",
            )
        items.append(Item(f"{shown(path.name)}#{index}", path, ClassLabel(label), label, index))
    return items


class Cifar(Component):
    """CIFAR-10 or CIFAR-100 as published, in binary or python batches.

    Example:
        type: cifar
        data_source: cifar-10-batches-bin
        split: test
    """

    data_source: AnchoredPath
    """The folder of batches as unpacked (`cifar-10-batches-bin`, `-py`...), or one batch."""
    split: Literal["test", "train", "all"] = "test"
    """Which batches of the folder are read."""
    labels: Kind = "fine"
    """Which of CIFAR-100's labels: 100 `fine` or 20 `coarse` classes."""

    def items(self) -> Sequence[Item]:
        """Return all records, in the order of the batches."""
        findings = Findings(shown(self.data_source))
        items = [
            item
            for path in self._batches()
            for item in parse_batch(_load(Stamp.of(path), self.labels), path, findings)
        ]
        findings.raise_any()
        return items

    def _batches(self) -> Sequence[Path]:
        if not self.data_source.is_dir():
            return [regular_file(self.data_source)]
        for ending in (".bin", ""):
            for edition in _EDITIONS:
                names = [f"{name}{ending}" for name in edition[self.split]]
                paths = [self.data_source / name for name in names]
                if any(path.is_file() for path in paths):
                    return paths
        raise CalibrateError(
            f"there are no batches of CIFAR's {self.split} split in this folder",
            shown(self.data_source),
            "name the unpacked folder that holds test_batch.bin, test.bin, test_batch or test",
        )

    def read(self, item: Item) -> Sample:
        """Return the image, 32 x 32."""
        if item.source is None:
            raise CalibrateError("the item has no file", item.id)
        batch = _load(Stamp.of(item.source), self.labels)
        if item.index >= len(batch.pixels):
            raise CalibrateError(f"there is no record {item.index} any more", shown(item.source))
        planes = batch.pixels[item.index].reshape(3, 32, 32)
        image = np.array(planes.transpose(1, 2, 0), np.uint8, order="C")
        return replace(
            image_sample(item, image), source=f"{shown(item.source)} record {item.index}"
        )

    def sources(self) -> Sequence[Path]:
        """Return the folder or batch."""
        return [self.data_source]

    def label_names(self) -> Sequence[str]:
        """Return the names in the file beside the batches; CIFAR-10's are built in."""
        first = self._batches()[0]
        ten = _load(Stamp.of(first), self.labels).classes == _CLASSES["cifar10"]
        text = first.parent / ("batches.meta.txt" if ten else f"{self.labels}_label_names.txt")
        if text.is_file():
            return parse_label_names(split_lines(read_text(text).rstrip()), shown(text)).names
        meta = first.parent / ("batches.meta" if ten else "meta")
        if meta.is_file():
            return _pickled_names(
                meta.read_bytes(), "label_names" if ten else f"{self.labels}_label_names", meta
            )
        return _NAMES if ten else []


def _pickled_names(data: bytes, key: str, path: Path) -> Sequence[str]:
    content = load_plain(data, shown(path))
    names = _get(content, key) if isinstance(content, Mapping) else None
    if not isinstance(names, list) or not all(isinstance(name, bytes | str) for name in names):
        raise CalibrateError(f"there are no {key} in this file", shown(path))
    return [
        shown(name.decode("utf-8", "replace") if isinstance(name, bytes) else name)
        for name in names
    ]
