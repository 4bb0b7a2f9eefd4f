"""The quantized models of one run, and their measurements without labels.

All folds of a run share it: as no label enters these measurements, none of an acceptance image can
influence the choice that this image judges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.context.run_context import RunContext
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import (
    FP32,
    INT8,
    Candidate,
    Group,
    Precision,
)
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import RECIPE_CALIBRATION
from calibrate.evaluation.candidate_evaluator import CandidateEvaluator
from calibrate.evaluation.remote_evaluations import (
    EvaluationWorkers,
    Properties,
    RemoteEvaluations,
)
from calibrate.evaluation.remote_judges import Assemble, watched_parts
from calibrate.models.inputs import batch_of
from calibrate.quantization.groups import find_groups
from calibrate.quantization.recipe_selection import PLAIN
from calibrate.quantization.recipes.base import Recipe, TuningRecord
from calibrate.quantization.remote_tuning import RemoteTuning
from calibrate.quantization.variants import Variants
from calibrate.runtime.executors.portable import Assembly
from calibrate.runtime.executors.worker_pool import WorkerPool
from calibrate.runtime.executors.worker_tasks import torch_version
from calibrate.runtime.fold_networks import FoldModel
from calibrate.runtime.profiling import Executed, executed_nodes
from calibrate.search.composition import Composition
from calibrate.search.decisions import DecisionLog
from calibrate.search.group_costs import first_offered, renamed_costs
from calibrate.search.group_measurements import GroupMeasurements
from calibrate.search.offers import (
    is_quantized,
    uniform_variant,
    with_tuned_weights,
    with_variant,
)
from calibrate.search.variant_builder import VariantBuilder
from calibrate.store.base import ScopedJournal

_COMPARED = 2
"""Samples on which a worker has to give the same outputs, bit by bit."""


@dataclass(slots=True)
class VariantStore:
    """The quantized models of one run, and the measurements of their groups so far.

    Attributes:
        context: FP32 model, data and settings.
        kept: operations that always stay in FP32.
        expired: whether the run is out of time.
        workers: evaluate candidates; None to evaluate all in this process.
        models: models with every group at one precision, by this precision.
        groups: groups in network order, with the precisions that they may run at.
        measured: sensitivities and costs of the groups.
        model_type_reason: which `model_type` was chosen and why; empty where nothing was chosen.
        by_fold: variants of every fold by precision, if the recipe changes weights and samples are
            cross-fitted; `models` has that of the first fold.
        tunings: records of each fold's tuning, by precision.
        decisions: judgements of candidates, of all folds.
        evaluator: observes candidates.
    """

    context: RunContext
    kept: tuple[str, ...]
    expired: Callable[[], bool]
    workers: EvaluationWorkers | None = None
    models: dict[Precision, ov.Model] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    measured: GroupMeasurements = field(default_factory=GroupMeasurements)
    model_type_reason: str = ""
    by_fold: dict[Precision, tuple[ov.Model, ...]] = field(default_factory=dict)
    tunings: dict[Precision, tuple[TuningRecord, ...]] = field(default_factory=dict)
    decisions: DecisionLog = field(default_factory=DecisionLog)
    evaluator: CandidateEvaluator = field(init=False)
    _made: dict[Candidate, ov.Model] = field(default_factory=dict)
    _builder: VariantBuilder = field(init=False)

    def __post_init__(self) -> None:
        """Create the evaluator; it composes candidates from the models present at that time."""
        self.evaluator = CandidateEvaluator(
            self._evaluated,
            self.context.baseline.reference,
            self.context.costs,
            self.context.progress.advance,
            journal=self.journal,
            properties=self._properties,
            remote=self._remote(self._parts, self._properties),
        )
        self._builder = self._new_builder()

    def _new_builder(self) -> VariantBuilder:
        return VariantBuilder(
            self.context, self.kept, self.expired, self.models, self._remote_tuning()
        )

    def _remote_tuning(self) -> RemoteTuning | None:
        """Return the tuning on other machines; None without workers that tune to the same bytes."""
        if self.workers is None:
            return None
        pool, torch = self.workers.pool, torch_version()
        fitting = tuple(w for w in pool.usable if torch and w.versions.get("torch") == torch)
        if not fitting:
            return None
        tuning_pool = WorkerPool(pool.cluster, fitting, pool.note)
        return RemoteTuning(tuning_pool, self.workers.files, pool.count)

    def _remote(self, parts: Assemble, properties: Properties) -> RemoteEvaluations | None:
        """Return the evaluations on other machines, None without any."""
        if self.workers is None or not self.workers.pool.workers:
            return None
        context = self.context
        return RemoteEvaluations(
            self.workers,
            watched_parts(parts, context.baseline.reference.judge),
            context.baseline.reference,
            context.costs,
            properties,
            batch_of(context.baseline.plans),
        )

    @property
    def instruction_sets_elsewhere(self) -> frozenset[str]:
        """The instruction sets of workers that evaluate for `targets`."""
        return frozenset(self.workers.by_instruction_set if self.workers is not None else ())

    def exclude_unequal_workers(self) -> None:
        """Exclude workers that do not give the same outputs for FP32 and plain INT8."""
        remote = self._remote(self._parts, self._properties)
        if remote is not None:
            with self.context.costs.stage(Stage.WORKERS):
                self.context.progress.stage("Comparing workers")
                candidates = (Candidate.uniform(self.groups, FP32), self.plain)
                remote.exclude_unequal(candidates, self.context.data.search[:_COMPARED])

    @property
    def composition(self) -> Composition:
        """Composes candidates of the variants built so far."""
        variants = Variants(self.context.baseline.model, self.models, self.groups)
        return Composition(self.context, variants, self.by_fold)

    def model(self, candidate: Candidate) -> ov.Model:
        """Return the model of a candidate; the same object for the same candidate."""
        if candidate not in self._made:
            fp32 = self.context.baseline.model
            unmarked = candidate.is_fp32 and self.context.baseline.deployed == FP32
            self._made[candidate] = fp32 if unmarked else self.compose(candidate)
        return self._made[candidate]

    def compose(self, candidate: Candidate) -> ov.Model:
        """Build a candidate's model as it is deployed: weights stored as INT8, FP32 pinned."""
        return self.composition.deployed(candidate)

    def journal(self, candidate: Candidate) -> ScopedJournal:
        """Return the journal for measurements of a candidate, keyed by all that they depend on."""
        return self.composition.journal(candidate)

    def _evaluated(self, candidate: Candidate) -> ov.Model | tuple[FoldModel, ...]:
        return self.composition.evaluated(candidate)

    def _parts(self, candidate: Candidate, costs: Costs) -> Assembly | None:
        return self.composition.parts(candidate, costs)

    def _properties(self, candidate: Candidate) -> Mapping[str, Any]:
        return self.composition.properties(candidate)

    def executed(self, candidate: Candidate) -> tuple[Executed, ...]:
        """Return the nodes that the CPU plugin executes for the deployed candidate."""
        context = self.context
        return executed_nodes(self.model(candidate), context.costs, context.baseline.compute_type)

    def quantize_int8(self, settings: Quantization) -> None:
        """Quantize to plain INT8 and find its groups; the run continues with these settings."""
        resolved = self.context.resolved
        config = resolved.config.model_copy(update={"quantization": settings})
        self.context = replace(self.context, resolved=replace(resolved, config=config))
        self.models.pop(INT8, None)
        self._builder = self._new_builder()
        self.models[INT8] = self._builder.calibrated(PLAIN)
        self.groups = find_groups(self.models[INT8])

    @property
    def plain(self) -> Candidate:
        """Every group at the first precision to try: INT8, or the first one of the config."""
        return Candidate.uniform(self.groups, self.first)

    @property
    def first(self) -> Precision:
        """The precision to try first: INT8, or the first one of the config."""
        return next(iter(self.models))

    def everything(self, precision: Precision) -> Candidate:
        """Return the candidate with every group at a precision, where the group has it."""
        if not precision.compresses_weights:
            return Candidate.uniform(self.groups, precision)
        return uniform_variant(self.plain, self.first, precision)

    def is_quantized(self, candidate: Candidate) -> bool:
        """Whether no group that could be quantized is in floating point."""
        return is_quantized(self.groups, candidate, self.context.baseline.deployed)

    @property
    def reduced(self) -> Candidate | None:
        """The candidate with every group in the deployment's reduced floating point."""
        reduced = self.context.baseline.deployed
        return None if reduced == FP32 else Candidate.uniform(self.groups, reduced)

    def observed(self, candidate: Candidate) -> Observation:
        """Observe a candidate on every image; FP32 returns the baseline."""
        if candidate.is_fp32:
            return self.context.baseline.observed
        return self.evaluator.observe(candidate, self.context.data.everything)

    def add(self, recipe: Recipe, start: Precision = INT8) -> None:
        """Build a recipe's variant unless it exists.

        Args:
            recipe: the recipe.
            start: the variant that a recipe which changes weights starts from.

        Raises:
            CalibrateError: the recipe cannot be applied to this model.
        """
        precision = recipe.precision
        if precision in self.models:
            return
        if not precision.new_weights:
            self.models[precision] = self._builder.calibrated(recipe, RECIPE_CALIBRATION)
            return
        tuned = self._builder.tuned(recipe, start)
        self.models[precision] = tuned[0].model
        self.tunings[precision] = tuple(t.record for t in tuned if t.record is not None)
        if len(tuned) > 1:
            self.by_fold[precision] = tuple(variant.model for variant in tuned)

    def offer(self, precision: Precision) -> None:
        """Offer a recipe's variant to all groups, unless the groups were measured already."""
        if self.measured.points or precision == self.first:
            return
        if precision.compresses_weights:
            self.groups = with_tuned_weights(self.groups, precision, self.first)
            return
        if self.measured.group_costs.groups:
            # Variants run on the same kernels, so the costs of the former one apply.
            former = first_offered(self.groups)
            renamed = renamed_costs(self.measured.group_costs, former, precision)
            self.measured.group_costs = renamed
        self.groups = with_variant(self.groups, precision)

    def group_evaluator(self) -> CandidateEvaluator:
        """Return an evaluator for candidates of one group; samples do not count as progress."""
        composition = self.composition
        return CandidateEvaluator(
            composition.evaluated_alone,
            self.context.baseline.reference,
            self.context.costs,
            journal=composition.journal,
            properties=composition.properties_alone,
            remote=self._remote(composition.parts_alone, composition.properties_alone),
        )
