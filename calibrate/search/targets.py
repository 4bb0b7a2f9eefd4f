"""Other CPUs that the budget has to hold on: how each is tried here, and what was seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from calibrate.core.component import Outputs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.errors import CalibrateError
from calibrate.evaluation.observe import judge_into
from calibrate.evaluation.recorder import ObservationRecorder
from calibrate.evaluation.serialization import to_observation
from calibrate.runtime.cpu import TARGETS, Cpu, has_vnni, rank
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, Executor, sample_name
from calibrate.runtime.executors.isa_limited_process import IsaLimitedProcess
from calibrate.runtime.executors.this_process import ThisProcess
from calibrate.runtime.inference import WITHOUT_KERNELS
from calibrate.search.variant_store import VariantStore

How = Literal["here", "limited", "simulated"]


@dataclass(frozen=True, slots=True)
class TargetExecution:
    """How a target is tried.

    Attributes:
        target: the config's word.
        instruction_set: oneDNN's.
        how: `here`: it is this CPU's own; `limited`: run for real, in a process held to it;
            `simulated`: above this CPU, rounded as INT8 and multiplied in FP32.
    """

    target: str
    instruction_set: str
    how: How


def target_executions(targets: Sequence[str], cpu: Cpu) -> tuple[TargetExecution, ...]:
    """How each target is tried on this CPU.

    Raises:
        CalibrateError: a target is above this CPU and saturates, so that no arithmetic here is
            known to be its own.
    """
    return tuple(_execution(target, cpu) for target in dict.fromkeys(targets))


def _execution(target: str, cpu: Cpu) -> TargetExecution:
    wanted = TARGETS[target]
    if wanted == cpu.instruction_set:
        return TargetExecution(target, wanted, "here")
    if rank(wanted) <= rank(cpu.instruction_set):
        return TargetExecution(target, wanted, "limited")
    if has_vnni(wanted):
        return TargetExecution(target, wanted, "simulated")
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
    """What a candidate does with samples on a target; recorded, so never run twice.

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
        {"target": execution.instruction_set, "how": execution.how}
    )
    seen = Observation()
    for content in journal.recall("observation", {}):
        seen.update(to_observation(content))
    missing = [index for index in indices if index not in seen.evidence]
    if not missing:
        return seen.restricted(indices)
    how = "simulated" if execution.how == "simulated" else "run for real"
    context.progress.stage(f"Judging for {execution.target} ({how})", len(missing))
    fresh = Observation()
    recorder = ObservationRecorder(journal, context.costs)
    judge = judge_into(fresh, context.reference)

    def judge_and_record(index: int, outputs: Outputs) -> Observation:
        sample = judge(index, outputs)
        recorder.look(fresh)
        context.progress.advance(1)
        return sample

    model, judge_name = journal.facts["candidate"], context.store.judge
    catalog = Catalog(
        {model: lambda: context.reference.judge.watched(variant_store.compose(candidate))},
        context.reference.tensors,
        {judge_name: judge_and_record},
        context.costs,
    )
    samples = tuple(sample_name(catalog.tensors, index) for index in missing)
    try:
        executor_for(execution, catalog).submit(
            EvaluationRequest(model, samples, judge_name)
        ).result()
    finally:
        recorder.finish()
    seen.update(fresh)
    return seen.restricted(indices)


def executor_for(execution: TargetExecution, catalog: Catalog) -> Executor:
    """What evaluates as a target does.

    Args:
        execution: not `here`.
        catalog: what requests may name.
    """
    if execution.how == "simulated":
        return ThisProcess(catalog, WITHOUT_KERNELS)
    return IsaLimitedProcess(catalog, execution.instruction_set)
