"""Step `rgb_to_bgr`."""

import numpy as np

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, pixels_of, place, with_pixels


class RgbToBgr(ImageStep):
    """Reverse the channels of an image, from RGB to BGR.

    Adapters deliver RGB, so this is what a model that takes BGR needs. A per-channel mean that
    follows is given in BGR order.

    Example:
        preprocessing:
          - {type: rgb_to_bgr}
    """

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the channels of its image in reverse order.

        Raises:
            CalibrateError: the image does not have three channels.
        """
        pixels = pixels_of(sample, self.input, "rgb_to_bgr")
        if pixels.shape[2] != 3:
            raise CalibrateError(
                f"rgb_to_bgr: an image of shape {pixels.shape} has not three channels",
                place(sample),
            )
        return with_pixels(sample, self.input, np.ascontiguousarray(pixels[:, :, ::-1]))
