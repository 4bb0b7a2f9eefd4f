"""The operation types that hold weights: the one table of what quantization is for."""

CONVOLUTIONS = ("Convolution", "GroupConvolution")
"""Convolutions; a depthwise one is a GroupConvolution."""

TRANSPOSED_CONVOLUTIONS = ("ConvolutionBackpropData", "GroupConvolutionBackpropData")
"""Transposed convolutions; their filters are stored with inputs before outputs."""

RECURRENT = ("GRUSequence", "LSTMSequence", "RNNSequence")
"""Recurrent layers, whose weights NNCF quantizes and whose INT8 kernels few CPUs have."""

WEIGHTED = (*CONVOLUTIONS, *TRANSPOSED_CONVOLUTIONS, "MatMul")
"""Layers that multiply by trained weights and that INT8 is for, as the IR names their types."""

EXECUTED_WEIGHTED = ("Convolution", "Deconvolution", "FullyConnected", "MatMul")
"""The same layers as the CPU plugin's executed model names their types."""
