"""Decoder `regression`."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import frozen, normalized_squared_error
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place


class Regression(Component):
    """The numbers of one output, converted to the unit of the targets.

    Divergence: squared error over the sum of squares of the FP32 numbers; with `unit`, the mean
    squared error in that unit.

    Example:
        decoder: {type: regression, output: age, unit: 10}
    """

    output: str | None = None
    """Name of the output with the numbers, where the model has several."""
    unit: float | None = Field(default=None, gt=0)
    """Size of a difference that matters, in the unit of the output; for numbers that may be near
    zero, where an error relative to them says little."""

    scale: float = 1.0
    """Factor that converts the output to the unit of the targets."""
    offset: float = 0.0
    """Value that is added after the multiplication."""

    def predict(self, outputs: Outputs, facts: Facts) -> Values:
        """The numbers in the order of memory and the unit of the targets, [K] float32."""
        _, values = pick(outputs, self.output, place(facts))
        numbers = values.astype(np.float64).reshape(-1) * self.scale + self.offset
        return Values(numbers.astype(np.float32))

    def signature(self, outputs: Outputs) -> Outputs:
        """The numbers, [K] in the output's dtype."""
        return frozen({"values": pick(outputs, self.output)[1].reshape(-1)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Squared error, normalised as the class says."""
        values = pick(outputs, self.output)[1].reshape(-1)
        if self.unit is None:
            return normalized_squared_error(reference["values"], values)
        difference = (reference["values"].astype(np.float64) - values) / self.unit
        return float(np.mean(difference**2))

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """An output that is not there, or one of several that is not named."""
        return pick_shape(shapes, self.output)[1]
