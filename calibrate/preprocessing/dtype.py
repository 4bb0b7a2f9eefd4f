"""Step `dtype`."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, array_of, place, with_array


class Dtype(ImageStep):
    """Change the type of an array's numbers; a number that the type cannot hold is an error.

    Floats become integers by rounding to the nearest.

    Example:
        preprocessing:
          - {type: dtype, to: float32}
          - {type: dtype, to: uint8, clip: true}
    """

    to: Literal["uint8", "int8", "uint16", "int16", "int32", "int64", "float16", "float32"]
    """The type of the result."""
    clip: bool = False
    """Whether numbers out of the type's range take its nearest one instead of being an error."""

    def __call__(self, sample: Sample) -> Sample:
        """The sample with its array cast.

        Raises:
            CalibrateError: a number is out of range or not finite, or the array holds no numbers.
        """
        array = array_of(sample, self.input, "dtype")
        if array.dtype.kind not in "biuf":
            raise CalibrateError(
                f"dtype: '{self.input}' holds {array.dtype}, no numbers", place(sample)
            )
        return with_array(sample, self.input, self._cast(array, sample))

    def _cast(self, array: NDArray[Any], sample: Sample) -> NDArray[Any]:
        if array.dtype == self.to or array.size == 0:
            return array.astype(self.to)
        to = np.dtype(self.to)
        low, high = _limits(to)
        # Python numbers compare exactly, whatever the two dtypes are.
        least, most = array.min().item(), array.max().item()
        if to.kind in "iu":
            if not np.isfinite(least) or not np.isfinite(most):
                raise CalibrateError(
                    f"dtype: '{self.input}' holds numbers that are not finite", place(sample)
                )
            array = np.rint(array) if array.dtype.kind == "f" else array
            least, most = round(least), round(most)
        if (least < low or most > high) and not self.clip:
            raise CalibrateError(
                f"dtype: '{self.input}' ranges from {least:g} to {most:g}, "
                f"{self.to} from {low:g} to {high:g}",
                place(sample),
                "normalize it first, or set clip: true",
            )
        with np.errstate(invalid="ignore", over="ignore"):
            cast = array.astype(to)
        cast[array <= low] = low
        cast[array >= high] = high
        return cast


def _limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        return float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
