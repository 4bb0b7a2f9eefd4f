"""The weights of quantized layers and the ranges in which they are rounded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.models.names import operations_of

_STORED = ("Constant", "Convert")


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedWeights:
    """The weights behind one quantizer.

    Attributes:
        layer: name of the operation that reads them.
        values: the weights in FP32.
        limits: largest magnitude of the rounded range, one value or one per channel,
            broadcastable to `values`.
    """

    layer: str
    values: NDArray[np.float32]
    limits: NDArray[np.float32]

    @property
    def relative(self) -> NDArray[np.float32]:
        """Weights over their channel's limit, flat; channels without a range are left out."""
        limits = np.broadcast_to(self.limits, self.values.shape)
        has_range = limits > 0
        shares: NDArray[np.float32] = self.values[has_range] / limits[has_range]
        return shares


def quantized_weights(model: ov.Model, quantizers: Sequence[str]) -> tuple[QuantizedWeights, ...]:
    """Return the weights that the quantizers round; quantizers of activations are skipped.

    Args:
        model: model with FakeQuantize in front of FP32 weights.
        quantizers: names of FakeQuantize operations.
    """
    by_name = operations_of(model)
    weights = []
    for name in quantizers:
        quantizer = by_name[name]
        source = quantizer.input_value(0).get_node()
        if source.get_type_name() not in _STORED:
            continue
        while source.get_type_name() == "Convert":
            source = source.input_value(0).get_node()
        if source.get_type_name() != "Constant":
            continue  # an activation of another type
        low, high = (
            np.asarray(quantizer.input_value(port).get_node().data, np.float32) for port in (1, 2)
        )
        layer = _reader(quantizer)
        values = np.asarray(source.data, np.float32)
        weights.append(QuantizedWeights(layer, values, np.maximum(np.abs(low), np.abs(high))))
    return tuple(weights)


def _reader(quantizer: ov.Node) -> str:
    """Return the name of the operation that reads the rounded weights, after any reshaping."""
    node = quantizer
    while True:
        reader = next(iter(node.output(0).get_target_inputs())).get_node()
        if reader.get_type_name() not in ("Reshape", "Convert", "Transpose"):
            return str(reader.get_friendly_name())
        node = reader
