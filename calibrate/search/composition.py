"""Compose the models of candidates, as deployed, and the keys of their measurements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.context.cache_keys import digest_of
from calibrate.context.run_context import RunContext
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate, Precision
from calibrate.quantization.candidate_build import REFERENCE, CandidateBuild
from calibrate.quantization.variants import Variants
from calibrate.runtime.executors.portable import Assembly
from calibrate.runtime.fold_networks import FoldModel
from calibrate.runtime.inference import THROUGHPUT
from calibrate.runtime.inference_precision import with_precision
from calibrate.store.base import ScopedJournal


@dataclass(frozen=True, slots=True)
class Composition:
    """Composes the candidates of one set of variants.

    Attributes:
        context: FP32 model, folds, deployment and store.
        variants: the models that candidates are composed of.
        by_fold: variants of every fold by precision, if a variant was tuned on a fold's search
            samples; `variants` has the first one.
    """

    context: RunContext
    variants: Variants
    by_fold: Mapping[Precision, tuple[ov.Model, ...]]

    def deployed(self, candidate: Candidate) -> ov.Model:
        """Build a candidate's model as it is deployed: weights stored as INT8, FP32 pinned."""
        return self._deployed(self.variants, candidate)

    def evaluated(self, candidate: Candidate) -> ov.Model | tuple[FoldModel, ...]:
        """Build a candidate's model, or one per fold, for its evaluation as it is deployed."""
        return self.fold_models(candidate) or self.deployed(candidate)

    def evaluated_alone(self, candidate: Candidate) -> ov.Model | tuple[FoldModel, ...]:
        """Build a candidate for measuring groups; FP32 is pinned only if necessary."""
        if _is_uniform_float(candidate) and not self._tuned(candidate):
            return self._unpinned(self.variants, candidate)
        return self.evaluated(candidate)

    def parts(self, candidate: Candidate, costs: Costs) -> Assembly | None:
        """Return the model of `evaluated` in parts, for other machines; None for one per fold.

        Args:
            candidate: a precision for every group.
            costs: counts the compilation that determines which operations to pin.
        """
        if self._tuned(candidate):
            return None
        return self._assembly(self.variants, candidate, costs, pinned=True)

    def parts_alone(self, candidate: Candidate, costs: Costs) -> Assembly | None:
        """Return the model of `evaluated_alone` in parts; see `parts`."""
        if self._tuned(candidate):
            return None
        pinned = not _is_uniform_float(candidate)
        return self._assembly(self.variants, candidate, costs, pinned=pinned)

    def fold_models(self, candidate: Candidate) -> tuple[FoldModel, ...]:
        """Return the candidate's model of each fold, with the samples that may judge it.

        Empty if the candidate is the same model for all folds.
        """
        tuned = self._tuned(candidate)
        if not tuned:
            return ()
        models = []
        for number, fold in enumerate(self.context.data.folds):
            replaced = {precision: self.by_fold[precision][number] for precision in tuned}
            variants = Variants(
                self.variants.reference, {**self.variants.models, **replaced}, self.variants.groups
            )
            model = self._deployed(variants, candidate)
            models.append(FoldModel(model, frozenset(fold.acceptance)))
        return tuple(models)

    def deployed_for(self, candidate: Candidate, samples: Collection[int]) -> ov.Model:
        """Build a candidate's model that was tuned on none of these samples.

        Raises:
            AssertionError: there is no such model, because the samples are of several folds.
        """
        folds = self.fold_models(candidate)
        if not folds:
            return self.deployed(candidate)
        for fold in folds:
            if fold.samples.issuperset(samples):
                return fold.model
        raise AssertionError("no model was tuned without samples of several folds")

    def properties(self, candidate: Candidate) -> Mapping[str, Any]:
        """Return the CPU plugin's properties for a candidate of `evaluated`."""
        del candidate
        return with_precision(THROUGHPUT, self.context.baseline.compute_type)

    def properties_alone(self, candidate: Candidate) -> Mapping[str, Any]:
        """Return the CPU plugin's properties for a candidate of `evaluated_alone`."""
        if _is_uniform_float(candidate) and not self._tuned(candidate):
            return THROUGHPUT
        return self.properties(candidate)

    def journal(self, candidate: Candidate) -> ScopedJournal:
        """Return the journal for measurements of a candidate, keyed by all that they depend on."""
        context = self.context
        journal = context.store.of(
            candidate,
            self.variants.models,
            self.variants.groups,
            compute_type=context.baseline.compute_type,
        )
        tuned = [model for precision in self._tuned(candidate) for model in self.by_fold[precision]]
        if tuned:
            digests = [context.store.digest(model) for model in tuned]
            journal = journal.within({"models of the folds": digest_of(digests)})
        halved = context.config.output.compress_to_fp16
        return journal.within({"floating-point weights": "f16"}) if halved else journal

    def _tuned(self, candidate: Candidate) -> list[Precision]:
        return [precision for precision in self.by_fold if precision in set(candidate)]

    def _deployed(self, variants: Variants, candidate: Candidate) -> ov.Model:
        return self._assembly(variants, candidate, self.context.costs, pinned=True)()

    def _unpinned(self, variants: Variants, candidate: Candidate) -> ov.Model:
        return self._assembly(variants, candidate, self.context.costs, pinned=False)()

    def _assembly(
        self, variants: Variants, candidate: Candidate, costs: Costs, *, pinned: bool
    ) -> Assembly:
        models, output = variants.models, self.context.config.output
        base = next((precision for precision in models if not precision.is_float), None)
        used = tuple(p for p in models if p == base or p in candidate.precisions)
        build = CandidateBuild(
            candidate,
            tuple(variants.groups),
            used,
            deployed=self.context.baseline.compute_type,
            pinned=pinned,
            halved=output.compress_to_fp16,
        )
        parts = {str(precision): models[precision] for precision in used}
        return Assembly(build, {REFERENCE: variants.reference, **parts}, costs)


def _is_uniform_float(candidate: Candidate) -> bool:
    """Whether all floating point is FP32, so that the hint `f32` alone pins it."""
    return all(precision == FP32 or not precision.is_float for precision in candidate)
