"""One network with each INT8 layer beside its FP32 original, so that both get FP32's inputs."""

from collections.abc import Iterable, Mapping

import openvino as ov

from calibrate.models.names import operations_of

_BETWEEN = ("Reshape", "Convert")
"""Operations allowed between a quantizer and the layer whose weights it rounds."""


def side_by_side(
    quantized: ov.Model, fp32: ov.Model, layers: Iterable[str]
) -> tuple[Mapping[str, ov.Node], Mapping[str, ov.Node]]:
    """Connect two models so that each layer exists twice, rounded and exact, on the same inputs.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; changed.
        fp32: the model that the quantizers went into, with the same names; its parameters feed
            both.
        layers: names of the INT8 layers to compare.

    Returns:
        Operations by name: of the quantized model, and of FP32.
    """
    rounded, exact = operations_of(quantized), operations_of(fp32)
    for name in layers:
        # The readers of an INT8 layer take the FP32 output instead.
        _hand_over(rounded[name].output(0), exact[name].output(0))
    for parameter, fp32_parameter in zip(
        quantized.get_parameters(), fp32.get_parameters(), strict=True
    ):
        _hand_over(parameter.output(0), fp32_parameter.output(0))
    return rounded, exact


def has_rounded_weights(op: ov.Node) -> bool:
    """Return whether a layer's weights are a constant behind a FakeQuantize."""
    node = op.input_value(1).get_node()
    while node.get_type_name() in _BETWEEN:
        node = node.input_value(0).get_node()
    return bool(
        node.get_type_name() == "FakeQuantize"
        and node.input_value(0).get_node().get_type_name() == "Constant"
    )


def _hand_over(source: ov.Output, to: ov.Output) -> None:
    for consumer in list(source.get_target_inputs()):
        consumer.replace_source_output(to)
