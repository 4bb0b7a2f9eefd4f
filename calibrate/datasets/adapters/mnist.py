"""MNIST and its relatives as published: IDX files, gzipped or not."""

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.paths import Stamp
from calibrate.errors import CalibrateError

LARGEST = 1 << 30
"""Bytes of content; MNIST's largest file has 47 MB."""

_NAMES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    "other": (),
}  # fmt: skip


def parse_idx(file: BinaryIO, dimensions: int, where: str) -> NDArray[np.uint8]:
    """An array of an IDX file: 0, 0, 8 (uint8), rank, each dimension as big-endian uint32, content.

    Args:
        file: open for reading, not gzipped any more.
        dimensions: the expected rank: 1 for labels, 3 for images.
        where: the file, for messages.

    Raises:
        CalibrateError: another format, rank or type, or a length that does not fit.
    """
    head = file.read(4)
    if head != bytes((0, 0, 8, dimensions)):
        kind = "labels" if dimensions == 1 else "images"
        raise CalibrateError(f"this is not an IDX file of {kind} (uint8)", where)
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise CalibrateError("the file is cut off in its header", where, "get it again")
    shape = struct.unpack(f">{dimensions}I", sizes)
    count = math.prod(shape)
    if not 0 < count <= LARGEST:
        raise CalibrateError(f"the header gives {count} bytes of content (shape {shape})", where)
    content = file.read(count + 1)
    if len(content) != count:
        held = "more" if len(content) > count else f"only {len(content)}"
        raise CalibrateError(
            f"the header gives {count} bytes of content (shape {shape}), the file holds {held}",
            where,
            "get the file again",
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def decode_idx(data: bytes, dimensions: int, where: str) -> NDArray[np.uint8]:
    """An array of the bytes of an IDX file, gzipped or not; see `parse_idx`."""
    plain = BytesIO(data)
    try:
        if data.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=plain) as file:
                return parse_idx(file, dimensions, where)  # type: ignore[arg-type]  # reads alike
        return parse_idx(plain, dimensions, where)
    except (OSError, EOFError, zlib.error) as error:
        raise CalibrateError(f"the gzip data is broken ({error})", where) from error


@lru_cache(maxsize=4)
def _load(stamp: Stamp, dimensions: int) -> NDArray[np.uint8]:
    where = shown(stamp.path)
    try:
        data = stamp.path.read_bytes()
    except OSError as error:
        raise CalibrateError(f"the file cannot be read ({error.strerror})", where) from error
    return decode_idx(data, dimensions, where)


def parse_labels(
    labels: NDArray[np.uint8], images: Path, classes: int, findings: Findings
) -> list[Item]:
    """Items of an array of labels.

    Args:
        labels: [N] uint8 class ids.
        images: the file of the images.
        classes: how many there are; 0 where it is not known.
        findings: gets the labels that are out of range.
    """
    items = []
    for index, label in enumerate(labels.tolist()):
        if classes and label >= classes:
            findings.add(
                f"label {label} is out of range: there are {classes} classes", f"record {index}"
            )
        items.append(Item(f"{shown(images.name)}#{index}", images, ClassLabel(label), label, index))
    return items


class Mnist(Component):
    """MNIST, Fashion-MNIST or another set of IDX files, gzipped or not.

    Example:
        type: mnist
        data_source: mnist
        split: test
    """

    data_source: AnchoredPath | None = None
    """The folder of `t10k-images-idx3-ubyte` and its companions, with or without `.gz`."""
    split: Literal["test", "train"] = "test"
    """Which pair of the folder is read."""
    images: AnchoredPath | None = None
    """The IDX file of the images, where it has another name; needs `labels`."""
    labels: AnchoredPath | None = None
    """The IDX file of the labels, where it has another name; needs `images`."""
    names: Literal["mnist", "fashion_mnist", "other"] = "mnist"
    """The class names; `other` takes any number of classes, without names."""

    @model_validator(mode="after")
    def _one_way(self) -> "Mnist":
        if (self.images is None) != (self.labels is None):
            raise ValueError("images and labels go together")
        if (self.images is None) == (self.data_source is None):
            raise ValueError("give either data_source, or images and labels")
        return self

    def items(self) -> Sequence[Item]:
        """All records in their order."""
        images, labels = self._files()
        numbers = _load(Stamp.of(labels), 1)
        count = len(_load(Stamp.of(images), 3))
        findings = Findings(shown(labels))
        if count != len(numbers):
            findings.add(f"there are {len(numbers)} labels for {count} images of {shown(images)}")
        items = parse_labels(numbers, images, len(_NAMES[self.names]), findings)
        findings.raise_any()
        return items

    def _files(self) -> tuple[Path, Path]:
        if self.images is not None and self.labels is not None:
            return self.images, self.labels
        folder = self.data_source or Path()
        return self._named(folder, "images", 3), self._named(folder, "labels", 1)

    def _named(self, folder: Path, what: str, rank: int) -> Path:
        stem = f"{'t10k' if self.split == 'test' else 'train'}-{what}"
        names = [f"{stem}{mark}idx{rank}-ubyte{zipped}" for mark in "-." for zipped in ("", ".gz")]
        for name in names:
            if (folder / name).is_file():
                return folder / name
        raise CalibrateError(
            f"there is no {names[0]}[.gz] in this folder",
            shown(folder),
            "name the files with images and labels if they are called otherwise",
        )

    def read(self, item: Item) -> Sample:
        """The image, its grey repeated in three channels."""
        if item.source is None:
            raise CalibrateError("the item has no file", item.id)
        images = _load(Stamp.of(item.source), 3)
        if item.index >= len(images):
            raise CalibrateError(f"there is no record {item.index} any more", shown(item.source))
        image = np.repeat(images[item.index][:, :, np.newaxis], 3, axis=2)
        return replace(
            image_sample(item, image), source=f"{shown(item.source)} record {item.index}"
        )

    def sources(self) -> Sequence[Path]:
        """The folder, or the two files."""
        return [path for path in (self.data_source, self.images, self.labels) if path]

    def label_names(self) -> Sequence[str]:
        """Digits, pieces of clothing, or none."""
        return _NAMES[self.names]
