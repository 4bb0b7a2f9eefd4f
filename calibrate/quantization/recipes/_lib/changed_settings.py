"""Recipes that change settings of the `quantization` section, and leave the rest to NNCF."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import openvino as ov

from calibrate.config.quantization import Quantization, RangeEstimator, StatisticsCollector
from calibrate.core.precision import Precision, int8_variant
from calibrate.quantization.recipes.base import Effort, RecipeContext, Variant

MIN_MAX = RangeEstimator(
    min=StatisticsCollector(statistics_type="min", aggregator_type="min"),
    max=StatisticsCollector(statistics_type="max", aggregator_type="max"),
)
"""Ranges that hold every value of the calibration samples."""


@dataclass(frozen=True, slots=True)
class ChangedSettings:
    """INT8 by the config's settings with some of them changed.

    Attributes:
        name: of the precision that it makes.
        reason: which error it reduces.
        changes: field of the `quantization` section to its value; what the user set wins.
        effort: from which `search.recipes` on it is tried.
    """

    name: str
    reason: str
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    effort: Effort = "thorough"

    @property
    def precision(self) -> Precision:
        """See `Recipe.precision`."""
        return int8_variant(self.name)

    def is_relevant(self, settings: Quantization) -> bool:
        """See `Recipe.is_relevant`."""
        return not settings.model_fields_set.intersection(self.changes)

    def depends_on(self, settings: Quantization) -> Quantization:
        """The settings with the changes; what the user set stays."""
        changes = {
            name: value
            for name, value in self.changes.items()
            if name not in settings.model_fields_set
        }
        return settings.model_copy(update=changes)

    def apply(self, model: ov.Model, context: RecipeContext) -> Variant:  # noqa: ARG002  # the quantizer holds the model
        """See `Recipe.apply`."""
        settings = self.depends_on(context.settings)
        return Variant(context.quantizer.quantize(settings, context.images))
