"""Adapter of `.npz` and `.npy` files: samples of any shape, any number of inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibrate.core.annotation import ClassLabel, MaskTarget
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import IMAGE, Geometry, Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.array_files import array_names, load_array
from calibrate.datasets.formats.array_targets import parse_targets
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.masks import LARGEST_ID
from calibrate.datasets.formats.paths import Stamp
from calibrate.datasets.formats.row_targets import TargetKind, TargetSpec
from calibrate.errors import CalibrateError


def as_image(entry: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Return HWC uint8 RGB of an entry that is an image, else None.

    Args:
        entry: uint8 [H, W], [H, W, 1] (grey, repeated in three channels) or [H, W, 3]; an
            entry of another type or shape, such as a preprocessed input, is no image.
    """
    if entry.dtype != np.uint8 or entry.size == 0:
        return None
    if entry.ndim == 2:
        entry = entry[:, :, np.newaxis]
    if entry.ndim != 3 or entry.shape[2] not in (1, 3):
        return None
    return np.array(np.broadcast_to(entry, (*entry.shape[:2], 3)))


class Arrays(Component):
    """Arrays of an `.npz`, an `.npy` or a folder of `.npy`, samples along their first dimension.

    An array with the key `image`, uint8 [N, H, W], [N, H, W, 1] or [N, H, W, 3], is an image for
    the preprocessing steps; all other arrays are passed on unchanged.

    Example:
        type: arrays
        data_source: test.npz
        inputs: {image: x_test}
        label_key: y_test
    """

    data_source: AnchoredPath
    """An `.npz` or `.npy` file, or a folder of `.npy` files, named by their stems."""
    inputs: dict[str, str] = Field(default_factory=dict)
    """Names of arrays by their key in the data; by default all but the labels, each with its name
    as key."""
    label_key: str | None = None
    """The array of labels; without it the data is unlabelled."""
    target: TargetKind | Literal["mask"] = "class"
    """Contents of that array: class ids [N], values [N, K], labels [N, C] of 0 and 1, tokens
    [N, T], or masks of class ids [N, H, W] or [N, D, H, W]."""
    ignore_mask: int | None = None
    """The id of pixels or voxels in masks that do not count."""
    ignore: int | None = -100
    """The token id of positions that do not count."""
    labels: AnchoredPath | None = None
    """File of class names: one per line, or JSON."""

    @model_validator(mode="after")
    def _label_is_no_input(self) -> "Arrays":
        if self.label_key is not None and self.label_key in self.inputs.values():
            raise ValueError(f"'{self.label_key}' is an input and the label at once")
        return self

    def items(self) -> Sequence[Item]:
        """Return the entries in their order, named by their index."""
        findings = Findings(shown(self.data_source))
        files = array_names(self.data_source)
        arrays = {name: self._array(files, name) for name in self._chosen(files).values()}
        labels = None
        if self.label_key is not None:
            labels = arrays[self.label_key] = self._array(files, self.label_key)
        lengths = {name: len(array) for name, array in arrays.items() if array.ndim}
        for name in arrays.keys() - lengths.keys():
            findings.add(f"array '{shown(name)}' is a single number")
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{shown(name)} {count}" for name, count in lengths.items())
            findings.add(f"the arrays differ in length: {listed}", hint="name the ones in inputs")
        if not any(lengths.values()) and not findings.count:
            findings.add("the arrays have no entries")
        findings.raise_any()
        items = self._labelled(labels, next(iter(lengths.values())), findings)
        findings.raise_any()
        return items

    def _labelled(
        self, labels: NDArray[Any] | None, count: int, findings: Findings
    ) -> Sequence[Item]:
        if labels is None:
            return [Item(str(i), self.data_source, index=i) for i in range(count)]
        if self.target == "mask":
            return self._masked(labels)
        inner = Findings(f"{findings.where}[{self.label_key}]")
        spec = TargetSpec(self.target, ignore=self.ignore)
        classes = len(self.label_names())
        try:
            targets = list(parse_targets(labels, spec, classes, inner))
        except CalibrateError as error:
            raise CalibrateError(error.message, inner.where, error.hint) from error
        inner.raise_any()
        strata = [entry.label if isinstance(entry, ClassLabel) else None for entry in targets]
        return [
            Item(str(i), self.data_source, entry, stratum, i)
            for i, (entry, stratum) in enumerate(zip(targets, strata, strict=True))
        ]

    def _masked(self, labels: NDArray[Any]) -> Sequence[Item]:
        """Return entries whose masks are read together with their inputs."""
        where = f"{shown(self.data_source)}[{self.label_key}]"
        if labels.ndim not in (3, 4) or labels.dtype.kind not in "biu":
            raise CalibrateError(
                f"the array is {labels.dtype} {list(labels.shape)}, but masks are integers "
                "[N, H, W] or [N, D, H, W]",
                where,
            )
        return [Item(str(i), self.data_source, index=i) for i in range(len(labels))]

    def _mask(self, item: Item) -> MaskTarget | None:
        if self.target != "mask" or self.label_key is None:
            return None
        mask = np.array(self._array(array_names(self.data_source), self.label_key)[item.index])
        counted = mask[mask != self.ignore_mask] if self.ignore_mask is not None else mask
        limit = len(self.label_names()) or LARGEST_ID + 1
        if counted.size and (counted.min() < 0 or counted.max() >= limit):
            raise CalibrateError(
                f"the mask holds ids from {counted.min()} to {counted.max()}, there are {limit} "
                "classes",
                f"{shown(self.data_source)}[{self.label_key}] entry {item.index}",
            )
        small = not mask.size or (mask.min() >= 0 and mask.max() < 256)
        return MaskTarget(mask.astype(np.uint8 if small else np.int32), self.ignore_mask)

    def _chosen(self, files: Mapping[str, Stamp]) -> Mapping[str, str]:
        chosen = self.inputs or {name: name for name in files if name != self.label_key}
        if not chosen:
            raise CalibrateError("there is no array but the labels", shown(self.data_source))
        return chosen

    def _array(self, files: Mapping[str, Stamp], name: str) -> NDArray[Any]:
        if name not in files:
            raise CalibrateError(
                f"there is no array '{name}'",
                shown(self.data_source),
                f"there are: {', '.join(map(shown, sorted(files)[:20]))}",
            )
        return load_array(files[name], name)

    def read(self, item: Item) -> Sample:
        """Return one entry of every input."""
        files = array_names(self.data_source)
        place = f"{shown(self.data_source)} entry {item.index}"
        data: dict[str, NDArray[Any]] = {}
        for key, name in self._chosen(files).items():
            array = self._array(files, name)
            if item.index >= len(array):
                raise CalibrateError(f"array '{shown(name)}' has no such entry any more", place)
            # A copy: steps get arrays that do not depend on the memory-mapped file.
            data[key] = np.array(array[item.index])
        image = as_image(data[IMAGE]) if IMAGE in data else None
        annotation = self._mask(item) or item.annotation
        if image is None:
            return Sample(item.id, data, annotation, source=place)
        height, width = image.shape[:2]
        geometry = Geometry(height, width, height, width)
        return Sample(item.id, {**data, IMAGE: image}, annotation, geometry, place)

    def sources(self) -> Sequence[Path]:
        """Return the file or folder, and the names of the classes."""
        return [path for path in (self.data_source, self.labels) if path]

    def label_names(self) -> Sequence[str]:
        """Return the names of the labels file."""
        return read_label_names(self.labels).names
