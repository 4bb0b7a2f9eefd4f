"""NIfTI files to arrays, read by nibabel."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.extras import import_extra
from calibrate.core.text import shown
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

ENDINGS = (".nii", ".nii.gz")

Spacing = tuple[float, float, float]
"""Millimetres between voxels along D, H and W."""


def read_nifti(path: Path, folder: Path | None = None) -> tuple[NDArray[np.float32], Spacing]:
    """A volume in the file's scaled values.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.

    Returns:
        [D, H, W] float32, the reverse of the file's x, y, z (as SimpleITK and nnU-Net have it),
        and the spacing in the same order.

    Raises:
        CalibrateError: the file is no NIfTI volume of three dimensions.
    """
    nibabel = import_extra("nibabel", "medical")
    image = _opened(path, folder)
    try:
        values = np.asarray(image.dataobj, np.float32)
    except (OSError, ValueError, EOFError, nibabel.filebasedimages.ImageFileError) as error:
        raise CalibrateError(f"the volume cannot be read ({error})", shown(path)) from error
    zooms = [float(zoom) for zoom in image.header.get_zooms()[:3]]
    volume = np.ascontiguousarray(values.reshape(_shape(image, path)).transpose(2, 1, 0))
    return volume, (zooms[2], zooms[1], zooms[0])


def nifti_shape(path: Path, folder: Path | None = None) -> tuple[int, int, int]:
    """D, H and W from the header alone.

    Raises:
        CalibrateError: as `read_nifti`.
    """
    width, height, depth = _shape(_opened(path, folder), path)
    return depth, height, width


def _opened(path: Path, folder: Path | None) -> Any:  # noqa: ANN401  # nibabel has no types
    nibabel = import_extra("nibabel", "medical")
    real = regular_file(path, folder)
    try:
        return nibabel.load(real)
    except (OSError, ValueError, EOFError, nibabel.filebasedimages.ImageFileError) as error:
        raise CalibrateError(f"this is not a NIfTI file ({error})", shown(path)) from error


def _shape(image: Any, path: Path) -> tuple[int, int, int]:  # noqa: ANN401
    shape = tuple(int(side) for side in image.shape)
    if len(shape) < 3 or any(side != 1 for side in shape[3:]) or 0 in shape:
        raise CalibrateError(f"the file holds {list(shape)}, not one volume", shown(path))
    return shape[0], shape[1], shape[2]
