"""Facts of a sample that models take as inputs beside the image: its size and scale."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import Geometry, Sample
from calibrate.errors import CalibrateError

FACTS: Mapping[str, Callable[[Geometry], list[float]]] = {
    "source_size": lambda g: [g.source_height, g.source_width],
    "input_size": lambda g: [g.height, g.width],
    "source_width_height": lambda g: [g.source_width, g.source_height],
    "input_width_height": lambda g: [g.width, g.height],
    "scale_factor": lambda g: [g.scale_y, g.scale_x],
    "im_info": lambda g: [g.height, g.width, g.scale_y],
}
"""What `model.inputs.NAME.source` may name beside data: height and width of the image file, height
and width after preprocessing (PaddleDetection's `im_shape`), both with the width first (the
`orig_target_sizes` of RT-DETR and D-FINE), factors from the file to the input by height and width
(PaddleDetection's `scale_factor`), and height, width and scale (`im_info` of Faster R-CNN)."""


def fact(name: str, sample: Sample) -> NDArray[np.float32]:
    """A fact of an image, [2] or [3].

    Raises:
        CalibrateError: the sample is no image.
    """
    if sample.geometry is None:
        raise CalibrateError(
            f"'{name}' is a fact of images, and this sample is none",
            where=sample.source or sample.id,
            hint="set `source` to one of the data's keys, or `value` to a constant",
        )
    return np.array(FACTS[name](sample.geometry), np.float32)
