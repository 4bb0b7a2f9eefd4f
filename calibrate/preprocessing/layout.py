"""Step `layout`."""

import numpy as np
from pydantic import Field, field_validator

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, array_of, place, with_array


class Layout(ImageStep):
    """Change the order of an array's dimensions.

    Images do not need it: they are converted to the layout of the model's input at the end. It is
    for arrays whose order differs from the one that a step takes.

    Example:
        preprocessing:
          - {type: layout, order: CHW->HWC}
    """

    order: str = Field(pattern=r"^[A-Z]+->[A-Z]+$")
    """Dimensions before and after, a letter each: `CHW->HWC`."""

    @field_validator("order")
    @classmethod
    def _permutation(cls, value: str) -> str:
        before, after = value.split("->")
        if sorted(before) != sorted(after) or len(set(before)) != len(before):
            raise ValueError("both sides need the same letters, each once: CHW->HWC")
        return value

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the dimensions of its array in another order.

        Raises:
            CalibrateError: the array has another number of dimensions.
        """
        array = array_of(sample, self.input, "layout")
        before, after = self.order.split("->")
        if array.ndim != len(before):
            raise CalibrateError(
                f"layout: '{self.input}' of shape {array.shape} is not {before}", place(sample)
            )
        axes = [before.index(letter) for letter in after]
        return with_array(sample, self.input, np.ascontiguousarray(array.transpose(axes)))
