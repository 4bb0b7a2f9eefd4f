"""Decoder `embedding`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.embedding import Embedding as EmbeddingPrediction
from calibrate.core.sample import Facts
from calibrate.decoders._lib.class_count import without_ones
from calibrate.decoders._lib.divergence import frozen, normalized_squared_error
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

SEQUENCE_RANK = 2


class Embedding(Component):
    """A vector by which samples are compared: of a face, a person, an image or a sentence.

    The output is a vector [D], or vectors [T, D] of which `pooling` makes one; the vector is
    normalized to length 1, so that products of two are cosines.

    Divergence: squared distance of the unit vectors, which is twice one minus their cosine.

    Example:
        decoder: {type: embedding, pooling: mean}
    """

    output: str | None = None
    """Name of the output with the vector, where the model has several."""
    pooling: Literal["none", "mean", "first", "max"] = "none"
    """How vectors [T, D] become one: not at all, their mean, the first (BERT's CLS token) or the
    greatest number of each dimension. Padding of a fixed length counts as it is."""

    def predict(self, outputs: Outputs, facts: Facts) -> EmbeddingPrediction:
        """The unit vector, [D] float32."""
        return EmbeddingPrediction(self._vector(outputs, place(facts)).astype(np.float32))

    def signature(self, outputs: Outputs) -> Outputs:
        """The unit vector, [D] float64."""
        return frozen({"vector": self._vector(outputs)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """The squared distance of the unit vectors."""
        return normalized_squared_error(reference["vector"], self._vector(outputs))

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are no vector, or vectors where nothing pools them."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        problem = self._shape_problem(shape)
        return [f"an output of shape {list(shape)} {problem}"] if problem else []

    def _shape_problem(self, shape: Shape) -> str:
        rank = len(without_ones(shape))
        if self.pooling == "none" and sum(side != 1 for side in shape) > 1:
            return "is more than one vector: set `pooling`"
        return "is no list of vectors" if rank > SEQUENCE_RANK and self.pooling != "none" else ""

    def _vector(self, outputs: Outputs, where: str = "") -> NDArray[np.float64]:
        name, values = pick(outputs, self.output, where)
        problem = self._shape_problem(values.shape)
        if problem:
            raise CalibrateError(f"output '{name}' of shape {values.shape} {problem}", where)
        vector = self._pooled(values.astype(np.float64))
        length = float(np.linalg.norm(vector))
        if not length:
            raise CalibrateError(
                f"output '{name}' is zero throughout, so the vector has no direction",
                where,
                "check the preprocessing",
            )
        return vector / length

    def _pooled(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.pooling == "none":
            return values.reshape(-1)
        rows = values.reshape(-1, values.shape[-1])
        if self.pooling == "first":
            return np.asarray(rows[0])
        return np.asarray(rows.mean(axis=0) if self.pooling == "mean" else rows.max(axis=0))
