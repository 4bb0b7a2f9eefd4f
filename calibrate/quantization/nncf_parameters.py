"""Convert settings to NNCF's parameters."""

from collections.abc import Iterable

import nncf
import openvino as ov
from nncf.common.quantization.quantizer_propagation.structs import QuantizerPropagationRule
from nncf.common.quantization.structs import QuantizationScheme
from nncf.openvino.quantization.backend_parameters import BackendParameters
from nncf.quantization.advanced_parameters import (
    AdvancedBiasCorrectionParameters,
    AdvancedQuantizationParameters,
    AdvancedSmoothQuantParameters,
    OverflowFix,
    QuantizationParameters,
)
from nncf.quantization.range_estimator import (
    AggregatorType,
    RangeEstimatorParameters,
    StatisticsCollectorParameters,
    StatisticsType,
)

from calibrate.config.quantization import (
    IgnoredScope,
    Quantization,
    QuantizerParameters,
    RangeEstimator,
    StatisticsCollector,
)
from calibrate.quantization.ignored_scope import check_scope


def nncf_scope(model: ov.Model, scope: IgnoredScope, kept: Iterable[str]) -> nncf.IgnoredScope:
    """Return NNCF's scope: the checked scope of the user and the names of `kept`."""
    check_scope(model, scope)
    return nncf.IgnoredScope(
        names=[*scope.names, *kept],
        patterns=list(scope.patterns),
        types=list(scope.types),
        subgraphs=[
            nncf.Subgraph(inputs=list(s.inputs), outputs=list(s.outputs)) for s in scope.subgraphs
        ],
        validate=False,
    )


def advanced_parameters(settings: Quantization) -> AdvancedQuantizationParameters:
    """Return the advanced parameters of `nncf.quantize`."""
    bias = settings.bias_correction_params
    smooth = settings.smooth_quant_alphas
    return AdvancedQuantizationParameters(
        overflow_fix=OverflowFix(settings.overflow_fix) if settings.overflow_fix else None,
        quantize_outputs=settings.quantize_outputs,
        inplace_statistics=settings.inplace_statistics,
        disable_channel_alignment=settings.disable_channel_alignment,
        disable_bias_correction=settings.disable_bias_correction,
        batchwise_statistics=settings.batchwise_statistics,
        quantizer_propagation_rule=QuantizerPropagationRule[settings.quantizer_propagation_rule],
        activations_quantization_params=_quantizer(settings.activations_quantization_params),
        weights_quantization_params=_quantizer(settings.weights_quantization_params),
        activations_range_estimator_params=_range(settings.activations_range_estimator_params),
        weights_range_estimator_params=_range(settings.weights_range_estimator_params),
        bias_correction_params=AdvancedBiasCorrectionParameters(
            **(bias.model_dump() if bias else {})
        ),
        smooth_quant_alphas=AdvancedSmoothQuantParameters(
            **(smooth.model_dump() if smooth else {})
        ),
        # FakeQuantize in front of FP32 weights can be undone per group; INT8 weights cannot.
        backend_params={BackendParameters.COMPRESS_WEIGHTS: False},
    )


def _quantizer(parameters: QuantizerParameters | None) -> QuantizationParameters | None:
    if parameters is None:
        return None
    given = parameters.model_dump()
    mode = given.pop("mode")
    return QuantizationParameters(mode=QuantizationScheme(mode) if mode else None, **given)


def _range(estimator: RangeEstimator | None) -> RangeEstimatorParameters:
    if estimator is None:
        return RangeEstimatorParameters()
    return RangeEstimatorParameters(min=_collector(estimator.min), max=_collector(estimator.max))


def _collector(collector: StatisticsCollector) -> StatisticsCollectorParameters:
    statistics, aggregator = collector.statistics_type, collector.aggregator_type
    return StatisticsCollectorParameters(
        statistics_type=StatisticsType(statistics) if statistics else None,
        aggregator_type=AggregatorType(aggregator) if aggregator else None,
        clipping_value=collector.clipping_value,
        quantile_outlier_prob=collector.quantile_outlier_prob,
    )
