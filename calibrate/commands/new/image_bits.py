"""Determine how many bits 16-bit images use."""

from dataclasses import replace

import numpy as np

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.core.component import Adapter
from calibrate.errors import CalibrateError

_USUAL = (10, 12, 14, 16)
_LOOKED_AT = 64
_SIGNED = (
    "The images have values from {:g} to {:g}, such as Hounsfield units, and are fed with them: "
    "write the step `window` of the training."
)


def with_bits(data: DataGuess) -> tuple[DataGuess, int | None]:
    """Return the data and the bits that its images use; None for 8 bits or negative values.

    The adapter gets `bits` if the files do not state them; DICOM files are read without it.
    """
    try:
        highest, doubt = _highest(data, build_adapter(data.adapter))
    except CalibrateError as error:
        if "16 bits a pixel" not in error.message:
            raise
        highest, doubt = _highest(data, build_adapter({**data.adapter, "bits": 16}))
        bits = _bits(highest)
        return replace(data, adapter={**data.adapter, "bits": bits}, doubts=doubt), bits
    return replace(data, doubts=doubt), _bits(highest) if highest else None


def _highest(data: DataGuess, adapter: Adapter) -> tuple[int, tuple[str, ...]]:
    """Return the images' greatest value (0 for 8 bits or negative values) and the doubts."""
    items = adapter.items()
    if all(adapter.read(item).image.dtype == np.uint8 for item in items[:4]):
        return 0, data.doubts
    ranges = [
        (float(image.min()), float(image.max()))
        for image in (adapter.read(item).image for item in items[:_LOOKED_AT])
    ]
    lowest, highest = min(low for low, _ in ranges), max(high for _, high in ranges)
    if lowest < 0:
        doubt = _SIGNED.format(lowest, highest)
        return 0, (*data.doubts, doubt)
    doubt = (
        f"The images have 16 bits and values up to {highest:g}: {_bits(int(highest))} bits are a "
        "guess."
    )
    return int(highest), (*data.doubts, doubt)


def _bits(highest: int) -> int:
    return next((bits for bits in _USUAL if highest < 1 << bits), _USUAL[-1])
