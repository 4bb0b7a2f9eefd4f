"""Build the quantized variants of a model by recipes, each once per output folder."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.schema import FineTuning
from calibrate.config.section import Section
from calibrate.context.cache_keys import digest_of, indices_digest
from calibrate.context.dataset import random_order
from calibrate.context.run_context import RunContext
from calibrate.core.precision import INT8, Precision
from calibrate.core.subset_sizes import RECIPE_CALIBRATION, TUNING_SAMPLES
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.models.inputs import batch_of
from calibrate.quantization.ptq import Quantizer
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.quantization.recipes.base import (
    Recipe,
    RecipeContext,
    TuningInputs,
    TuningRecord,
    Variant,
)
from calibrate.quantization.recipes.fine_tuned import FineTuned
from calibrate.quantization.remote_tuning import RemoteTuning
from calibrate.quantization.shared_passes import Images, further_inferences, same_pass
from calibrate.store.base import ScopedJournal

Samples = tuple[Tensors, Sequence[int]]
"""Samples, and indices of some of them."""


@dataclass(frozen=True, slots=True)
class TunedVariant:
    """A variant with new weights.

    Attributes:
        model: the variant.
        record: how its validation loss went, if the recipe reports it.
    """

    model: ov.Model
    record: TuningRecord | None


@dataclass(frozen=True, slots=True)
class _PlannedTuning:
    """One tuning to make, unless its result is recorded.

    Attributes:
        recipe: tunes the model.
        given: inputs of the recipe.
        depends: what the result depends on, by name.
        key: digest of `depends`.
    """

    recipe: Recipe
    given: RecipeContext
    depends: Mapping[str, str]
    key: str


@dataclass(slots=True)
class VariantBuilder:
    """Applies recipes to the prepared model.

    Attributes:
        context: FP32 model, data and settings.
        kept: operations that always stay in FP32.
        expired: whether the run is out of time.
        models: the variants so far, by precision.
        remote: tunes the folds side by side on workers; None to tune one after another here.
    """

    context: RunContext
    kept: tuple[str, ...]
    expired: Callable[[], bool]
    models: Mapping[Precision, ov.Model]
    remote: RemoteTuning | None = None
    _quantizer: Quantizer | None = None

    def calibrated(self, recipe: Recipe, most: int | None = None) -> ov.Model:
        """Build a recipe's variant on the calibration images, or on the first `most` of them.

        Ranges that the same pass collects for the config's own settings use all of them.
        """
        context, given = self.context, self.context.config.quantization
        settings = recipe.depends_on(given)
        batch = batch_of(context.baseline.plans)
        count = ceil(len(context.data.calibration) / batch)
        limited = min(count, ceil(most / batch)) if most is not None else count
        images = _images(settings, given, count, limited)
        chosen = indices_digest(context.data.calibration, batch)
        separate = [context.data.calibration_digest] if context.data.calibration_digest else []
        samples = digest_of([chosen, str(images), *self.kept, *separate])
        return context.store.quantized(
            lambda: recipe.apply(context.baseline.model, self._recipe_context(images)).model,
            settings,
            samples,
            context.baseline.model,
        )

    def tuned(self, recipe: Recipe, start: Precision) -> tuple[TunedVariant, ...]:
        """Build the variants of a recipe that changes weights, one per fold.

        In cross-fitting, the variant of a fold is tuned on its search samples, so that its
        acceptance samples have no part in it. With a separate calibration set, and without
        cross-fitting, there is one variant, tuned on the calibration samples.

        Args:
            recipe: its precision has `new_weights`.
            start: the variant that it starts from.

        Raises:
            CalibrateError: the recipe cannot be applied.
        """
        images = self.context.data
        if images.separate is not None:
            chosen: list[Samples] = [(images.separate, images.tuning)]
        elif len(images.folds) > 1:
            chosen = [(images.tensors, fold.search) for fold in images.folds]
        else:
            chosen = [(images.tensors, images.calibration)]
        planned = [self._planned(recipe, start, samples, len(chosen)) for samples in chosen]
        with ThreadPoolExecutor(len(planned)) as threads:
            on_worker = [self._begun_on_worker(plan, threads) for plan in planned]
            return tuple(
                self._tuned(plan, begun) for plan, begun in zip(planned, on_worker, strict=True)
            )

    def _planned(
        self, recipe: Recipe, start: Precision, samples: Samples, folds: int
    ) -> _PlannedTuning:
        context, config = self.context, self.context.resolved.config
        seed, batch = config.dataset.subsample_seed, batch_of(context.baseline.plans)
        (tensors, chosen), judge = samples, context.baseline.reference.judge
        indices = random_order(tensors, chosen, seed)[:TUNING_SAMPLES]
        feeds = CalibrationBatches(tensors, indices, batch)
        limits = config.search.finetune
        limits = limits if isinstance(limits, FineTuning) else FineTuning()
        depends = {
            "recipe": recipe.precision.name,
            "start": context.store.digest(self.models[start]),
            "samples": digest_of(
                [
                    indices_digest(indices, batch),
                    str(seed),
                    context.data.calibration_digest,
                    *self.kept,
                ]
            ),
            "decoder or metrics": context.store.judge,
            "limits": f"{limits.minutes / folds} minutes, {limits.updates} updates",
        }
        key = digest_of(f"{name}={value}" for name, value in depends.items())
        folder = context.store.backend.folder
        checkpoint = None if folder is None else folder / f"{key[:16]}.checkpoint"
        given = replace(
            self._recipe_context(Images(len(feeds), len(feeds))),
            feeds=feeds,
            tuning=TuningInputs(
                start=self.models[start],
                decoder=context.resolved.decoder,
                watched=judge.watched,
                checkpoint=checkpoint,
                key=key,
                minutes=limits.minutes / folds,
                updates=limits.updates,
                stage=context.progress.stage,
            ),
        )
        return _PlannedTuning(recipe, given, depends, key)

    def _begun_on_worker(
        self, plan: _PlannedTuning, threads: ThreadPoolExecutor
    ) -> "Future[Variant | None] | None":
        """Begin a tuning on a worker; None to tune in this process, or if it is recorded."""
        store, remote = self.context.store, self.remote
        settings = plan.recipe.depends_on(plan.given.settings)
        if remote is None or not isinstance(plan.recipe, FineTuned):
            return None
        if store.is_quantized(settings, plan.key):
            return None
        self.context.progress.stage("Fine-tuning on workers")
        return threads.submit(remote.variant, plan.recipe, self.context.baseline.model, plan.given)

    def _tuned(
        self, plan: _PlannedTuning, on_worker: "Future[Variant | None] | None"
    ) -> TunedVariant:
        context, config = self.context, self.context.resolved.config
        journal = ScopedJournal(context.store.backend.journal, context.store.facts)
        recipe, depends, key = plan.recipe, plan.depends, plan.key
        tuning = plan.given.tuning
        checkpoint = tuning.checkpoint if tuning is not None else None
        records: list[TuningRecord] = []

        def make() -> ov.Model:
            variant = on_worker.result() if on_worker is not None else None
            if variant is None:  # no worker tunes, or all were lost
                variant = recipe.apply(context.baseline.model, plan.given)
            if variant.tuning is not None:
                records.append(variant.tuning)
                journal.record("tuning", depends, variant.tuning.content())
            return variant.model

        settings = recipe.depends_on(config.quantization)
        model = context.store.quantized(make, settings, key, context.baseline.model)
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
        if not records:
            records += [
                TuningRecord.of(content) for content in journal.recall("tuning", depends)[-1:]
            ]
        return TunedVariant(model, records[-1] if records else None)

    def _recipe_context(self, images: Images) -> RecipeContext:
        context = self.context
        return RecipeContext(
            settings=context.config.quantization,
            plain=self.models.get(INT8, context.baseline.model),
            quantizer=self.quantizer,
            images=images,
            feeds=self._feeds,
            seed=context.seed,
            expired=self.expired,
            advance=context.progress.advance,
        )

    @property
    def _feeds(self) -> CalibrationBatches:
        images = self.context.data
        batch = batch_of(self.context.baseline.plans)
        return CalibrationBatches(images.calibration_tensors, images.calibration, batch)

    @property
    def quantizer(self) -> Quantizer:
        """The quantizer of the prepared model on the calibration images, shared by the recipes."""
        if self._quantizer is None:
            context, config = self.context, self.context.resolved.config
            recipes = relevant_recipes(config.quantization, config.search.recipes)
            settings = [recipe.depends_on(config.quantization) for recipe in recipes]
            self._quantizer = Quantizer(
                context.baseline.model,
                self._feeds,
                self.kept,
                ahead=[given for given in settings if isinstance(given, Quantization)],
                infers=lambda count: context.costs.spend(inferences=count),
            )
        return self._quantizer


def _images(settings: Section, given: Quantization, count: int, limited: int) -> Images:
    """Return how many of `count` inputs set ranges, and how many of them correct biases."""
    shared = isinstance(settings, Quantization) and same_pass(settings, given)
    return Images(count if shared else limited, limited)


def recipe_inferences(recipe: Recipe, given: Quantization, calibration: int) -> int:
    """Return the inferences that build a recipe's variant after plain INT8; 0 if not predictable.

    Args:
        recipe: recipe of the variant.
        given: the `quantization` section of the config.
        calibration: number of inputs of the calibration samples.
    """
    settings = recipe.depends_on(given)
    if not isinstance(settings, Quantization):
        return 0
    limited = min(calibration, RECIPE_CALIBRATION)
    return further_inferences(settings, given, _images(settings, given, calibration, limited))
