"""Estimate the time left of `calibrate run`, for the terminal."""

from dataclasses import dataclass

from calibrate.commands.estimate.estimate import effort_of
from calibrate.commands.estimate.inputs import Sets
from calibrate.commands.estimate.time_left import Choices, measured_probe, time_left
from calibrate.core.costs import Spent
from calibrate.core.precision import FP32
from calibrate.core.progress import TimeLeft
from calibrate.quantization.recipe_selection import free_recipes, slower_recipes
from calibrate.search.group_costs import profile_cost
from calibrate.search.group_testing import count_measurements
from calibrate.search.variant_builder import recipe_inferences
from calibrate.search.variant_store import VariantStore


@dataclass(frozen=True, slots=True)
class RunForecast:
    """Estimates the time left of a run from its context, once FP32 has been measured.

    Attributes:
        variant_store: variant store of the run; without models before calibration.
    """

    variant_store: VariantStore

    def left(self) -> TimeLeft:
        """Return the seconds left; the greatest is None before the model's groups are found."""
        context, groups = self.variant_store.context, self.variant_store.groups
        images, config = context.data, context.config
        sets = Sets(
            everything=len(images.everything),
            calibration=len(images.calibration),
            search=len(images.search),
            acceptance=len(images.acceptance),
            folds=len(images.folds),
        )
        settings = config.quantization
        effort = config.search.recipes
        free, slower = free_recipes(settings, effort), slower_recipes(settings, effort)
        offered = {FP32, *(precision for group in groups for precision in group.precisions)}
        choices = Choices(
            groups=len(groups),
            variants=sum(len(group.precisions) - 1 for group in groups),
            measurements=count_measurements(groups),
            recipes=tuple(
                recipe_inferences(recipe, settings, len(images.calibration))
                for recipe in (*free, *slower)
            ),
            free_recipes=len(free),
            reduced=context.baseline.deployed != FP32,
            profile=(
                Spent()
                if config.search.objective == "size"
                else profile_cost(offered, context.baseline.compute_type)
            ),
        )
        probe = measured_probe(context.costs, sets, choices)
        return time_left(context.costs, probe, sets, effort_of(config))
