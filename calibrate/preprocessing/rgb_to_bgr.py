"""Step `rgb_to_bgr`."""

from calibrate.core.sample import Sample
from calibrate.preprocessing._lib.pixels import ImageStep, with_reversed_channels


class RgbToBgr(ImageStep):
    """Reverse the channels of an image, from RGB to BGR.

    Adapters read images as RGB; use this step for a model that takes BGR. A per-channel mean that
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
        return with_reversed_channels(sample, self.input, "rgb_to_bgr")
