"""The operations that the twin can compute: OpenVINO's type name to a function of tensors."""

from calibrate.quantization.finetune.operations import (
    convolution,
    elementwise,
    gathering,
    matmul,
    normalization,
    pooling,
    recurrent,
    reductions,
    resizing,
    shapes,
    slicing,
)
from calibrate.quantization.finetune.operations.base import Function

FUNCTIONS: dict[str, Function] = {
    **convolution.FUNCTIONS,
    **elementwise.FUNCTIONS,
    **gathering.FUNCTIONS,
    **matmul.FUNCTIONS,
    **normalization.FUNCTIONS,
    **pooling.FUNCTIONS,
    **recurrent.FUNCTIONS,
    **reductions.FUNCTIONS,
    **resizing.FUNCTIONS,
    **shapes.FUNCTIONS,
    **slicing.FUNCTIONS,
}
"""All but constants, parameters, results and FakeQuantize, which the twin itself computes."""
