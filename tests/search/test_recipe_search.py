from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from calibrate.config.quantization import Quantization
from calibrate.config.schema import Search
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import INT8, Candidate, Group
from calibrate.core.progress import NoProgress
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.quantization.recipes.base import NotApplicableError
from calibrate.search.recipe_search import RecipeSearch

IMAGES = tuple(range(10))
SPREAD = np.linspace(0.9, 1.1, len(IMAGES))


class Workshop:
    """Makes recipes that diverge by what it is told; a recipe not told of is as bad as INT8."""

    def __init__(
        self,
        recipes: str,
        divergences: dict[str, float],
        time: int = 100,
        finetune: str = "auto",
        fails: str = "",
    ) -> None:
        self.starts, self.fails = {}, fails
        self.made, self.measured, self.time = [], Counter(), time
        self.divergences = divergences
        self.models, self.offered = {INT8: None}, None
        self.groups = (Group("conv", ("conv",), ("fq",)),)
        self.context = SimpleNamespace(
            costs=Costs(lambda: 0.0),
            progress=NoProgress(),
            images=SimpleNamespace(search=IMAGES, in_random_order=lambda given, _: given),
            resolved=SimpleNamespace(
                config=SimpleNamespace(
                    quantization=Quantization(),
                    search=Search(recipes=recipes, finetune=finetune),
                    dataset=SimpleNamespace(subsample_seed=0),
                )
            ),
        )
        self.context.costs.stages["calibration"] = SimpleNamespace(seconds=2.0)
        self.evaluator = SimpleNamespace(observe=self._observe)

    @property
    def plain(self) -> Candidate:
        return Candidate((INT8,))

    def expired(self) -> bool:
        self.time -= 1
        return self.time < 0

    def add(self, recipe, start) -> None:
        if recipe.precision.name == self.fails:
            raise NotApplicableError("no PyTorch", hint="install it")
        self.made.append(recipe.precision.name)
        self.starts[recipe.precision.name] = start.name

    def offer(self, precision) -> None:
        self.offered = precision.name

    def _observe(self, candidate, indices):
        name = candidate.precisions[0].name
        self.measured[name] += 1
        found = self.divergences.get(name, 1.0) * SPREAD
        return Observation(divergence=dict(zip(indices, found, strict=True)))


def names(candidates) -> list[str]:
    return [candidate.precisions[0].name for candidate in candidates]


FIRST, SECOND = (r.precision.name for r in relevant_recipes(Quantization(), "auto"))
SLOWER = [
    recipe.precision.name
    for recipe in relevant_recipes(Quantization(), "thorough")
    if recipe.precision.name not in (FIRST, SECOND)
]


@pytest.mark.parametrize(
    ("divergences", "best"),
    [
        ({FIRST: 0.5, SECOND: 0.2}, SECOND),
        ({FIRST: 0.2, SECOND: 0.5}, FIRST),
        ({SECOND: 0.5}, SECOND),
        ({}, INT8.name),
    ],
)
def test_the_least_divergent_is_chosen_before_anything_is_judged(divergences, best):
    store = Workshop("auto", divergences)
    search = RecipeSearch(store)
    assert names([search.least_divergent(), search.least_divergent()]) == [best, best]
    assert [tried.recipe.precision.name for tried in search.tried] == [INT8.name, FIRST, SECOND]
    assert search.tried[0].seconds == 2.0
    assert store.made == [FIRST, SECOND]
    assert set(store.measured.values()) == {1}
    assert store.offered == best
    assert names(search.better()) == []


def test_the_config_says_how_many():
    none = Workshop("default", {FIRST: 0.5})
    assert names([RecipeSearch(none).least_divergent()]) == [INT8.name]
    assert none.made == []


def test_slower_recipes_follow_where_the_free_ones_do_not_do():
    store = Workshop("thorough", {FIRST: 0.5, SLOWER[0]: 0.3, SLOWER[1]: 0.4})
    search = RecipeSearch(store)
    assert names([search.least_divergent()]) == [FIRST]
    assert store.made == [FIRST, SECOND]
    assert names(search.better()) == names(search.better()) == [SLOWER[0]]
    assert store.made == [FIRST, SECOND, *SLOWER]
    assert search.best.name == SLOWER[0]


@pytest.mark.parametrize(("time", "made"), [(0, []), (1, [FIRST])])
def test_time_that_runs_out_ends_it(time, made):
    store = Workshop("auto", {FIRST: 0.5}, time)
    search = RecipeSearch(store)
    assert names([search.least_divergent()]) == [INT8.name]
    assert store.made == made
    assert search.best == INT8


def test_out_of_time_no_slower_recipe_is_tried():
    store = Workshop("thorough", {SLOWER[0]: 0.1}, 4)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.better()) == []
    assert store.made == [FIRST, SECOND]


def test_without_int8_there_is_nothing_to_compare():
    store = Workshop("auto", {FIRST: 0.5})
    store.models.clear()
    assert RecipeSearch(store).least_divergent() == store.plain
    assert store.made == []


def test_the_best_variant_is_tuned_after_all_recipes():
    store = Workshop("auto", {FIRST: 0.5, SECOND: 0.9, "fine-tuned": 0.2})
    search = RecipeSearch(store)
    assert names([search.least_divergent(), *search.better()]) == [FIRST]
    assert names(search.fine_tuned()) == names(search.fine_tuned()) == ["fine-tuned"]
    assert store.starts["fine-tuned"] == FIRST
    assert store.made == [FIRST, SECOND, "fine-tuned"]
    assert search.best.name == "fine-tuned"


@pytest.mark.parametrize(
    ("time", "finetune", "made"),
    [(100, "off", [FIRST, SECOND]), (4, "auto", [FIRST, SECOND])],
)
def test_nothing_is_tuned_if_it_is_off_or_time_is_up(time, finetune, made):
    store = Workshop("auto", {"fine-tuned": 0.2}, time, finetune)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.fine_tuned()) == []
    assert store.made == made


@pytest.mark.parametrize(("fails", "best"), [("fine-tuned", FIRST), (FIRST, "fine-tuned")])
def test_a_recipe_that_cannot_be_applied_is_left_out_and_the_reason_is_kept(fails, best):
    store = Workshop("auto", {FIRST: 0.5, "fine-tuned": 0.4}, fails=fails)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.fine_tuned()) == names(search.fine_tuned())
    assert list(search.left_out.values()) == [
        f"The recipe {fails} is left out: no PyTorch; install it"
    ]
    assert search.best.name == best
