"""Build the report's records of the model and the dataset."""

from calibrate.config.resolved import Resolved
from calibrate.context.dataset import Data
from calibrate.core.variables import without_values
from calibrate.report.model_section import DatasetFacts, ModelFacts
from calibrate.report_builder.dynamic_shapes import dynamic_facts, state_facts
from calibrate.report_builder.outcome import SearchOutcome


def model_facts(outcome: SearchOutcome, written: str | None) -> ModelFacts:
    """Return the model that was calibrated, and the path of the one that was written."""
    context = outcome.mixed_precision_search.context
    baseline, config = context.baseline, context.resolved.config
    return ModelFacts(
        name=context.resolved.document["model"]["name"] or config.model.path.stem,
        source=without_values(str(config.model.path)),
        digest=outcome.source_digest,
        inputs={plan.name: plan.shape for plan in baseline.plans},
        written=written,
        folded=baseline.prepared.folded,
        biases_added=len(baseline.prepared.biases_added),
        largest_difference=baseline.largest_difference,
        kept_in_fp32=outcome.mixed_precision_search.variant_store.kept,
        dynamic=dynamic_facts(baseline, outcome.opened, keep=config.model.keep_dynamic),
        model_type_reason=outcome.mixed_precision_search.variant_store.model_type_reason,
        states=state_facts(baseline, outcome.opened),
    )


def dataset_facts(resolved: Resolved, data: Data) -> DatasetFacts:
    """Return the samples and their use; names contain the config's variables, not their values."""
    section = resolved.config.dataset
    return DatasetFacts(
        name=resolved.document["dataset"]["name"] or section.adapter.type,
        digest=data.tensors.digest(),
        samples=len(data.tensors),
        calibration=len(data.calibration),
        calibration_dataset=_calibration_name(resolved),
        calibration_shared=bool(data.calibrated & set(data.search)),
        folds=len(data.folds),
        search=len(data.search),
        acceptance=len(data.acceptance),
        seed=section.subsample_seed,
        skipped=tuple(without_values(text) for text in data.tensors.skipped),
    )


def _calibration_name(resolved: Resolved) -> str:
    section = resolved.config.calibration
    if section is None:
        return ""
    return resolved.document["calibration"]["name"] or section.adapter.type
