"""NNCF's post-training quantization, from our settings to a model with FakeQuantize operations."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import nncf
import openvino as ov
import rich
from nncf.common.factory import build_graph
from nncf.common.quantization.quantizer_propagation.structs import QuantizerPropagationRule
from nncf.common.quantization.structs import QuantizationScheme
from nncf.openvino.graph.model_utils import remove_friendly_name_duplicates
from nncf.openvino.quantization.backend_parameters import BackendParameters
from nncf.quantization.advanced_parameters import (
    AdvancedBiasCorrectionParameters,
    AdvancedQuantizationParameters,
    AdvancedSmoothQuantParameters,
    OverflowFix,
    QuantizationParameters,
)
from nncf.quantization.algorithms.post_training.algorithm import PostTrainingQuantization
from nncf.quantization.range_estimator import (
    AggregatorType,
    RangeEstimatorParameters,
    StatisticsCollectorParameters,
    StatisticsType,
)
from numpy.typing import NDArray

from calibrate.config.quantization import (
    IgnoredScope,
    Quantization,
    QuantizerParameters,
    RangeEstimator,
    StatisticsCollector,
)
from calibrate.errors import CalibrateError
from calibrate.model.reason import reason
from calibrate.quantize.statistics import AheadAggregator

Feed = Mapping[int, NDArray[Any]]
"""One inference's inputs, by the index of the model's input, batch included."""


def quantize(
    model: ov.Model,
    feeds: Iterable[Feed],
    settings: Quantization,
    *,
    subset_size: int,
    kept: Iterable[str] = (),
) -> ov.Model:
    """Quantize all that NNCF's rules allow; weights stay in FP32 behind their FakeQuantize.

    Args:
        model: prepared FP32 model; left unchanged.
        feeds: calibration inputs.
        settings: the `quantization` section, a recipe's changes already made.
        subset_size: how many of the feeds are used.
        kept: names of further operations that stay in FP32.

    Raises:
        CalibrateError: NNCF refuses the settings or the model; its reason is chained.
    """
    scope = _scope(model, settings.ignored_scope, kept)
    data = list(feeds)[:subset_size]
    with quiet():
        try:
            return _post_training(model, data, settings, scope)
        except (nncf.ValidationError, nncf.ParameterNotSupportedError) as error:
            raise CalibrateError(
                f"NNCF refuses the settings: {reason(error)}",
                where="quantization",
                hint="`calibrate inspect` lists the names and types of the model's operations",
            ) from error
        except (LookupError, TypeError, ValueError) as error:
            # Not every combination of its parameters is one that NNCF knows of.
            raise CalibrateError(
                f"NNCF fails with these settings: {type(error).__name__}: {reason(error)}",
                where="quantization",
                hint="leave out range estimators and further parameters until it passes",
            ) from error
        except (RuntimeError, nncf.InternalError, nncf.UnsupportedModelError) as error:
            raise CalibrateError(
                f"NNCF cannot quantize this model: {reason(error)}",
                hint="leave the operation it names out with quantization.ignored_scope",
            ) from error


def _post_training(
    model: ov.Model, data: Sequence[Feed], settings: Quantization, scope: nncf.IgnoredScope
) -> ov.Model:
    """What `nncf.quantize` does, with statistics collected by every core at once."""
    algorithm = PostTrainingQuantization(
        preset=nncf.QuantizationPreset(settings.preset) if settings.preset else None,
        target_device=nncf.TargetDevice(settings.target_device),
        subset_size=len(data),
        fast_bias_correction=settings.fast_bias_correction is not False,
        model_type=nncf.ModelType(settings.model_type) if settings.model_type else None,
        ignored_scope=scope,
        advanced_parameters=_advanced(settings),
    )
    named = remove_friendly_name_duplicates(model)
    graph = build_graph(named)
    aggregator = AheadAggregator(data)
    aggregator.register_statistic_points(algorithm.get_statistic_points(named, graph))
    aggregator.collect_statistics(named, graph)
    quantized: ov.Model = algorithm.apply(
        named, graph, aggregator.statistic_points, nncf.Dataset(list(data))
    )
    return quantized


@contextmanager
def quiet() -> Iterator[None]:
    """Keep NNCF's log lines and progress bars off the terminal; ours say what happens."""
    console = rich.get_console()
    was_quiet, logger = console.quiet, logging.getLogger("nncf")
    level = logger.level
    console.quiet = True
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        console.quiet = was_quiet
        logger.setLevel(level)


def _scope(model: ov.Model, scope: IgnoredScope, kept: Iterable[str]) -> nncf.IgnoredScope:
    """NNCF's scope; `kept` joins as names, after the user's part was checked by itself."""
    if scope.validate_scope:
        _check_scope(model, scope)
    return nncf.IgnoredScope(
        names=[*scope.names, *kept],
        patterns=list(scope.patterns),
        types=list(scope.types),
        subgraphs=[
            nncf.Subgraph(inputs=list(s.inputs), outputs=list(s.outputs)) for s in scope.subgraphs
        ],
        validate=False,
    )


def _check_scope(model: ov.Model, scope: IgnoredScope) -> None:
    """Refuse what matches nothing: scopes break in silence when a model is exported anew."""
    names = {op.get_friendly_name() for op in model.get_ops()}
    types = {op.get_type_name() for op in model.get_ops()}
    ends = [end for part in scope.subgraphs for end in (*part.inputs, *part.outputs)]
    missing = [
        *(f"name '{name}'" for name in (*scope.names, *ends) if name not in names),
        *(f"type '{kind}'" for kind in scope.types if kind not in types),
        *(
            f"pattern '{pattern}'"
            for pattern in scope.patterns
            if not any(re.fullmatch(pattern, name) for name in names)
        ),
    ]
    if missing:
        raise CalibrateError(
            f"nothing in the model matches {', '.join(missing)}",
            where="quantization.ignored_scope",
            hint="`calibrate inspect` lists names and types; `validate: false` lets it pass",
        )


def _advanced(settings: Quantization) -> AdvancedQuantizationParameters:
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
