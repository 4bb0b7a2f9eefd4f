"""Recipes that change settings of the `quantization` section."""

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
"""Ranges that contain every value of the calibration samples."""


@dataclass(frozen=True, slots=True)
class ChangedSettings:
    """A recipe that quantizes with some of the config's settings changed.

    Attributes:
        name: name of its precision.
        reason: the error that it reduces.
        changes: field of the `quantization` section to value; the user's values take precedence.
        effort: the lowest `search.recipes` with which it is tried.
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
        """Return the settings with the changes; values set by the user are kept."""
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
