"""How weights alone are compressed: NNCF's `compress_weights` parameters under NNCF's names."""

from typing import Literal, Self

from pydantic import Field, model_validator

from calibrate.config.section import Section

_OF_INT4 = (
    "ratio",
    "group_size",
    "all_layers",
    "backup_mode",
    "sensitivity_metric",
    "awq",
    "scale_estimation",
    "gptq",
)


class WeightCompression(Section):
    """One way to store weights, as the parameters of `nncf.compress_weights`."""

    mode: Literal["int8_sym", "int8_asym", "int4_sym", "int4_asym"]
    """Bits of a weight, and whether a zero point is stored with its scale."""
    ratio: float | None = Field(default=None, ge=0, le=1)
    """INT4: share of the weights that NNCF stores in INT4, chosen by `sensitivity_metric`."""
    group_size: int | None = Field(default=None, ge=-1)
    """INT4: number of weights of a row that share a scale, 128 by default; -1: one scale per
    row."""
    group_size_fallback_mode: Literal["error", "ignore", "adjust"] = "adjust"
    """For rows whose length is not a multiple of `group_size`: an error, FP32, or a smaller power
    of 2 (≥ 32)."""
    all_layers: bool | None = None
    """INT4: whether embeddings and the last layer are in INT4 too, instead of `backup_mode`."""
    backup_mode: Literal["none", "int8_sym", "int8_asym"] | None = None
    """INT4: the type of layers that are not in INT4."""
    sensitivity_metric: (
        Literal[
            "weight_quantization_error",
            "hessian_input_activation",
            "mean_activation_variance",
            "max_activation_variance",
            "mean_activation_magnitude",
        ]
        | None
    ) = None
    """INT4: the measure by which `ratio` chooses."""
    awq: bool | None = None
    """INT4: whether important input channels are scaled first (behind an activation or a
    product)."""
    scale_estimation: bool | None = None
    """INT4: whether scales are chosen by the error of the layer's output on calibration samples."""
    gptq: bool | None = None
    """INT4: whether the weights of a row are rounded one after another, each compensating for the
    rounding errors of those before."""
    subset_size: int = Field(default=128, ge=1)
    """Number of calibration samples that these methods use."""

    @model_validator(mode="after")
    def _int8_has_no_choices(self) -> Self:
        given = [name for name in _OF_INT4 if getattr(self, name) is not None]
        if self.mode.startswith("int8") and given:
            raise ValueError(f"mode {self.mode} takes no {', '.join(given)}: that is INT4's")
        return self

    @model_validator(mode="after")
    def _group_size_is_a_size(self) -> Self:
        if self.group_size == 0:
            raise ValueError("group_size is a number of weights, or -1 for one scale a row")
        return self

    @property
    def bits(self) -> int:
        """Of a weight at `mode`; with a `ratio` below 1 some are stored in more."""
        return {"int8": 8, "int4": 4}[self.mode.split("_")[0]]

    @property
    def wants_images(self) -> bool:
        """Whether anything of it looks at activations."""
        by_activations = self.sensitivity_metric not in (None, "weight_quantization_error")
        chooses = self.ratio is not None and self.ratio < 1 and self.sensitivity_metric is None
        return bool(
            self.awq or self.scale_estimation or self.gptq or by_activations or chooses
        ) and self.mode.startswith("int4")


BUILT_IN = {
    "int8_weights": WeightCompression(mode="int8_asym"),
    "int4_weights": WeightCompression(mode="int4_sym"),
}
"""What the names mean that a config need not define."""
