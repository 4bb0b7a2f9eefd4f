"""The recipe that tunes weights, ranges and biases to reproduce FP32, without labels."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.section import Section
from calibrate.core.precision import Precision, int8_variant
from calibrate.quantization.recipes.base import Effort, NotApplicableError, RecipeContext, Variant

INSTALL = "pip install 'openvino-calibrate[finetune]'; the CPU build of PyTorch is enough"


class TuningSettings(Section):
    """What a tuned variant depends on besides model, samples and limits."""

    quantization: Quantization
    """The config's section."""
    torch: str
    """Version of PyTorch; empty if it is not installed."""


@dataclass(frozen=True, slots=True)
class FineTuned:
    """Knowledge distillation from FP32 on unlabelled samples; needs PyTorch.

    Attributes:
        name: name of its precision.
        compressed: the precision of the weights to tune if only weights are compressed.
        reason: the error that it reduces.
        effort: the lowest `search.recipes` with which it is tried; `search.finetune` enables it.
    """

    name: str = "fine-tuned"
    compressed: Precision | None = None
    reason: str = "tunes weights, ranges and biases to reproduce the outputs of FP32"
    effort: Effort = "auto"

    @property
    def precision(self) -> Precision:
        """See `Recipe.precision`."""
        if self.compressed is not None:
            name = f"{self.compressed.name}-{self.name}"
            return replace(self.compressed, name=name, new_weights=True)
        return int8_variant(self.name, new_weights=True)

    def is_relevant(self, settings: Quantization) -> bool:  # noqa: ARG002  # any settings
        """See `Recipe.is_relevant`."""
        return True

    def depends_on(self, settings: Quantization) -> TuningSettings:
        """See `Recipe.depends_on`."""
        installed = version("torch") if find_spec("torch") else ""
        return TuningSettings(quantization=settings, torch=installed)

    def apply(self, model: ov.Model, context: RecipeContext) -> Variant:
        """See `Recipe.apply`.

        Raises:
            NotApplicableError: PyTorch is missing, an operation has no differentiable form, or
                the PyTorch model differs from OpenVINO's.
        """
        if find_spec("torch") is None:
            raise NotApplicableError("fine-tuning needs PyTorch", hint=INSTALL)
        if context.tuning is None:
            raise AssertionError("a recipe that changes weights needs `RecipeContext.tuning`")
        from calibrate.quantization.finetune.run import tuned_variant  # noqa: PLC0415

        return tuned_variant(model, context, context.tuning)
