"""What a decoder makes of the model's raw outputs for one sample, one record a task."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """One probability a class: [C] float32, summing to 1 (decoders apply softmax to logits)."""

    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """One independent probability a class: [C] float32, 0-1."""

    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes found in one image, best first.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax, pixels of the source image.
        scores: [N] float32, 0-1.
        labels: [N] int64, class ids as the dataset numbers them.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """A class per pixel: [H, W] integer."""

    mask: NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class ImageOutput:
    """An image that the model made: [H, W] or [H, W, 3] float32, 0-255, RGB."""

    image: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Numbers that the model regressed: [K] float32."""

    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TokenScores:
    """Log-probabilities over the vocabulary at each position: [T, V] float32."""

    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class RawOutputs:
    """The outputs as they are, without the batch dimension, by output name."""

    outputs: Mapping[str, NDArray[np.generic]]


Prediction = (
    ClassScores
    | LabelScores
    | Detections
    | ClassMap
    | ImageOutput
    | Values
    | TokenScores
    | RawOutputs
)
