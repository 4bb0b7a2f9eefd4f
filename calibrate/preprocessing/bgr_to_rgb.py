"""Step `bgr_to_rgb`."""

from calibrate.core.sample import Sample
from calibrate.preprocessing._lib.pixels import ImageStep, with_reversed_channels


class BgrToRgb(ImageStep):
    """Reverse the channels of an image, from BGR to RGB.

    Adapters read images as RGB, so this step is needed only for an image that another step has
    converted to BGR; a model that takes RGB needs neither this step nor `rgb_to_bgr`. (In the
    Accuracy Checker, which reads BGR, such a model needs `bgr_to_rgb`.)

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
