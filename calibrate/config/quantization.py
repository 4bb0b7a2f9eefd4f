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
    """Exact names of operations, prepared; `calibrate inspect MODEL --operations` lists them."""
    patterns: tuple[str, ...] = ()
    """Regular expressions over operation names."""
    types: tuple[str, ...] = ()
    """Operation types, for instance `MatMul`."""
    subgraphs: tuple[Subgraph, ...] = ()
    """Parts of the graph between named operations."""
    validate_scope: bool = Field(default=True, alias="validate")
    """Whether a name, pattern or type that matches nothing is an error."""


class StatisticsCollector(Section):
    """How one end of a range is found, as NNCF's `StatisticsCollectorParameters`."""

    statistics_type: StatisticsType | None = None
    """What is taken of each tensor."""
    aggregator_type: AggregatorType | None = None
    """How the values of many tensors become one."""
    clipping_value: float | None = None
    """A bound on the values that are looked at."""
    quantile_outlier_prob: float = Field(default=1e-4, gt=0, lt=0.5)
    """The share of values left outside, for quantiles and outlier-free means."""


class RangeEstimator(Section):
    """How a quantizer's range is found, as NNCF's `RangeEstimatorParameters`."""

    min: StatisticsCollector = StatisticsCollector()
    """The lower end."""
    max: StatisticsCollector = StatisticsCollector()
    """The upper end."""


class QuantizerParameters(Section):
    """The kind of a quantizer, as NNCF's `QuantizationParameters`."""

    num_bits: int | None = Field(default=None, ge=2, le=8)
    """Bits; the CPU plugin has kernels for 8."""
    mode: Literal["symmetric", "asymmetric"] | None = None
    """Whether the range is centred on zero."""
    signedness_to_force: bool | None = None
    """True for signed, False for unsigned."""
    per_channel: bool | None = None
    """A range per channel instead of one per tensor."""
    narrow_range: bool | None = None
    """Whether the lowest integer is left out."""


class BiasCorrection(Section):
    """As NNCF's `AdvancedBiasCorrectionParameters`."""

    apply_for_all_nodes: bool = False
    """Also for layers that have no bias."""
    threshold: float | None = Field(default=None, gt=0)
    """A correction larger than this is left out."""


class SmoothQuant(Section):
    """As NNCF's `AdvancedSmoothQuantParameters`; a negative alpha switches it off."""

    convolution: float = Field(default=-1, ge=-1, le=1)
    """Alpha for convolutions."""
    matmul: float = Field(default=0.95, ge=-1, le=1)
    """Alpha for matrix products."""


class Quantization(Section):
    """How NNCF quantizes; what is left out is NNCF's default or chosen by the search of recipes."""

    precisions: tuple[str, ...] = Field(default=(INT8.name,), min_length=1)
    """What groups may run at beside FP32: `int8`, `int8_weights`, `int4_weights`, own ones."""
    weight_compression: dict[WeightsName, WeightCompression] = Field(default_factory=dict)
    """Further precisions that compress weights alone, by a name that ends in `_weights`."""
    dynamic_quantization_group_size: int = Field(default=0, ge=0)
    """Values of an activation that the CPU plugin quantizes together at run time, in front of
    compressed weights, on CPUs with VNNI; 0: activations stay in floating point on every CPU."""
    preset: Literal["performance", "mixed"] | None = None
    """`performance`: symmetric activations; `mixed`: asymmetric where values may be negative."""
    target_device: Literal["ANY", "CPU"] = "CPU"
    """Whose quantizer rules apply; the CPU's by default, since the result runs there."""
    subset_size: int = Field(default=300, ge=1)
    """Calibration images used for the ranges."""
    fast_bias_correction: bool | None = None
    """False: the accurate, slower correction."""
    model_type: Literal["transformer"] | None = None
    """`transformer` keeps attention arithmetic accurate. Unset, models
    with attention get what changes the outputs less. `null` switches it off."""
    ignored_scope: IgnoredScope = IgnoredScope()
    """Operations that stay in floating point."""
    keep_tail: bool = True
    """Keep box decoding, final sigmoids and softmaxes and the like in floating point."""
    overflow_fix: Literal["disable", "first_layer_only", "enable"] | None = None
    """Weights at 7 bits against saturation on CPUs without VNNI: nowhere, first layers, all."""
    quantize_outputs: bool = False
    """Quantizers in front of the model's outputs too."""
    inplace_statistics: bool = True
    """Statistics computed by the graph; False collects tensors and takes more memory."""
    disable_channel_alignment: bool = True
    """False equalizes the channels of neighbouring convolutions first."""
    disable_bias_correction: bool = False
    """No correction of biases at all."""
    kernel_bias_correction: bool = False
    """Correct biases by the mean outputs of this CPU's INT8 kernels, not by NNCF's correction."""
    batchwise_statistics: bool | None = None
    """Statistics over the whole batch instead of each item of it."""
    quantizer_propagation_rule: Literal[
        "DO_NOT_MERGE_BRANCHES",
        "MERGE_IF_ALL_BRANCHES_SAME",
        "MERGE_WITH_POTENTIAL_REQUANTIZATION",
        "MERGE_ALL_IN_ONE",
    ] = "MERGE_ALL_IN_ONE"
    """How quantizers of several branches become one."""
    activations_quantization_params: QuantizerParameters | None = None
    """The kind of the activations' quantizers."""
    weights_quantization_params: QuantizerParameters | None = None
    """The kind of the weights' quantizers."""
    activations_range_estimator_params: RangeEstimator | None = None
    """How the activations' ranges are found."""
    weights_range_estimator_params: RangeEstimator | None = None
    """How the weights' ranges are found."""
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
