"""Decoder `raw`."""

from collections.abc import Mapping, Sequence

import numpy as np

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import frozen, normalized_squared_error, sampled
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place

# Values kept of an output for the divergence: 256 KB of float32.
_KEPT = 65536


class Raw(Component):
    """The unchanged outputs, for metrics of agreement with FP32.

    Divergence: squared error over the sum of squares of FP32, of up to 65536 evenly spaced values
    of each output, summed over the outputs.

    Example:
        decoder: {type: raw, outputs: [embedding]}
    """

    outputs: tuple[str, ...] = ()
    """Names of the outputs that count; all by default."""

    def predict(self, outputs: Outputs, facts: Facts) -> RawOutputs:
        """Copies of the outputs."""
        return RawOutputs(frozen(self._chosen(outputs, place(facts))))

    def signature(self, outputs: Outputs) -> Outputs:
        """Values of each output, flat, in its dtype."""
        return {name: sampled(values, _KEPT) for name, values in self._chosen(outputs).items()}

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Normalised squared error, summed over the outputs."""
        return sum(
            normalized_squared_error(reference[name], sampled(values, _KEPT).astype(np.float64))
            for name, values in self._chosen(outputs).items()
        )

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are not there."""
        return [problem for name in self.outputs for problem in pick_shape(shapes, name)[1]]

    def _chosen(self, outputs: Outputs, where: str = "") -> Outputs:
        return dict(pick(outputs, name, where) for name in self.outputs or outputs)
