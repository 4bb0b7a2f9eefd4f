"""What is made and measured without a label: quantized models, damages and times of groups.

All folds of a run share it: what labels do not enter cannot carry one from an image that judges
to the choice that it judges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.context.cache_keys import digest_of, indices_digest
from calibrate.context.run_context import RunContext
from calibrate.core.evaluator import GroupCosts
from calibrate.core.observation import Observation
from calibrate.core.precision import (
    FP32,
    INT8,
    Candidate,
    Group,
    Precision,
)
from calibrate.core.subset_sizes import RECIPE_CALIBRATION, RECIPE_IMAGES
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.evaluation.candidate_evaluator import CandidateEvaluator
from calibrate.models.half_weights import with_half_weights
from calibrate.models.inputs import batch_of
from calibrate.quantization.float_groups import with_reduced_float
from calibrate.quantization.groups import find_groups, with_weights
from calibrate.quantization.pinning import pin_floats
from calibrate.quantization.ptq import Images, Quantizer, same_pass
from calibrate.quantization.recipe_selection import PLAIN, relevant_recipes
from calibrate.quantization.recipes.base import Recipe, RecipeContext
from calibrate.quantization.transformers import for_transformers
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.runtime.inference import THROUGHPUT
from calibrate.runtime.inference_precision import with_precision
from calibrate.runtime.profiling import Executed, executed_nodes
from calibrate.search.compressed_variants import compressed_models, scaled_precisions
from calibrate.search.group_costs import GroupProfiler, first_offered, renamed_costs
from calibrate.search.pareto import (
    Point,
    candidate_cost,
    cheapest,
    free_choice,
    front,
    problem,
)
from calibrate.search.sensitivity import (
    Sensitivities,
    clearly_less,
    measure_damages,
    most_telling,
    predicted,
)
from calibrate.store.base import ScopedJournal

_CLEARLY = 0.97
"""Share of the cost that another choice has to stay below to be worth a search."""


@dataclass(slots=True)
class VariantStore:
    """The models of one run and what is known of their groups; it grows.

    Attributes:
        context: the FP32 side.
        kept: operations that stay in FP32 by rule.
        expired: whether the run is out of time.
        models: by precision, with every group at it.
        groups: in network order, with the precisions that they may run at.
        damages: of groups quantized alone, where measured.
        prices: of groups, where measured.
        points: the front between damage and time, where measured.
        saturation: by operation, for INT8 as offered, where counted.
        evaluator: observes candidates.
    """

    context: RunContext
    kept: tuple[str, ...]
    expired: Callable[[], bool]
    models: dict[Precision, ov.Model] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    damages: Sensitivities = field(default_factory=dict)
    prices: GroupCosts = field(default_factory=lambda: GroupCosts((), {}))
    points: tuple[Point, ...] = ()
    saturation: dict[str, float] = field(default_factory=dict)
    evaluator: CandidateEvaluator = field(init=False)
    _made: dict[Candidate, ov.Model] = field(default_factory=dict)
    _quantizer: Quantizer | None = None

    def __post_init__(self) -> None:
        """The bench composes from whatever models there are by then."""
        self.evaluator = CandidateEvaluator(
            self.compose,
            self.context.reference,
            self.context.costs,
            self.context.progress.advance,
            journal=self.journal,
            properties=self.properties,
        )

    def model(self, candidate: Candidate) -> ov.Model:
        """The model of a candidate; the same object for the same candidate."""
        if candidate not in self._made:
            fp32 = self.context.prepared.model
            unmarked = candidate.is_fp32 and self.context.deployed == FP32
            self._made[candidate] = fp32 if unmarked else self.compose(candidate)
        return self._made[candidate]

    def compose(self, candidate: Candidate) -> ov.Model:
        """A new model of a candidate as it is deployed: weights stored as INT8, FP32 pinned."""
        context = self.context
        return pin_floats(
            self._compose_unpinned(candidate),
            self.groups,
            candidate,
            context.deployed.compute_type,
            context.costs,
        )

    def _compose_unpinned(self, candidate: Candidate) -> ov.Model:
        variants = Variants(self.context.prepared.model, self.models, self.groups)
        model = with_integer_weights(compose(variants, candidate))
        halve = self.context.resolved.config.output.compress_to_fp16
        return with_half_weights(model) if halve and self._is_smaller(candidate) else model

    def _is_smaller(self, candidate: Candidate) -> bool:
        """Whether something in it is quantized or has its weights compressed."""
        return any(not p.is_float or p.compresses_weights for p in candidate)

    def properties(self, candidate: Candidate) -> Mapping[str, Any]:
        """Of the CPU plugin where the candidate is deployed."""
        del candidate
        return with_precision(THROUGHPUT, self.context.deployed.compute_type)

    def _alone(self, candidate: Candidate) -> ov.Model:
        """The model of a candidate for measuring groups: unmarked where the hint does as well."""
        if _is_uniform_float(candidate):
            return self._compose_unpinned(candidate)
        return self.compose(candidate)

    def _properties_alone(self, candidate: Candidate) -> Mapping[str, Any]:
        return THROUGHPUT if _is_uniform_float(candidate) else self.properties(candidate)

    def journal(self, candidate: Candidate) -> ScopedJournal:
        """Where measurements of a candidate are recorded, with all that they depend on."""
        context = self.context
        journal = context.store.of(
            candidate, self.models, self.groups, compute_type=context.deployed.compute_type
        )
        halved = context.resolved.config.output.compress_to_fp16
        return journal.within({"floating-point weights": "f16"}) if halved else journal

    def executed(self, candidate: Candidate) -> tuple[Executed, ...]:
        """What the CPU plugin really runs of a candidate where it is deployed."""
        context = self.context
        return executed_nodes(self.model(candidate), context.costs, context.deployed.compute_type)

    def quantize_plain(self) -> Candidate:
        """Quantize with NNCF's defaults and the config's settings; every group INT8.

        Where INT8 is not asked for, every group at the first of the precisions that are.
        """
        with self.context.costs.stage("calibration"):
            self.context.progress.stage("Calibrating")
            settings = self.context.resolved.config.quantization
            if INT8 in settings.precision_values:
                self._quantize_int8(settings)
                fitting = for_transformers(settings, self.context.prepared.model)
                if fitting is not settings and not self.expired():
                    self._choose_model_type(settings, fitting)
            compressed = compressed_models(self.context)
            if compressed:
                self.models |= compressed
                fp32, scaled = self.context.prepared.model, scaled_precisions(self.context)
                self.groups = with_weights(self.groups, fp32, compressed, scaled)
            self._offer_reduced_float()
        return self.plain

    def _offer_reduced_float(self) -> None:
        """BF16 or FP16 for every group, where floating point is deployed so."""
        context, reduced = self.context, self.context.deployed
        if reduced == FP32:
            return
        nodes = executed_nodes(context.prepared.model, context.costs, reduced.compute_type)
        self.groups = with_reduced_float(self.groups, reduced, nodes)

    def _quantize_int8(self, settings: Quantization) -> None:
        """Make plain INT8 and its groups, by settings that the run goes on with."""
        resolved = self.context.resolved
        config = resolved.config.model_copy(update={"quantization": settings})
        self.context = replace(self.context, resolved=replace(resolved, config=config))
        self._quantizer = None
        self.models.pop(INT8, None)
        self.models[INT8] = self._made_by(PLAIN)
        self.groups = find_groups(self.models[INT8])

    def _choose_model_type(self, settings: Quantization, fitting: Quantization) -> None:
        """Take the settings for transformers if they change outputs clearly less.

        On a few search images, without their labels. They quantize fewer operations, so of equals
        the usual ones are taken.
        """
        usual = self._plain_divergences()
        self._quantize_int8(fitting)
        if clearly_less(self._plain_divergences(), usual):
            self.context.progress.note(
                "The model has attention: `model_type: transformer` is used."
            )
        else:
            self._quantize_int8(settings)

    def _plain_divergences(self) -> NDArray[np.float64]:
        """Of plain INT8 from FP32, on the first search images in random order."""
        context = self.context
        seed = context.resolved.config.dataset.subsample_seed
        order = context.images.in_random_order(context.images.search, seed)[:RECIPE_IMAGES]
        quiet = self.group_evaluator()
        try:
            return quiet.observe(self.plain, order).divergences(order)
        finally:
            quiet.close()

    @property
    def plain(self) -> Candidate:
        """Every group at what is tried first: INT8, or the first of the precisions asked for."""
        return Candidate.uniform(self.groups, next(iter(self.models)))

    @property
    def is_choice(self) -> bool:
        """Whether a group may run at more than one precision besides FP32.

        Then a model within budget that has nothing in FP32 need not be the cheapest.
        """
        return any(len(group.precisions) > 2 for group in self.groups)

    def could_be_faster(self, candidate: Candidate) -> bool:
        """Whether some choice of precisions may cost clearly less than everything quantized.

        Where weights may be compressed alone, that is for the search to find out. Where groups may
        run in reduced floating point, the costs of groups tell it, without any sensitivity.

        Args:
            candidate: with every group quantized.
        """
        if any(p.compresses_weights for group in self.groups for p in group.precisions):
            return self.is_choice
        if self.context.deployed == FP32 or not self.groups:
            return False
        if not self.prices.groups:
            with self.context.costs.stage("profile"):
                self.prices = self.price_groups()
        # Variants of INT8 run on the same kernels, so they cost what the offered one does.
        offered = first_offered(self.groups)
        priced = tuple(p if p.is_float else offered for p in candidate)
        whole = free_choice(self.groups, self.prices)
        best = cheapest(whole, float("inf"))
        return best is not None and best.cost < _CLEARLY * candidate_cost(whole, Candidate(priced))

    def is_quantized(self, candidate: Candidate) -> bool:
        """Whether no group is in floating point that could be at something smaller."""
        return not any(
            precision in (FP32, self.context.deployed) and _is_quantizable(group)
            for group, precision in zip(self.groups, candidate, strict=True)
        )

    @property
    def reduced(self) -> Candidate | None:
        """Nothing quantized, everything in the deployment's reduced floating point."""
        reduced = self.context.deployed
        return None if reduced == FP32 else Candidate.uniform(self.groups, reduced)

    def observe_plain(self) -> None:
        """Observe plain INT8 on every image: the first trial, and a figure of the report.

        Where floating point is deployed as BF16 or FP16, the model without quantization too.
        """
        with self.context.costs.stage("int8"):
            everything = self.context.images.everything
            self.context.progress.stage("Measuring INT8", len(everything))
            self.evaluator.observe(self.plain, everything)
            if self.reduced is not None:
                title = self.context.deployed.title
                self.context.progress.stage(f"Measuring {title}", len(everything))
                self.evaluator.observe(self.reduced, everything)

    def observed(self, candidate: Candidate) -> Observation:
        """A candidate on every image; FP32's own where nothing is quantized."""
        if candidate.is_fp32:
            return self.context.observed
        return self.evaluator.observe(candidate, self.context.images.everything)

    def add(self, recipe: Recipe) -> None:
        """Make a recipe's variant, unless that was done."""
        if recipe.precision not in self.models:
            self.models[recipe.precision] = self._made_by(recipe, RECIPE_CALIBRATION)

    def offer(self, precision: Precision) -> None:
        """Make a recipe's INT8 the one that groups may run at; measured groups stay as they are."""
        if self.points:
            return
        if self.prices.groups:
            # Variants run on the same kernels, so what was measured of the former holds of this.
            former = first_offered(self.groups)
            self.prices = renamed_costs(self.prices, former, precision)
        self.groups = tuple(
            replace(
                group,
                precisions=(
                    *((precision,) if group.quantizers else ()),
                    *(other for other in group.precisions if other.is_float),
                ),
            )
            for group in self.groups
        )

    def group_evaluator(self) -> CandidateEvaluator:
        """Observes candidates of one group each; it counts groups as progress, not samples."""
        return CandidateEvaluator(
            self._alone,
            self.context.reference,
            self.context.costs,
            journal=self.journal,
            properties=self._properties_alone,
        )

    def measure_groups(self) -> None:
        """Damages and times of every group, and the front between them.

        Of the search images of all folds those are looked at that the whole model damages most.
        """
        context = self.context
        order = context.images.search
        whole = Candidate.uniform(self.groups, first_offered(self.groups))
        most = context.resolved.config.search.ranking_subset_size
        with context.costs.stage("sensitivity"):
            context.progress.stage("Measuring each group", len(self.groups))
            seen = self.evaluator.observe(whole, order)
            telling = most_telling(order, seen.divergences(order), most)
            quiet = self.group_evaluator()
            try:
                self.damages = measure_damages(
                    quiet,
                    self.groups,
                    telling,
                    advance=context.progress.advance,
                    expired=self.expired,
                )
            finally:
                quiet.close()
        if self.expired():
            return
        with context.costs.stage("profile"):
            if not self.prices.groups:
                self.prices = self.price_groups()
            self.saturation = self.count_saturation()
        self.points = front(problem(self.groups, self.damages, self.prices))

    @property
    def _pricing(self) -> GroupProfiler:
        """What is profiled and counted: the groups at the INT8 that they are offered."""
        return GroupProfiler(self.context, self.groups, self.compose)

    def price_groups(self) -> GroupCosts:
        """What each group costs at each precision: microseconds, or bytes for `size`."""
        return self._pricing.prices()

    def count_saturation(self) -> dict[str, float]:
        """Share of pair sums that overflow without VNNI, by operation, for INT8 as offered."""
        offered = first_offered(self.groups)
        if offered.is_float:
            return {}  # nothing is multiplied in integers
        return self._pricing.saturation(self.models[offered])

    def predicted(self, candidate: Candidate) -> float:
        """The sum of damages where all of them are known, else 0."""
        known = all(
            precision == FP32 or (index, precision) in self.damages
            for index, precision in enumerate(candidate)
        )
        return predicted(self.damages, candidate) if known else 0.0

    def _made_by(self, recipe: Recipe, most: int | None = None) -> ov.Model:
        """A recipe's variant on the calibration images, or on the first `most` of them.

        Ranges that one pass tells together with those of the config's own settings are set on all
        of them.
        """
        context, given = self.context, self.context.resolved.config.quantization
        settings = recipe.depends_on(given)
        batch = batch_of(context.plans)
        count = ceil(len(context.images.calibration) / batch)
        few = min(count, ceil(most / batch)) if most is not None else count
        shared = isinstance(settings, Quantization) and same_pass(settings, given)
        images = Images(count if shared else few, few)

        chosen = indices_digest(context.images.calibration, batch)
        samples = digest_of([chosen, str(images), *self.kept])
        return context.store.quantized(
            lambda: recipe.apply(context.prepared.model, self._recipe_context(images)).model,
            settings,
            samples,
            context.prepared.model,
        )

    def _recipe_context(self, images: Images) -> RecipeContext:
        context = self.context
        return RecipeContext(
            settings=context.resolved.config.quantization,
            plain=self.models.get(INT8, context.prepared.model),
            quantizer=self.quantizer,
            images=images,
            feeds=self._feeds,
            seed=context.resolved.config.dataset.subsample_seed,
            expired=self.expired,
            advance=context.progress.advance,
        )

    @property
    def _feeds(self) -> CalibrationBatches:
        images = self.context.images
        return CalibrationBatches(images.tensors, images.calibration, batch_of(self.context.plans))

    @property
    def quantizer(self) -> Quantizer:
        """Of the prepared model on the calibration images; one, for what recipes share."""
        if self._quantizer is None:
            context, config = self.context, self.context.resolved.config
            recipes = relevant_recipes(config.quantization, config.search.recipes)
            settings = [recipe.depends_on(config.quantization) for recipe in recipes]
            self._quantizer = Quantizer(
                context.prepared.model,
                self._feeds,
                self.kept,
                ahead=[given for given in settings if isinstance(given, Quantization)],
                infers=lambda count: context.costs.spend(inferences=count),
            )
        return self._quantizer


def _is_uniform_float(candidate: Candidate) -> bool:
    """Whether all floating point in it is FP32, so that the hint `f32` runs it as the marks do."""
    return all(precision == FP32 or not precision.is_float for precision in candidate)


def _is_quantizable(group: Group) -> bool:
    return any(not p.is_float or p.compresses_weights for p in group.precisions)
