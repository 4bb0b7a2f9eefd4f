from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from calibrate.config.quantization import Quantization
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import INT8, Candidate, Group
from calibrate.core.progress import NoProgress
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.search.recipe_search import RecipeSearch

IMAGES = tuple(range(10))
SPREAD = np.linspace(0.9, 1.1, len(IMAGES))


class Workshop:
    """Makes recipes that diverge by what it is told; a recipe not told of is as bad as INT8."""

    def __init__(self, recipes: str, divergences: dict[str, float], time: int = 100) -> None:
        self.made, self.measured, self.time = [], Counter(), time
        self.divergences = divergences
        self.groups = (Group("conv", ("conv",), ("fq",)),)
        self.context = SimpleNamespace(
            costs=Costs(lambda: 0.0),
            progress=NoProgress(),
            images=SimpleNamespace(search=IMAGES, in_random_order=lambda given, _: given),
            resolved=SimpleNamespace(
                config=SimpleNamespace(
                    quantization=Quantization(),
                    search=SimpleNamespace(recipes=recipes),
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

    def add(self, recipe) -> None:
        self.made.append(recipe.precision.name)

    def _observe(self, candidate, indices):
        name = candidate.precisions[0].name
        self.measured[name] += 1
        found = self.divergences.get(name, 1.0) * SPREAD
        return Observation(divergence=dict(zip(indices, found, strict=True)))


def names(candidates) -> list[str]:
    return [candidate.precisions[0].name for candidate in candidates]


FIRST, SECOND = (r.precision.name for r in relevant_recipes(Quantization(), "auto"))


@pytest.mark.parametrize(
    ("divergences", "found", "best"),
    [
        ({FIRST: 0.5, SECOND: 0.2}, [FIRST, SECOND], SECOND),
        ({FIRST: 0.2, SECOND: 0.5}, [FIRST], FIRST),  # the second is no better than the first
        ({SECOND: 0.5}, [SECOND], SECOND),
        ({}, [], INT8.name),
    ],
)
def test_those_that_are_better_than_all_before(divergences, found, best):
    recipe_search = RecipeSearch(Workshop("auto", divergences))
    assert names(recipe_search.better()) == found
    assert recipe_search.best.name == best
    assert [tried.recipe.precision.name for tried in recipe_search.tried] == [
        "int8",
        FIRST,
        SECOND,
    ]
    assert recipe_search.tried[0].seconds == 2.0


def test_each_is_made_when_it_is_asked_for_and_once():
    variant_store = Workshop("auto", {FIRST: 0.5, SECOND: 0.2})
    recipe_search = RecipeSearch(variant_store)
    assert next(recipe_search.better()).precisions[0].name == FIRST
    assert variant_store.made == [FIRST]
    assert names(recipe_search.better()) == names(recipe_search.better()) == [FIRST, SECOND]
    assert variant_store.made == [FIRST, SECOND]
    assert set(variant_store.measured.values()) == {1}


def test_the_config_says_how_many():
    assert names(RecipeSearch(Workshop("default", {FIRST: 0.5})).better()) == []
    thorough = Workshop("thorough", {})
    assert names(RecipeSearch(thorough).better()) == []
    assert thorough.made == [r.precision.name for r in relevant_recipes(Quantization(), "thorough")]


@pytest.mark.parametrize(("time", "made"), [(0, []), (1, [FIRST])])
def test_time_that_runs_out_ends_it(time, made):
    variant_store = Workshop("auto", {FIRST: 0.5}, time)
    recipe_search = RecipeSearch(variant_store)
    assert names(recipe_search.better()) == []
    assert variant_store.made == made
    assert recipe_search.best == INT8
