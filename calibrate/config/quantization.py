"""The `quantization` section: NNCF's post-training parameters under NNCF's names."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from calibrate.config.section import Section
from calibrate.config.weight_compression import BUILT_IN, WeightCompression
from calibrate.core.precision import INT8, Precision, compressed_weights

WeightsName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+_weights$")]
"""Ends in `_weights`, which distinguishes it from variants of INT8."""

StatisticsType = Literal["max", "min", "abs_max", "quantile", "abs_quantile", "mean", "raw"]
AggregatorType = Literal[
    "mean", "max", "min", "median", "mean_no_outliers", "median_no_outliers", "histogram"
]


class Subgraph(Section):
    """A part of the graph between named operations, as NNCF's `Subgraph`."""

    inputs: tuple[str, ...]
    """Names of the operations at which the subgraph begins."""
    outputs: tuple[str, ...]
    """Names of the operations at which it ends."""


class IgnoredScope(Section):
    """Operations that are left in floating point, as NNCF's `IgnoredScope`."""

    names: tuple[str, ...] = ()
    """Exact names of operations in the prepared model, which `calibrate inspect MODEL --operations`
    lists."""
    patterns: tuple[str, ...] = ()
    """Regular expressions over operation names."""
    types: tuple[str, ...] = ()
    """Operation types, for instance `MatMul`."""
    subgraphs: tuple[Subgraph, ...] = ()
    """Parts of the graph between named operations."""
    validate_scope: bool = Field(default=True, alias="validate")
    """Whether a name, pattern or type that matches nothing is an error."""


class StatisticsCollector(Section):
    """How one end of a range is computed, as NNCF's `StatisticsCollectorParameters`."""

    statistics_type: StatisticsType | None = None
    """The statistic of each tensor."""
    aggregator_type: AggregatorType | None = None
    """How the statistics of many tensors are combined."""
    clipping_value: float | None = None
    """The value at which tensors are clipped before the statistic is computed."""
    quantile_outlier_prob: float = Field(default=1e-4, gt=0, lt=0.5)
    """The share of values outside the range, for quantiles and for means without outliers."""


class RangeEstimator(Section):
    """How a quantizer's range is computed, as NNCF's `RangeEstimatorParameters`."""

    min: StatisticsCollector = StatisticsCollector()
    """The lower end."""
    max: StatisticsCollector = StatisticsCollector()
    """The upper end."""


class QuantizerParameters(Section):
    """The kind of a quantizer, as NNCF's `QuantizationParameters`."""

    num_bits: int | None = Field(default=None, ge=2, le=8)
    """Number of bits; the CPU plugin has kernels for 8."""
    mode: Literal["symmetric", "asymmetric"] | None = None
    """Whether the range is centred on zero."""
    signedness_to_force: bool | None = None
    """True for signed, False for unsigned."""
    per_channel: bool | None = None
    """A range per channel instead of one per tensor."""
    narrow_range: bool | None = None
    """Whether the lowest integer is left out."""


class BiasCorrection(Section):
    """Details of the bias correction, as NNCF's `AdvancedBiasCorrectionParameters`."""

    apply_for_all_nodes: bool = False
    """Whether layers without a bias are corrected too."""
    threshold: float | None = Field(default=None, gt=0)
    """A correction larger than this is not applied."""


class SmoothQuant(Section):
    """Strength of SmoothQuant, as NNCF's `AdvancedSmoothQuantParameters`; negative: off."""

    convolution: float = Field(default=-1, ge=-1, le=1)
    """Alpha for convolutions."""
    matmul: float = Field(default=0.95, ge=-1, le=1)
    """Alpha for matrix products."""


class Quantization(Section):
    """How NNCF quantizes; keys that are not given have NNCF's defaults, or a recipe sets them."""

    precisions: tuple[str, ...] = Field(default=(INT8.name,), min_length=1)
    """The precisions that groups may have besides FP32: `int8`, `int8_weights`, `int4_weights`, and
    names under `weight_compression`."""
    weight_compression: dict[WeightsName, WeightCompression] = Field(default_factory=dict)
    """Further precisions that compress only weights, by a name that ends in `_weights`."""
    dynamic_quantization_group_size: int = Field(default=0, ge=0)
    """Number of values of an activation that the CPU plugin quantizes together at run time, in
    front of compressed weights, on CPUs with VNNI; 0: activations stay in floating point on every
    CPU."""
    preset: Literal["performance", "mixed"] | None = None
    """`performance`: symmetric activations; `mixed`: asymmetric where values may be negative."""
    target_device: Literal["ANY", "CPU"] = "CPU"
    """The device whose quantizer rules apply; the CPU by default, since the result runs there."""
    subset_size: int = Field(default=300, ge=1)
    """Number of calibration samples that set the ranges."""
    fast_bias_correction: bool | None = None
    """`false`: the accurate, slower correction."""
    model_type: Literal["transformer"] | None = None
    """`transformer` selects NNCF's rules for transformers: symmetric quantizers in attention, and
    SmoothQuant. Without the key, a model with attention is quantized with and without them, and the
    variant whose outputs diverge less is used. `null`: never."""
    ignored_scope: IgnoredScope = IgnoredScope()
    """Operations that stay in floating point."""
    keep_tail: bool = True
    """Whether post-processing (box decoding, final sigmoid and softmax arithmetic, suppression)
    stays in floating point."""
    overflow_fix: Literal["disable", "first_layer_only", "enable"] | None = None
    """Which layers have weights of 7 bits, which prevents saturation on CPUs without VNNI: none
    (`disable`), the first ones, or all (`enable`)."""
    quantize_outputs: bool = False
    """Whether the model's outputs are quantized too."""
    inplace_statistics: bool = True
    """Whether the graph computes statistics; `false` collects whole tensors, in more memory."""
    disable_channel_alignment: bool = True
    """`false` first equalizes the channels of neighbouring convolutions."""
    disable_bias_correction: bool = False
    """Whether biases are not corrected at all."""
    kernel_bias_correction: bool = False
    """Whether biases are corrected by the mean outputs of this CPU's INT8 kernels instead of NNCF's
    correction."""
    batchwise_statistics: bool | None = None
    """Whether statistics are computed over the whole batch instead of each item of it."""
    quantizer_propagation_rule: Literal[
        "DO_NOT_MERGE_BRANCHES",
        "MERGE_IF_ALL_BRANCHES_SAME",
        "MERGE_WITH_POTENTIAL_REQUANTIZATION",
        "MERGE_ALL_IN_ONE",
    ] = "MERGE_ALL_IN_ONE"
    """How NNCF merges the quantizers of several branches."""
    activations_quantization_params: QuantizerParameters | None = None
    """The kind of the activations' quantizers."""
    weights_quantization_params: QuantizerParameters | None = None
    """The kind of the weights' quantizers."""
    activations_range_estimator_params: RangeEstimator | None = None
    """How the ranges of activations are computed."""
    weights_range_estimator_params: RangeEstimator | None = None
    """How the ranges of weights are computed."""
    bias_correction_params: BiasCorrection | None = None
    """Details of the bias correction."""
    smooth_quant_alphas: SmoothQuant | None = None
    """Strength of SmoothQuant, for models with `model_type: transformer`."""

    @model_validator(mode="after")
    def _one_correction(self) -> Self:
        if self.kernel_bias_correction and self.disable_bias_correction:
            raise ValueError(
                "kernel_bias_correction and disable_bias_correction exclude each other"
            )
        return self

    @model_validator(mode="after")
    def _precisions_are_known(self) -> Self:
        known = (INT8.name, *self.compressions)
        unknown = [name for name in self.precisions if name not in known]
        if unknown:
            raise ValueError(
                f"precisions: {', '.join(unknown)} is not among {', '.join(known)}; "
                "weight_compression defines others"
            )
        if len(set(self.precisions)) < len(self.precisions):
            raise ValueError("precisions names one of them twice")
        return self

    @property
    def compressions(self) -> Mapping[str, WeightCompression]:
        """Settings by the name of the precision; the config's definition replaces a built-in."""
        return {**BUILT_IN, **self.weight_compression}

    @property
    def precision_values(self) -> tuple[Precision, ...]:
        """What `precisions` names."""
        return tuple(
            INT8 if name == INT8.name else compressed_weights(name, self.compressions[name].bits)
            for name in self.precisions
        )
