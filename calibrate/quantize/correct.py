"""Correct the biases of a model whose layers run at whatever precision they run at.

A quantized layer's outputs are shifted on average; the shift goes into its bias. The accurate
correction goes through the layers in order and measures each with those before it quantized and
corrected, so what it finds holds for one choice of precisions only: a model composed from parts
of others is corrected anew.
"""

from collections.abc import Sequence

import nncf
import openvino as ov
from nncf.common.factory import build_graph
from nncf.quantization.algorithms.bias_correction.algorithm import BiasCorrection

from calibrate.quantize.compose import biases, set_biases
from calibrate.quantize.ptq import Feed, quiet
from calibrate.quantize.statistics import AheadAggregator


def correct_biases(reference: ov.Model, quantized: ov.Model, feeds: Sequence[Feed]) -> ov.Model:
    """The same model with biases corrected accurately.

    Args:
        reference: the FP32 model, whose outputs are aimed at.
        quantized: FakeQuantize in front of FP32 weights; left unchanged, its own correction is
            undone first.
        feeds: calibration inputs, all of them used.
    """
    model = quantized.clone()
    names = [op.get_friendly_name() for op in reference.get_ops()]
    set_biases(model, biases(reference, names))
    with quiet():
        algorithm = BiasCorrection(subset_size=len(feeds), inplace_statistics=True)
        graph = build_graph(reference)
        aggregator = AheadAggregator(feeds)
        aggregator.register_statistic_points(algorithm.get_statistic_points(reference, graph))
        aggregator.collect_statistics(reference, graph)
        corrected: ov.Model = algorithm.apply(
            model, build_graph(model), aggregator.statistic_points, nncf.Dataset(list(feeds))
        )
    return corrected
