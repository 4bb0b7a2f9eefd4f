"""Adapter of volumes: NIfTI files or DICOM series, with label volumes."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage

from calibrate.core.annotation import MaskTarget
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import IMAGE, Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.dicom import ENDINGS as DICOM_ENDINGS
from calibrate.datasets.formats.dicom import read_dicom_series
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.nifti import ENDINGS as NIFTI_ENDINGS
from calibrate.datasets.formats.nifti import nifti_shape, read_nifti
from calibrate.datasets.formats.patches import Patch, cut, first_covered, patches
from calibrate.datasets.formats.paths import list_files
from calibrate.errors import CalibrateError

Side = Annotated[int, Field(ge=1)]
Length = Annotated[float, Field(gt=0)]
ClassId = Annotated[int, Field(ge=0, le=255)]


class Volumes(Component):
    """3-D images: NIfTI files or folders of DICOM slices, with label volumes of the same names.

    The data `image` is [C, D, H, W] float32 in the file's scaled values (Hounsfield units for CT);
    the step `window` maps them. Where a volume does not fit the model, `patch_size` makes a sample
    of each patch; voxels in two patches count once, so pooled metrics equal those of the volume.

    Example, nnU-Net's folders:

        type: volumes
        images_dir: imagesTs
        masks_dir: labelsTs
        image_suffixes: _0000
        classes: [background, lesion]
    """

    images_dir: AnchoredPath
    """Folder of `.nii` and `.nii.gz` files, or of folders of DICOM slices, one per volume."""
    masks_dir: AnchoredPath | None = None
    """Folder of the label volumes (NIfTI); without it the data is unlabelled."""
    image_suffixes: tuple[str, ...] | str = ("",)
    """Suffix after the case's name, one per channel: `[_0000, _0001]` for nnU-Net."""
    mask_suffix: str = ""
    """Suffix after the case's name in a label volume."""
    axes: Literal["ZYX", "XYZ"] = "ZYX"
    """Order of the spatial axes: ZYX as SimpleITK and nnU-Net have it, XYZ as nibabel and MONAI."""
    spacing: tuple[Length, Length, Length] | None = None
    """Millimetres between voxels, in the order of `axes`, to which volumes are resampled: linear
    for images, nearest for labels; null leaves them as they are."""
    patch_size: tuple[Side, Side, Side] | None = None
    """Voxels of a patch in the order of `axes`; null takes whole volumes."""
    pad_value: float = 0.0
    """Value of voxels of a patch outside a smaller volume; -1024 is air in CT."""
    classes: ClassNames = ()
    """Class names in the order of their ids; with them, other labels are errors."""
    label_map: dict[int, ClassId] = Field(default_factory=dict)
    """Class ids by the labels in the files; others stay as they are."""
    ignore: ClassId | None = None
    """The label of voxels that do not count."""

    def items(self) -> Sequence[Item]:
        """Return the cases in the order of their names, or their patches."""
        findings = Findings(shown(self.images_dir))
        items: list[Item] = []
        for case in self._cases:
            mask = None
            if self.masks_dir is not None:
                mask = self._mask_file(case)
                if mask is None:
                    findings.add(f"there is no label volume for '{shown(case)}'")
                    continue
            source = self._cases[case][0]
            count = len(self._patches(case)) if self.patch_size else 1
            for index in range(count):
                name = shown(case) if count == 1 else f"{shown(case)}#{index}"
                items.append(Item(name, source, index=index, target_source=mask))
        findings.raise_any()
        return items

    def read(self, item: Item) -> Sample:
        """Return the channels of a case, or of one patch of it, and its labels."""
        case = item.id.rpartition("#")[0] if self._has_patches(item) else item.id
        channels = [self._volume(source) for source in self._cases[case]]
        if len({channel.shape for channel in channels}) > 1:
            raise CalibrateError("the channels differ in size", shown(str(item.source)))
        image = np.stack(channels)
        mask = self._mask(item, image.shape[1:]) if item.target_source else None
        if self.patch_size is not None:
            patch = patches(_size(image), self.patch_size)[item.index]
            image = cut(image, patch, self.patch_size, fill=self.pad_value)
            mask = self._patch_of(mask, patch) if mask is not None else None
        target = None if mask is None else MaskTarget(mask, self._ignored)
        return Sample(item.id, {IMAGE: image}, target, source=shown(str(item.source)))

    def sources(self) -> Sequence[Path]:
        """Return both folders."""
        return [path for path in (self.images_dir, self.masks_dir) if path]

    def label_names(self) -> Sequence[str]:
        """Return class names by id, empty where none are given."""
        return self.classes

    @property
    def _ignored(self) -> int | None:
        """The ignored label; patches need it for voxels that count in another patch."""
        return 255 if self.patch_size is not None and self.ignore is None else self.ignore

    @cached_property
    def _cases(self) -> Mapping[str, tuple[Path, ...]]:
        """Files (or folders of slices) of each case's channels."""
        suffixes = self.image_suffixes
        suffixes = (suffixes,) if isinstance(suffixes, str) else suffixes
        sources = {
            _stem(name): self.images_dir / name
            for name in list_files(self.images_dir, NIFTI_ENDINGS)
        }
        for name in list_files(self.images_dir, DICOM_ENDINGS):
            folder = Path(name).parent
            sources.setdefault(folder.as_posix(), self.images_dir / folder)
        findings = Findings(shown(self.images_dir))
        cases: dict[str, tuple[Path, ...]] = {}
        for stem in sorted(sources):
            if not stem.endswith(suffixes[0]):
                continue
            case = stem[: len(stem) - len(suffixes[0])]
            absent = [suffix for suffix in suffixes if case + suffix not in sources]
            if absent:
                findings.add(f"'{shown(case)}' has no channel {absent[0]}")
            else:
                cases[case] = tuple(sources[case + suffix] for suffix in suffixes)
        if not cases and not findings.count:
            findings.add(
                f"there is no volume whose name ends in '{suffixes[0]}'",
                hint="known: .nii, .nii.gz, folders of .dcm",
            )
        findings.raise_any()
        return cases

    def _has_patches(self, item: Item) -> bool:
        return self.patch_size is not None and item.id not in self._cases

    def _mask_file(self, case: str) -> Path | None:
        folder = self.masks_dir or self.images_dir
        names = (folder / f"{case}{self.mask_suffix}{ending}" for ending in NIFTI_ENDINGS)
        return next((path for path in names if path.is_file()), None)

    def _patches(self, case: str) -> Sequence[Patch]:
        source = self._cases[case][0]
        if self.patch_size is None:
            return []
        if source.is_dir() or self.spacing is not None:
            return patches(_size(self._volume(source)), self.patch_size)
        depth, height, width = nifti_shape(source)
        shape = (width, height, depth) if self.axes == "XYZ" else (depth, height, width)
        return patches(shape, self.patch_size)

    def _volume(self, source: Path, *, labels: bool = False) -> NDArray[np.float32]:
        if source.is_dir():
            slices = [path for path in sorted(source.iterdir()) if path.suffix in DICOM_ENDINGS]
            volume, spacing = read_dicom_series(slices, shown(source))
        else:
            volume, spacing = read_nifti(source)
        if self.axes == "XYZ":
            volume, spacing = volume.transpose(2, 1, 0), (spacing[2], spacing[1], spacing[0])
        if self.spacing is not None:
            factors = [have / wanted for have, wanted in zip(spacing, self.spacing, strict=True)]
            volume = ndimage.zoom(volume, factors, order=0 if labels else 1, mode="nearest")
        return np.ascontiguousarray(volume)

    def _mask(self, item: Item, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        path = Path(str(item.target_source))
        values = self._volume(path, labels=True)
        if values.shape != shape:
            raise CalibrateError(
                f"the labels are {list(values.shape)}, the image {list(shape)}", shown(path)
            )
        labels = np.rint(values).astype(np.int64)
        mapped = labels.copy()
        for given, wanted in self.label_map.items():
            mapped[labels == given] = wanted
        limit = len(self.classes) or 256
        strange = (mapped < 0) | (mapped >= limit)
        strange &= mapped != (-1 if self.ignore is None else self.ignore)
        if strange.any() or not np.array_equal(labels, values):
            label = values[strange][0] if strange.any() else values[labels != values][0]
            raise CalibrateError(
                f"the label {label:g} is none of the {limit} classes",
                shown(path),
                "complete classes or label_map",
            )
        return mapped.astype(np.uint8)

    def _patch_of(self, mask: NDArray[np.uint8], patch: Patch) -> NDArray[Any]:
        size = self.patch_size or (1, 1, 1)
        ignored = self._ignored if self._ignored is not None else 255
        part = cut(mask, patch, size, fill=ignored)
        return np.where(first_covered(patch, size), part, ignored).astype(np.uint8)


def _size(volume: NDArray[Any]) -> tuple[int, int, int]:
    depth, height, width = volume.shape[-3:]
    return depth, height, width


def _stem(name: str) -> str:
    lower = name.lower()
    ending = next(e for e in sorted(NIFTI_ENDINGS, key=len, reverse=True) if lower.endswith(e))
    return name[: len(name) - len(ending)]
