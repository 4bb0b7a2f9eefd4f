"""Step `bgr_to_rgb`."""

from calibrate.core.sample import Sample
from calibrate.preprocessing._lib.pixels import ImageStep, with_reversed_channels


class BgrToRgb(ImageStep):
    """Reverse the channels of an image, from BGR to RGB.

    Adapters deliver RGB, so an image needs this only after something has made it BGR: a model that
    takes RGB needs neither this step nor `rgb_to_bgr`. (The Accuracy Checker reads BGR, so there
    `bgr_to_rgb` is what a model that takes RGB needs.)

    Example:
        preprocessing:
          - {type: bgr_to_rgb}
    """

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the channels of its image in reverse order.

        Raises:
            CalibrateError: the image does not have three channels.
        """
        return with_reversed_channels(sample, self.input, "bgr_to_rgb")
