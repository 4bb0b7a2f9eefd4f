"""Evaluate candidates for the other CPUs on which the budget has to hold."""

from collections.abc import Sequence
from typing import cast

import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.errors import CalibrateError
from calibrate.evaluation.observe import judge_into
from calibrate.evaluation.recorder import ObservationRecorder
from calibrate.evaluation.remote_judges import OBSERVES, judges_of
from calibrate.evaluation.serialization import to_observation
from calibrate.quantization.simulated_float import with_rounded_values
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, Executor, sample_name
from calibrate.runtime.executors.cluster_executor import ClusterExecutor
from calibrate.runtime.executors.isa_limited_process import IsaLimitedProcess
from calibrate.runtime.executors.this_process import ThisProcess
from calibrate.runtime.executors.worker_pool import NoWorkerLeft
from calibrate.runtime.inference import LATENCY, WITHOUT_KERNELS
from calibrate.runtime.inference_precision import is_native, with_precision
from calibrate.search.targets import TargetExecution
from calibrate.search.variant_store import VariantStore
from calibrate.store.base import ScopedJournal

_TOGETHER = 64
"""Samples in one request to a worker."""
TARGET = "target"
"""Name of the candidate's model in requests to workers."""


def observe_on(
    execution: TargetExecution,
    variant_store: VariantStore,
    candidate: Candidate,
    indices: Sequence[int],
) -> Observation:
    """Observe a candidate on samples for a target; recorded samples are not run again.

    Divergence and metrics are against FP32 as it runs on this CPU: FP32 arithmetic differs
    between CPUs by the order of sums alone.

    Args:
        execution: not `here`.
        variant_store: variant store of the run.
        candidate: candidate with groups that are not in FP32.
        indices: indices of the samples.
    """
    context = variant_store.context
    journal = _journal(execution, variant_store, candidate)
    observation = Observation()
    for content in journal.recall("observation", {}):
        observation.update(to_observation(content))
    missing = [index for index in indices if index not in observation.evidence]
    if not missing:
        return observation.restricted(indices)
    how = "simulated" if execution.how == "simulated" else "native"
    context.progress.stage(f"Judging for {execution.target} ({how})", len(missing))
    if execution.how == "worker":
        observation.update(_on_workers(execution, variant_store, candidate, missing))
        return observation.restricted(indices)
    fresh = Observation()
    recorder = ObservationRecorder(journal, context.costs)
    reference = context.baseline.reference
    evaluate = judge_into(fresh, reference)

    def evaluate_and_record(index: int, outputs: Outputs) -> Observation:
        sample = evaluate(index, outputs)
        recorder.look(fresh)
        context.progress.advance(1)
        return sample

    model, judge_name = journal.facts["candidate"], context.store.judge
    catalog = Catalog(
        {
            model: lambda: model_on(
                execution,
                reference.judge.watched(variant_store.composition.deployed_for(candidate, missing)),
            )
        },
        reference.tensors,
        {judge_name: evaluate_and_record},
        context.costs,
    )
    samples = tuple(sample_name(catalog.tensors, index) for index in missing)
    try:
        executor_for(execution, catalog).submit(
            EvaluationRequest(model, samples, judge_name)
        ).result()
    finally:
        recorder.finish()
    observation.update(fresh)
    return observation.restricted(indices)


def _journal(
    execution: TargetExecution, variant_store: VariantStore, candidate: Candidate
) -> ScopedJournal:
    return variant_store.journal(candidate).within(
        {
            "target": execution.instruction_set,
            "how": execution.how,
            "inference precision": execution.compute_type,
        }
    )


def _on_workers(
    execution: TargetExecution,
    variant_store: VariantStore,
    candidate: Candidate,
    indices: Sequence[int],
) -> Observation:
    """Observe and record a candidate on the workers that have a target's instruction set.

    Raises:
        CalibrateError: every such worker was lost.
    """
    context, workers = variant_store.context, variant_store.workers
    reference = context.baseline.reference
    assert workers is not None  # noqa: S101  # `how` is `worker` only with workers
    pool = workers.by_instruction_set[execution.instruction_set]
    journal = _journal(execution, variant_store, candidate)
    composed = variant_store.composition.deployed_for(candidate, indices)
    model = reference.judge.watched(composed)
    tensors = reference.tensors
    catalog = Catalog({TARGET: lambda: model}, tensors, judges_of(reference), context.costs)
    properties = with_precision(LATENCY, execution.compute_type)
    executor = ClusterExecutor(catalog, pool, workers.files, properties)
    observation = Observation()
    recorder = ObservationRecorder(journal, context.costs)
    try:
        for start in range(0, len(indices), _TOGETHER):
            part = indices[start : start + _TOGETHER]
            samples = tuple(sample_name(tensors, index) for index in part)
            request = EvaluationRequest(TARGET, samples, OBSERVES)
            for answer in executor.submit(request).result():
                observation.update(cast("Observation", answer))
            recorder.look(observation)
            context.progress.advance(len(part))
    except NoWorkerLeft as error:
        raise CalibrateError(
            f"every worker with {execution.instruction_set} is lost",
            where="targets",
            hint="the measurements are kept: start such a worker, then the same command again",
        ) from error
    finally:
        recorder.finish()
    return observation


def executor_for(execution: TargetExecution, catalog: Catalog) -> Executor:
    """Return the executor that evaluates as a target does.

    Args:
        execution: not `here`.
        catalog: the models, samples and tasks that requests may name.
    """
    if execution.how == "simulated":
        native = execution.compute_type if is_native(execution.compute_type) else "f32"
        return ThisProcess(catalog, with_precision(WITHOUT_KERNELS, native))
    return IsaLimitedProcess(catalog, execution.instruction_set, execution.compute_type)


def model_on(execution: TargetExecution, model: ov.Model) -> ov.Model:
    """Return the model to run for a target; rounded if this CPU lacks the target's floating point.

    Args:
        execution: not `here`.
        model: model as it is deployed.
    """
    if execution.how == "simulated" and not is_native(execution.compute_type):
        return with_rounded_values(model, execution.compute_type)
    return model
