"""Names of operations as the source model has them."""

_WITHOUT_BIAS = "/WithoutBiases"
"""OpenVINO's ONNX reader makes a convolution and an addition of a node with a bias; the addition
gets the node's name, the convolution the name with this suffix."""


def source_name(name: str) -> str:
    """Return the name of the node in the source model: `/conv1/Conv` for an ONNX node.

    Args:
        name: friendly name of an operation of the converted model.
    """
    return name.removesuffix(_WITHOUT_BIAS)
