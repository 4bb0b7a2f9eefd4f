"""Put what was learned into the graph that the twin was built from."""

import numpy as np
import openvino as ov

from calibrate.models.names import operations_of
from calibrate.quantization.constants import bias_port, replace_constant
from calibrate.quantization.finetune.decompression import Decompression, write_decompressions
from calibrate.quantization.finetune.tunable import Tuned


def write_back(
    model: ov.Model, tuned: Tuned, compressed: tuple[Decompression, ...] = ()
) -> ov.Model:
    """A copy of the quantized model with the learned weights, ranges and biases.

    Operations, their names and their order stay, so groups and quantizers are those of the model.

    Args:
        model: that the twin's graph was read from; left unchanged.
        tuned: what the twin gives.
        compressed: decompressions that the twin's graph has quantizers for.
    """
    written = model.clone()
    by_name = operations_of(written)
    write_decompressions(written, compressed, tuned)
    integers = {decompression.name for decompression in compressed}
    for name, grid in tuned.grids.items():
        if name in integers:
            continue
        quantizer = by_name[name]
        low, high = grid.ranges
        for port, values in zip(range(1, 5), (low, high, low, high), strict=True):
            replace_constant(quantizer.input(port), values)
        if name in tuned.weights:
            replace_constant(quantizer.input(0), tuned.weights[name])
    for name, values in tuned.biases.items():
        bias = bias_port(by_name[name])
        if bias is None:
            raise AssertionError(f"'{name}' has a bias in the twin and none in the model")
        replace_constant(bias, np.asarray(values))
    written.validate_nodes_and_infer_types()
    return written
