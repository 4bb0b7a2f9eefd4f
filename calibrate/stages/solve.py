"""Find the answer: a recipe, and a precision for every group, expected within budget."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil, log2

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.contracts.candidate import FP32, INT8, Candidate, Group, Precision
from calibrate.contracts.journal import Within
from calibrate.contracts.observation import Observation
from calibrate.contracts.recipe import Recipe
from calibrate.contracts.trial import Prices, Trial
from calibrate.data.feeds import Feeds
from calibrate.evaluate.laboratory import Bench
from calibrate.quantize.compose import Variants, compose, with_integer_weights
from calibrate.quantize.groups import find_groups
from calibrate.quantize.ptq import Images, Quantizer, same_ranges
from calibrate.quantize.recipes import applied, worth_trying
from calibrate.search.choice import Point, front, problem
from calibrate.search.plan import Target, best, next_point, use
from calibrate.search.sensitivity import (
    Damages,
    clearly_less,
    measure_damages,
    most_telling,
    predicted,
    summarize,
)
from calibrate.stages.facts import digest_of, indices_digest
from calibrate.stages.ground import Ground
from calibrate.stages.pricing import Pricing
from calibrate.stages.warm_start import WarmStart

_RECIPE_IMAGES = 64
"""Search images on which recipes are compared; the divergence is paired, so few tell them apart."""

_RECIPE_CALIBRATION = 100
"""Calibration images of further recipes; more made no difference on the models measured."""


@dataclass(frozen=True, slots=True)
class TriedRecipe:
    """A recipe and what it gave with everything quantized."""

    recipe: Recipe
    divergence: float
    error: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate that the search expects within the target.

    Attributes:
        candidate: the precisions.
        trial: what the search images said; None for FP32, which is its own reference.
        expected_use: share of the target that it is expected to use.
    """

    candidate: Candidate
    trial: Trial | None
    expected_use: float


@dataclass(slots=True)
class Solver:
    """The search of one run; what it learned stays with it between proposals.

    Attributes:
        ground: the FP32 side.
        kept: operations that stay in FP32 by rule.
        expired: whether the run is out of time.
        first: an earlier run's choice, tried before anything is searched.
    """

    ground: Ground
    kept: tuple[str, ...]
    expired: Callable[[], bool]
    first: WarmStart | None = None
    models: dict[Precision, ov.Model] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    recipes: list[TriedRecipe] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    damages: Damages = field(default_factory=dict)
    prices: Prices = field(default_factory=lambda: Prices((), {}))
    points: tuple[Point, ...] = ()
    saturation: dict[str, float] = field(default_factory=dict)
    bench: Bench = field(init=False)
    order: tuple[int, ...] = field(init=False)
    _made: dict[Candidate, ov.Model] = field(default_factory=dict)
    _quantizer: Quantizer | None = None

    def __post_init__(self) -> None:
        """The bench composes from whatever models there are by then; races need a random order."""
        search = self.ground.images.search
        seed = self.ground.resolved.config.dataset.subsample_seed
        shuffled = np.random.default_rng(seed).permutation(len(search))
        self.order = tuple(search[int(index)] for index in shuffled)
        self.bench = Bench(
            self.compose,
            self.ground.reference,
            self.ground.costs,
            self.ground.progress.advance,
            journal=self.journal,
        )

    def model(self, candidate: Candidate) -> ov.Model:
        """The model of a candidate; the same object for the same candidate."""
        if candidate not in self._made:
            everything_fp32 = set(candidate) <= {FP32}
            fp32 = self.ground.prepared.model
            self._made[candidate] = fp32 if everything_fp32 else self.compose(candidate)
        return self._made[candidate]

    def compose(self, candidate: Candidate) -> ov.Model:
        """A new model of a candidate, weights stored as INT8."""
        variants = Variants(self.ground.prepared.model, self.models, self.groups)
        return with_integer_weights(compose(variants, candidate))

    def journal(self, candidate: Candidate) -> Within:
        """Where measurements of a candidate are recorded, with all that they depend on."""
        return self.ground.memory.of(candidate, self.models, self.groups)

    def quantize_plain(self) -> Candidate:
        """Quantize with NNCF's defaults and the config's settings; every group INT8."""
        with self.ground.costs.stage("calibration"):
            self.ground.progress.stage("Calibrating")
            self.models[INT8] = self._quantized(self.ground.resolved.config.quantization)
            self.groups = find_groups(self.models[INT8])
        return Candidate.uniform(self.groups, INT8)

    def try_plain(self) -> Trial:
        """Observe plain INT8 on every image: the first trial, and a figure of the report."""
        plain = Candidate.uniform(self.groups, INT8)
        with self.ground.costs.stage("int8"):
            everything = self.ground.images.everything
            self.ground.progress.stage("Measuring INT8", len(everything))
            self.bench.observe(plain, everything)
        return self._tried(plain)

    def propose(self, target: Target) -> Proposal:
        """The cheapest candidate that is expected within the target.

        Plain INT8 if it will do; else the best recipe with every group in INT8 if that will do;
        else as few groups in FP32 as the budget allows, weighed by what each buys.
        """
        within = [trial for trial in self.trials if use(trial, self.trials, target) <= 1]
        uniform = [t for t in within if not t.candidate.fallen_back]
        if uniform:
            return self._proposal(uniform[0], target)
        if self.first is not None and (kept := self._try_first(self.first, target)) is not None:
            return self._proposal(kept, target)
        if not self.recipes:
            cured = self._try_recipes(target)
            if cured is not None:
                return self._proposal(cured, target)
        if not self.points and not self.expired():
            self._measure_groups()
        self._walk_front(target)
        found = best(self.points, self.trials, target)
        if found is None:
            everything_fp32 = Candidate.uniform(self.groups, FP32)
            return Proposal(everything_fp32, None, 0.0)
        return self._proposal(found, target)

    def _proposal(self, trial: Trial, target: Target) -> Proposal:
        return Proposal(trial.candidate, trial, use(trial, self.trials, target))

    def _try_first(self, first: WarmStart, target: Target) -> Trial | None:
        """Try an earlier run's choice, once.

        Returns:
            The trial that is within the target; None if the search has to begin.
        """
        self.first = None
        config, note = self.ground.resolved.config, self.ground.progress.note
        candidate, recipes = first.candidate(self.groups), first.recipes(config.quantization)
        if candidate is None or recipes is None:
            note("The earlier run's choice does not fit this model or config; searching.")
            return None
        with self.ground.costs.stage("warm start"):
            self.ground.progress.stage("Trying the earlier run's choice", len(self.order))
            for recipe in recipes:
                settings = applied(config.quantization, recipe)
                self.models[recipe.name] = self._quantized(settings, _RECIPE_CALIBRATION)
            trial = self._tried(candidate, target)
        if use(trial, self.trials, target) <= 1:
            return trial
        note("The earlier run's choice does not hold for this model; searching.")
        return None

    def _try_recipes(self, target: Target) -> Trial | None:
        """Try recipes in turn until one, with everything quantized, is within the target.

        They are compared by divergence on few images, which needs no labels and is paired; only
        one that is clearly better than the best so far is evaluated on all search images.

        Returns:
            The trial that is within the target; None if layers have to fall back, with the
            recipe of least divergence.
        """
        ground, config = self.ground, self.ground.resolved.config
        indices = self.order[:_RECIPE_IMAGES]
        plain = self.bench.observe(Candidate.uniform(self.groups, INT8), indices)
        values = plain.divergences(indices)
        lead, cured = values, None
        default = Recipe(INT8, {}, "NNCF's defaults with the config's settings")
        spent = ground.costs.stages["calibration"].seconds
        self.recipes.append(_tried_recipe(default, values, spent))
        chosen: Precision = INT8
        thorough = config.search.recipes == "thorough"
        with ground.costs.stage("recipes"):
            for recipe in worth_trying(config.quantization, config.search.recipes):
                if self.expired() or (cured is not None and not thorough):
                    break
                ground.progress.stage(f"Trying recipe {recipe.name}")
                begun = ground.costs.clock()
                settings = applied(config.quantization, recipe)
                self.models[recipe.name] = self._quantized(settings, _RECIPE_CALIBRATION)
                if self.expired():
                    break
                candidate = Candidate.uniform(self.groups, recipe.name)
                values = self.bench.divergence(candidate, indices, lambda _: False)
                seconds = ground.costs.clock() - begun
                self.recipes.append(_tried_recipe(recipe, values, seconds))
                if not clearly_less(values, lead) or self.expired():
                    continue
                chosen, lead = recipe.name, values
                trial = self._tried(candidate, target)
                cured = trial if use(trial, self.trials, target) <= 1 else cured
        self._offer(chosen)
        return cured

    def _offer(self, precision: Precision) -> None:
        """Make a recipe's INT8 the one that groups may run at."""
        self.groups = tuple(replace(group, precisions=(precision, FP32)) for group in self.groups)

    def _measure_groups(self) -> None:
        """Damages and times of every group, and the front between them."""
        ground = self.ground
        chosen = self.groups[0].precisions[0]
        whole = Candidate.uniform(self.groups, chosen)
        most = ground.resolved.config.search.ranking_subset_size
        with ground.costs.stage("sensitivity"):
            ground.progress.stage("Measuring each group", len(self.groups))
            seen = self.bench.observe(whole, self.order)
            telling = most_telling(self.order, seen.divergences(self.order), most)
            quiet = Bench(self.compose, ground.reference, ground.costs, journal=self.journal)
            self.damages = measure_damages(
                quiet,
                self.groups,
                telling,
                advance=ground.progress.advance,
                expired=self.expired,
            )
        if self.expired():
            return
        with ground.costs.stage("profile"):
            self.prices = self.price_groups()
            self.saturation = self.count_saturation()
        self.trials = [
            replace(trial, predicted=self._predicted(trial.candidate)) for trial in self.trials
        ]
        self.points = front(problem(self.groups, self.damages, self.prices))

    @property
    def _pricing(self) -> Pricing:
        """What is profiled and counted: the groups at the INT8 that they are offered."""
        return Pricing(self.ground, self.groups, self.compose)

    def price_groups(self) -> Prices:
        """What each group costs at each precision: microseconds, or bytes for `size`."""
        return self._pricing.prices()

    def count_saturation(self) -> dict[str, float]:
        """Share of pair sums that overflow without VNNI, by operation, for INT8 as offered."""
        return self._pricing.saturation(self.models[self.groups[0].precisions[0]])

    def _walk_front(self, target: Target) -> None:
        """Evaluate the few points of the front that decide."""
        config = self.ground.resolved.config.search
        limit = config.max_num_iterations or 3 + ceil(log2(len(self.points) + 1))
        with self.ground.costs.stage("candidates"):
            for _ in range(limit):
                index = next_point(self.points, self.trials, target)
                if index is None or self.expired():
                    return
                self.ground.progress.stage("Evaluating a candidate", len(self.order))
                self._tried(self.points[index].candidate, target)

    def _tried(self, candidate: Candidate, target: Target | None = None) -> Trial:
        """Observe a candidate on the search images, until it is lost, and record the trial."""

        def lost(seen: Observation, count: int) -> bool:
            return target is not None and self._is_lost(seen, count, target)

        seen = self.bench.observe(candidate, self.order, lost)
        images = sum(index in seen.evidence for index in self.order)
        trial = Trial(
            candidate=candidate,
            predicted=self._predicted(candidate),
            damage=float(seen.divergences(self.order[:images]).mean()),
            drops=(),
            errors=(),
            images=images,
        )
        self.trials = self._estimated([*self.trials, trial])
        return self.trials[-1]

    def _is_lost(self, seen: Observation, count: int, target: Target) -> bool:
        """Whether the images so far settle that a candidate is over budget."""
        return any(
            self.ground.board.race(seen, position, self.order, count, budget) == "over"
            for position, budget in enumerate(target.max_drops)
        )

    def _estimated(self, trials: list[Trial]) -> list[Trial]:
        """All trials with their drops estimated anew: what one shows is news of the others."""
        seen = [self.bench.observe(t.candidate, self.order[: t.images]) for t in trials]
        indices = [self.order[: trial.images] for trial in trials]
        by_metric = [
            self.ground.board.estimates(seen, position, indices)
            for position in range(len(self.ground.resolved.metrics))
        ]
        return [
            replace(
                trial,
                drops=tuple(found[number][0] for found in by_metric),
                errors=tuple(found[number][1] for found in by_metric),
            )
            for number, trial in enumerate(trials)
        ]

    def _predicted(self, candidate: Candidate) -> float:
        """The sum of damages where all of them are known, else 0."""
        known = all(
            precision == FP32 or (index, precision) in self.damages
            for index, precision in enumerate(candidate)
        )
        return predicted(self.damages, candidate) if known else 0.0

    def _quantized(self, settings: Quantization, most: int | None = None) -> ov.Model:
        """Quantize on the calibration images, or on the first `most` of them.

        Ranges that the config's own settings have as well are set once, on all of them.
        """
        ground = self.ground
        batch = ground.plans[0].batch
        count = ceil(len(ground.images.calibration) / batch)
        few = min(count, ceil(most / batch)) if most is not None else count
        shared = same_ranges(settings, ground.resolved.config.quantization)
        images = Images(count if shared else few, few)

        def make() -> ov.Model:
            ground.costs.spend(inferences=images.ranges)
            return self.quantizer.quantize(settings, images)

        chosen = indices_digest(ground.images.calibration, batch)
        samples = digest_of([chosen, str(images), *self.kept])
        return ground.memory.quantized(make, settings, samples, ground.prepared.model)

    @property
    def quantizer(self) -> Quantizer:
        """Of the prepared model on the calibration images; one, for what recipes share."""
        if self._quantizer is None:
            images, batch = self.ground.images, self.ground.plans[0].batch
            feeds = Feeds(images.tensors, images.calibration, batch)
            self._quantizer = Quantizer(self.ground.prepared.model, feeds, self.kept)
        return self._quantizer


def _tried_recipe(recipe: Recipe, values: NDArray[np.float64], seconds: float) -> TriedRecipe:
    found = summarize(values)
    return TriedRecipe(recipe, found.mean, found.error, seconds)
