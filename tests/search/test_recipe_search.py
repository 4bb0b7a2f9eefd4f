from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.context.dataset import Data, Fold
from calibrate.context.run_context import RunContext
from calibrate.core.costs import Spent
from calibrate.core.observation import Observation
from calibrate.core.precision import INT8, Candidate, Group
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.raw import Raw
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.quantization.recipes.base import NotApplicableError
from calibrate.search.recipe_search import RecipeSearch
from tests.fixtures.contexts import run_context

IMAGES = tuple(range(10))
SPREAD = np.linspace(0.9, 1.1, len(IMAGES))


@dataclass
class Observer:
    """Observes the divergences that are given; any other precision diverges by 1."""

    divergences: dict[str, float]
    measured: Counter[str] = field(default_factory=Counter)

    def observe(self, candidate: Candidate, indices: Sequence[int]) -> Observation:
        name = candidate.precisions[0].name
        self.measured[name] += 1
        values = dict(
            zip(range(len(IMAGES)), self.divergences.get(name, 1.0) * SPREAD, strict=True)
        )
        return Observation(divergence={index: values[index] for index in indices})


def context(**search: str) -> RunContext:
    """A context of ten samples, whose calibration took two seconds."""
    facts = tuple(Facts(str(index)) for index in IMAGES)
    digests = tuple(str(index) for index in IMAGES)
    tensors = Tensors((np.zeros((len(IMAGES), 1), np.float32),), facts, digests)
    given = ops.parameter([1, 1], np.float32)
    model = ov.Model([ops.relu(given)], [given], "empty")
    made = run_context(model, Data(tensors, (), (Fold(IMAGES, IMAGES),)), Raw(), search=search)
    made.costs.stages["calibration"] = Spent(2.0)
    return made


class Variants:
    """A store of variants whose divergences are given; `fails` cannot be applied."""

    def __init__(
        self,
        recipes: str,
        divergences: dict[str, float],
        time: int = 100,
        finetune: str = "auto",
        fails: str = "",
    ) -> None:
        self.starts, self.fails = {}, fails
        self.made, self.time = [], time
        self.models, self.offered = {INT8: None}, None
        self.groups = (Group("conv", ("conv",), ("fq",)),)
        self.context = context(recipes=recipes, finetune=finetune)
        self.evaluator = Observer(divergences)

    @property
    def measured(self) -> Counter[str]:
        return self.evaluator.measured

    @property
    def plain(self) -> Candidate:
        return Candidate((INT8,))

    @property
    def first(self):
        return INT8

    def everything(self, precision) -> Candidate:
        return Candidate((precision,))

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
    store = Variants("auto", divergences)
    search = RecipeSearch(store)
    assert names([search.least_divergent(), search.least_divergent()]) == [best, best]
    assert [tried.precision.name for tried in search.tried] == [INT8.name, FIRST, SECOND]
    assert search.tried[0].seconds == 2.0
    assert store.made == [FIRST, SECOND]
    assert set(store.measured.values()) == {1}
    assert store.offered == best
    assert names(search.better()) == []


def test_the_config_limits_the_recipes():
    none = Variants("default", {FIRST: 0.5})
    assert names([RecipeSearch(none).least_divergent()]) == [INT8.name]
    assert none.made == []


def test_slower_recipes_follow_where_the_free_ones_do_not_do():
    store = Variants("thorough", {FIRST: 0.5, SLOWER[0]: 0.3, SLOWER[1]: 0.4})
    search = RecipeSearch(store)
    assert names([search.least_divergent()]) == [FIRST]
    assert store.made == [FIRST, SECOND]
    assert names(search.better()) == names(search.better()) == [SLOWER[0]]
    assert store.made == [FIRST, SECOND, *SLOWER]
    assert search.best.name == SLOWER[0]


@pytest.mark.parametrize(("time", "made"), [(0, []), (1, [FIRST])])
def test_time_that_runs_out_ends_it(time, made):
    store = Variants("auto", {FIRST: 0.5}, time)
    search = RecipeSearch(store)
    assert names([search.least_divergent()]) == [INT8.name]
    assert store.made == made
    assert search.best == INT8


def test_out_of_time_no_slower_recipe_is_tried():
    store = Variants("thorough", {SLOWER[0]: 0.1}, 4)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.better()) == []
    assert store.made == [FIRST, SECOND]


def test_without_int8_there_is_nothing_to_compare():
    store = Variants("auto", {FIRST: 0.5})
    store.models.clear()
    assert RecipeSearch(store).least_divergent() == store.plain
    assert store.made == []


def test_the_best_variant_is_tuned_after_all_recipes():
    store = Variants("auto", {FIRST: 0.5, SECOND: 0.9, "fine-tuned": 0.2})
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
    store = Variants("auto", {"fine-tuned": 0.2}, time, finetune)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.fine_tuned()) == []
    assert store.made == made


@pytest.mark.parametrize(("fails", "best"), [("fine-tuned", FIRST), (FIRST, "fine-tuned")])
def test_a_recipe_that_cannot_be_applied_is_left_out_and_the_reason_is_kept(fails, best):
    store = Variants("auto", {FIRST: 0.5, "fine-tuned": 0.4}, fails=fails)
    search = RecipeSearch(store)
    search.least_divergent()
    assert names(search.fine_tuned()) == names(search.fine_tuned())
    assert list(search.left_out.values()) == [
        f"The recipe {fails} is left out: no PyTorch; install it"
    ]
    assert search.best.name == best
