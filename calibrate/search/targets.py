"""Evaluate candidates for the other CPUs on which the budget has to hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import openvino as ov

from calibrate.core.component import Outputs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate, ComputeType
from calibrate.errors import CalibrateError
from calibrate.evaluation.observe import judge_into
from calibrate.evaluation.recorder import ObservationRecorder
from calibrate.evaluation.serialization import to_observation
from calibrate.quantization.simulated_float import with_rounded_values
from calibrate.runtime.cpu import TARGETS, Cpu, default_float, has_kernels, has_vnni, rank
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, Executor, sample_name
from calibrate.runtime.executors.isa_limited_process import IsaLimitedProcess
from calibrate.runtime.executors.this_process import ThisProcess
from calibrate.runtime.inference import WITHOUT_KERNELS
from calibrate.runtime.inference_precision import InferencePrecision, is_native, with_precision
from calibrate.search.variant_store import VariantStore

How = Literal["here", "limited", "simulated"]


@dataclass(frozen=True, slots=True)
class TargetExecution:
    """How a target is evaluated on this CPU.

    Attributes:
        target: its name in the config.
        instruction_set: oneDNN's name of it.
        how: `here`: it is this CPU's own; `limited`: run for real, in a process limited to it;
            `simulated`: above this CPU, rounded as INT8 and multiplied in floating point.
        compute_type: of floating point on the target.
    """

    target: str
    instruction_set: str
    how: How
    compute_type: ComputeType = "f32"


def target_executions(
    targets: Sequence[str], cpu: Cpu, inference_precision: InferencePrecision = "auto"
) -> tuple[TargetExecution, ...]:
    """Return how each target is evaluated on this CPU.

    Args:
        targets: names in the config.
        cpu: this one.
        inference_precision: `deployment.inference_precision`.

    Raises:
        CalibrateError: a target is above this CPU and saturates, so that this CPU cannot
            reproduce its arithmetic.
    """
    return tuple(_execution(target, cpu, inference_precision) for target in dict.fromkeys(targets))


def _execution(target: str, cpu: Cpu, inference_precision: InferencePrecision) -> TargetExecution:
    wanted = TARGETS[target]
    kind = default_float(wanted) if inference_precision == "auto" else inference_precision
    compute_type: ComputeType = kind if has_kernels(wanted, kind) else "f32"
    if wanted == cpu.instruction_set:
        return TargetExecution(target, wanted, "here", compute_type)
    if rank(wanted) <= rank(cpu.instruction_set):
        return TargetExecution(target, wanted, "limited", compute_type)
    if has_vnni(wanted):
        return TargetExecution(target, wanted, "simulated", compute_type)
    raise CalibrateError(
        f"this CPU has {cpu.instruction_set} and cannot run {target}, whose sums saturate in an "
        "order of their own, so that no simulation would tell",
        where="targets",
        hint="run where it is, or name avx2 instead, whose sums saturate likewise",
    )


def observe_on(
    execution: TargetExecution,
    variant_store: VariantStore,
    candidate: Candidate,
    indices: Sequence[int],
) -> Observation:
    """Observe a candidate on samples for a target; records mean that nothing runs twice.

    Divergence and metrics are against FP32 as it runs on this CPU: FP32 arithmetic differs
    between CPUs by the order of sums alone.

    Args:
        execution: not `here`.
        variant_store: of the run.
        candidate: with groups that are not in FP32.
        indices: of the samples.
    """
    context = variant_store.context
    journal = variant_store.journal(candidate).within(
        {
            "target": execution.instruction_set,
            "how": execution.how,
            "inference precision": execution.compute_type,
        }
    )
    observation = Observation()
    for content in journal.recall("observation", {}):
        observation.update(to_observation(content))
    missing = [index for index in indices if index not in observation.evidence]
    if not missing:
        return observation.restricted(indices)
    how = "simulated" if execution.how == "simulated" else "run for real"
    context.progress.stage(f"Judging for {execution.target} ({how})", len(missing))
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
        model: as it is deployed.
    """
    if execution.how == "simulated" and not is_native(execution.compute_type):
        return with_rounded_values(model, execution.compute_type)
    return model
