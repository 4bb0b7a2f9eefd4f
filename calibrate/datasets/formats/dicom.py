"""DICOM files to arrays, read by pydicom: single images, and series of slices as volumes.

The modality transformation (rescale slope and intercept, or its table) is applied, so CT values
are Hounsfield units. Of MONOCHROME1, where low values are white, the values are reversed within
the stored bits, so that high values are bright in every image.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.extras import import_extra
from calibrate.core.text import shown
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

ENDINGS = (".dcm", ".dicom")

Spacing = tuple[float, float, float]
"""Millimetres between voxels along D, H and W."""


def is_dicom(path: Path) -> bool:
    """Whether a file's name says that it is DICOM."""
    return path.suffix.lower() in ENDINGS


def read_dicom_image(path: Path, folder: Path | None = None) -> NDArray[Any]:
    """The pixels of a file with one frame.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.

    Returns:
        [H, W, 3]: uint8 for colour and for 8 bits; else uint16, or float32 where rescaling makes
        values negative or fractional. Grey values are repeated.

    Raises:
        CalibrateError: the file is no DICOM image, is compressed in a way that no installed
            package reads, or holds several frames.
    """
    dataset = _dataset(path, folder)
    pixels = _pixels(dataset, path)
    if pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8:
        return pixels
    if pixels.ndim != 2:
        raise CalibrateError(
            f"the image is {list(pixels.shape)}, not one frame",
            shown(path),
            "save each frame as a file of its own, or use the adapter 'volumes'",
        )
    grey = _compact(pixels)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def read_dicom_series(paths: Sequence[Path], where: str) -> tuple[NDArray[np.float32], Spacing]:
    """The volume of one series, slices in the order of their positions along the normal.

    Args:
        paths: of the slices, in any order.
        where: the folder, for messages.

    Returns:
        [D, H, W] float32 in rescaled values, and millimetres between voxels along D, H and W.

    Raises:
        CalibrateError: slices differ in size, orientation or series, or have no position.
    """
    slices = [(_dataset(path, None), path) for path in paths]
    series = {str(getattr(dataset, "SeriesInstanceUID", "")) for dataset, _ in slices}
    if len(series) > 1:
        raise CalibrateError(
            f"the folder holds {len(series)} series", where, "put each in a folder of its own"
        )
    try:
        directions = np.array([d.ImageOrientationPatient for d, _ in slices], np.float64)
        origins = np.array([d.ImagePositionPatient for d, _ in slices], np.float64)
        rows, columns = (float(value) for value in slices[0][0].PixelSpacing)
    except (AttributeError, TypeError, ValueError) as error:
        raise CalibrateError(
            f"a slice has no position, orientation or spacing ({error})", where
        ) from error
    if np.abs(directions - directions[0]).max() > 1e-3:
        raise CalibrateError("the slices differ in orientation", where)
    positions = origins @ np.cross(directions[0, :3], directions[0, 3:])
    order = np.argsort(positions)
    planes = [_pixels(*slices[i]) for i in order]
    if len({plane.shape for plane in planes}) > 1 or planes[0].ndim != 2:
        raise CalibrateError("the slices differ in size", where)
    steps = np.diff(positions[order])
    if len(steps) and (steps.min() <= 0 or steps.max() > 1.5 * steps.min()):
        raise CalibrateError(
            f"slices are {steps.min():g} to {steps.max():g} mm apart", where, "a slice is missing"
        )
    depth = float(np.median(steps)) if len(steps) else 1.0
    return np.stack(planes).astype(np.float32), (depth, rows, columns)


def _dataset(path: Path, folder: Path | None) -> Any:  # noqa: ANN401  # pydicom has no types
    pydicom = import_extra("pydicom", "medical")
    real = regular_file(path, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(real)
    except (pydicom.errors.InvalidDicomError, OSError, ValueError, KeyError, EOFError) as error:
        raise CalibrateError(f"this is not a DICOM file ({error})", shown(path)) from error


def _pixels(dataset: Any, path: Path) -> NDArray[Any]:  # noqa: ANN401
    pixels = import_extra("pydicom.pixels", "medical")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stored = dataset.pixel_array
            if getattr(dataset, "PhotometricInterpretation", "") == "MONOCHROME1":
                stored = _reversed(stored, int(dataset.BitsStored))
            if stored.ndim == 3 and stored.shape[2] == 3:
                return np.array(stored)
            return np.array(pixels.apply_modality_lut(stored, dataset))
    # pydicom raises these for compressions without a decoder and for missing or wrong elements.
    except (AttributeError, ValueError, RuntimeError, NotImplementedError, KeyError) as error:
        raise CalibrateError(
            f"the pixels cannot be decoded ({error})",
            shown(path),
            "decompress the file, for instance with gdcmconv --raw",
        ) from error


def _reversed(stored: NDArray[Any], bits: int) -> NDArray[Any]:
    signed = stored.dtype.kind == "i"
    return np.asarray((-1 if signed else (1 << bits) - 1) - stored, stored.dtype)


def _compact(values: NDArray[Any]) -> NDArray[Any]:
    """uint8 or uint16 where no value is lost, else float32."""
    if values.dtype == np.uint8:
        return values
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind in "iu" or bool(np.all(values == np.rint(values)))
    return values.astype(np.uint16 if whole and low >= 0 and high < 65536 else np.float32)
