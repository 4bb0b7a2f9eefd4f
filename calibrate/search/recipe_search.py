"""The recipe search: compare fully quantized variants without labels, for all folds at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.precision import INT8, Candidate, Precision
from calibrate.core.subset_sizes import RECIPE_IMAGES
from calibrate.quantization.recipe_selection import PLAIN, relevant_recipes
from calibrate.quantization.recipes.base import Recipe
from calibrate.search.sensitivity import clearly_less
from calibrate.search.variant_store import VariantStore


@dataclass(frozen=True, slots=True)
class TriedRecipe:
    """A recipe and its measurements with everything quantized.

    Attributes:
        recipe: the recipe.
        divergence: mean over the images that recipes are compared on.
        seconds: of quantization and comparison.
        leads: whether it diverged clearly less than those before it.
    """

    recipe: Recipe
    divergence: float
    seconds: float
    leads: bool


@dataclass(slots=True)
class RecipeSearch:
    """Tries recipes in their order; each variant is built once, when it is needed.

    Attributes:
        variant_store: builds and measures variants.
        tried: in order, NNCF's defaults first.
        best: precision of the last recipe that diverged clearly less than those before it.
    """

    variant_store: VariantStore
    tried: list[TriedRecipe] = field(default_factory=list)
    best: Precision = INT8
    _lead: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def least_divergent(self) -> Candidate:
        """Return the least divergent candidate among plain INT8 and the free recipes.

        Free recipes take about a second to apply and cost nothing at run time. They are compared
        once, without labels, until time is up.
        """
        if INT8 in self.variant_store.models and not self.tried:
            self._begin()
            for recipe in self._recipes("auto"):
                if self.variant_store.expired() or not self._compare(recipe):
                    break
            self.variant_store.offer(self.best)
        if self.best == INT8:
            return self.variant_store.plain
        return self._everything(self.best)

    def better(self) -> Iterator[Candidate]:
        """Yield the candidate of each further recipe that diverges clearly less than all before.

        The comparison is paired and needs no labels, so it uses images of all folds.
        """
        free = {recipe.precision for recipe in self._recipes("auto")}
        known = {tried.recipe.precision: tried for tried in self.tried}
        for recipe in self._recipes("thorough"):
            if recipe.precision in free:
                continue
            if recipe.precision not in known:
                if self.variant_store.expired() or not self._compare(recipe):
                    return
                known[recipe.precision] = self.tried[-1]
            if known[recipe.precision].leads:
                yield self._everything(recipe.precision)

    def _recipes(self, effort: Literal["auto", "thorough"]) -> tuple[Recipe, ...]:
        """Return the recipes up to an effort that the config allows."""
        config = self.variant_store.context.resolved.config
        allowed = config.search.recipes
        narrower = effort if allowed == "thorough" else allowed
        return relevant_recipes(config.quantization, narrower)

    def _begin(self) -> None:
        """Take plain INT8, which was built and observed before, as the first to compare with."""
        self._lead = self._divergences(self.variant_store.plain)
        spent = self.variant_store.context.costs.stages["calibration"].seconds
        self.tried.append(TriedRecipe(PLAIN, float(self._lead.mean()), spent, leads=True))

    def _compare(self, recipe: Recipe) -> bool:
        """Quantize by a recipe and compare; return False if time ran out in between."""
        variant_store, context = self.variant_store, self.variant_store.context
        with context.costs.stage("recipes"):
            context.progress.stage(f"Trying recipe {recipe.precision}")
            begun = context.costs.clock()
            variant_store.add(recipe)
            if variant_store.expired():
                return False
            values = self._divergences(self._everything(recipe.precision))
            leads = clearly_less(values, self._lead)
            seconds = context.costs.clock() - begun
        self.tried.append(TriedRecipe(recipe, float(values.mean()), seconds, leads))
        if leads:
            self._lead, self.best = values, recipe.precision
        return True

    def _everything(self, precision: Precision) -> Candidate:
        return Candidate.uniform(self.variant_store.groups, precision)

    def _divergences(self, candidate: Candidate) -> NDArray[np.float64]:
        """Measure divergences on the images that each fold uses first; trials reuse them."""
        return self.variant_store.evaluator.observe(candidate, self._indices).divergences(
            self._indices
        )

    @property
    def _indices(self) -> tuple[int, ...]:
        images, config = (
            self.variant_store.context.images,
            self.variant_store.context.resolved.config,
        )
        return images.in_random_order(images.search, config.dataset.subsample_seed)[:RECIPE_IMAGES]
