"""The recipe search: compare fully quantized variants without labels, for all folds at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.core.costs import Spent
from calibrate.core.precision import INT8, Candidate, Precision
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import RECIPE_IMAGES
from calibrate.quantization.recipe_selection import (
    PLAIN,
    Allowed,
    free_recipes,
    slower_recipes,
    tuning_recipes,
)
from calibrate.quantization.recipes.base import NotApplicableError, Recipe
from calibrate.search.sensitivity import clearly_less
from calibrate.search.variant_store import VariantStore


@dataclass(frozen=True, slots=True)
class TriedRecipe:
    """A recipe and its measurements with everything quantized.

    Attributes:
        precision: precision of its variant.
        reason: the error that it reduces.
        divergence: mean over the images that recipes are compared on.
        seconds: seconds of quantization and comparison.
        leads: whether it diverged clearly less than those before it.
    """

    precision: Precision
    reason: str
    divergence: float
    seconds: float
    leads: bool


@dataclass(slots=True)
class RecipeSearch:
    """Tries recipes in their order; each variant is built once, when it is needed.

    Attributes:
        variant_store: builds and measures variants.
        tried: recipes in order, NNCF's defaults first.
        best: precision of the last recipe that diverged clearly less than those before it.
        left_out: why recipes could not be applied, by precision.
    """

    variant_store: VariantStore
    tried: list[TriedRecipe] = field(default_factory=list)
    best: Precision = INT8
    left_out: dict[Precision, str] = field(default_factory=dict)
    _lead: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def least_divergent(self) -> Candidate:
        """Return the least divergent candidate among plain INT8 and the free recipes.

        Free recipes take about a second to apply and cost nothing at run time. They are compared
        once, without labels, until time is up.
        """
        if INT8 in self.variant_store.models and not self.tried:
            self._begin(PLAIN.reason)
            for recipe in free_recipes(*self._allowed):
                if self.variant_store.expired():
                    break
                self._compare(recipe)
            self.variant_store.offer(self.best)
        if self.best == INT8:
            return self.variant_store.plain
        return self._everything(self.best)

    def better(self) -> Iterator[Candidate]:
        """Yield the candidate of each further recipe that diverges clearly less than all before.

        The comparison is paired and needs no labels, so it uses images of all folds.
        """
        if INT8 not in self.variant_store.models:
            return
        yield from self._leading(slower_recipes(*self._allowed))

    def fine_tuned(self) -> Iterator[Candidate]:
        """Yield the candidate of the best variant tuned further, if it diverges clearly less.

        If it cannot be tuned, the reason is in `left_out`. Without INT8, the compressed weights
        that come first in the config are tuned.
        """
        config = self.variant_store.context.config
        recipes = tuning_recipes(config.search.finetune, self.variant_store.first)
        if recipes and not self.tried:
            self._begin("NNCF's weight compression with the config's settings")
        yield from self._leading(recipes)

    def _leading(self, recipes: Iterable[Recipe]) -> Iterator[Candidate]:
        """Compare recipes in order until time is up; yield those that lead, earlier ones too."""
        tried_before = {tried.precision: tried for tried in self.tried}
        for recipe in recipes:
            tried = tried_before.get(recipe.precision)
            if tried is None and self.variant_store.expired():
                return
            tried = tried or self._compare(recipe)
            if tried is not None and tried.leads:
                yield self._everything(recipe.precision)

    @property
    def _allowed(self) -> tuple[Quantization, Allowed]:
        """The settings, and which recipes the config allows."""
        config = self.variant_store.context.config
        return config.quantization, config.search.recipes

    def _begin(self, reason: str) -> None:
        """Take the plain variant, which was observed before, as the first to compare with."""
        self.best = self.variant_store.first
        self._lead = self._divergences(self.variant_store.plain)
        costs = self.variant_store.context.costs
        spent = costs.stages[Stage.CALIBRATION].seconds
        mean = float(self._lead.mean())
        self.tried.append(TriedRecipe(self.best, reason, mean, spent, leads=True))

    def _compare(self, recipe: Recipe) -> TriedRecipe | None:
        """Quantize by a recipe and compare.

        Returns:
            None if the recipe cannot be applied, or if time ran out in between.
        """
        if recipe.precision in self.left_out:
            return None
        variant_store, context = self.variant_store, self.variant_store.context
        with context.costs.stage(recipe_stage(recipe)):
            context.progress.stage(f"Trying recipe {recipe.precision}")
            begun = context.costs.clock()
            try:
                variant_store.add(recipe, self.best)
            except NotApplicableError as error:
                reason = f"The recipe {recipe.precision} is left out: {error}"
                self.left_out[recipe.precision] = reason
                context.progress.note(reason)
                return None
            if variant_store.expired():
                return None
            values = self._divergences(self._everything(recipe.precision))
            leads = clearly_less(values, self._lead)
            seconds = context.costs.clock() - begun
        mean = float(values.mean())
        tried = TriedRecipe(recipe.precision, recipe.reason, mean, seconds, leads)
        self.tried.append(tried)
        if leads:
            self._lead, self.best = values, recipe.precision
        return tried

    def _everything(self, precision: Precision) -> Candidate:
        return self.variant_store.everything(precision)

    def _divergences(self, candidate: Candidate) -> NDArray[np.float64]:
        """Measure divergences on the images that each fold uses first; trials reuse them."""
        return self.variant_store.evaluator.observe(candidate, self._indices).divergences(
            self._indices
        )

    @property
    def _indices(self) -> tuple[int, ...]:
        context = self.variant_store.context
        return context.data.in_random_order(context.data.search, context.seed)[:RECIPE_IMAGES]


def recipe_stage(recipe: Recipe) -> Stage:
    """Return the stage whose cost a recipe's trial counts for."""
    return Stage.FINE_TUNING if recipe.precision.new_weights else Stage.RECIPES


def comparison_cost(search_images: int) -> Spent:
    """Return the compilations and inferences that compare one recipe, without its quantization.

    Args:
        search_images: number of search images of all folds.
    """
    return Spent.evaluations(1, min(RECIPE_IMAGES, search_images))
