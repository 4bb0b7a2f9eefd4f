"""Other CPUs that the budget has to hold on: how each is tried here, and what was seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.errors import CalibrateError
from calibrate.evaluation.observe import observe
from calibrate.evaluation.recorder import ObservationRecorder
from calibrate.evaluation.serialization import to_observation
from calibrate.runtime.cpu import TARGETS, Cpu, has_vnni, rank
from calibrate.runtime.inference import WITHOUT_KERNELS, Network, Runs
from calibrate.runtime.isa_limited import IsaLimitedNetwork
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
    return tuple(_way(target, cpu) for target in dict.fromkeys(targets))


def _way(target: str, cpu: Cpu) -> TargetExecution:
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
    judge = context.reference.judge
    journal = variant_store.journal(candidate).within(
        {"target": execution.instruction_set, "how": execution.how}
    )
    seen = Observation()
    for content in journal.recall("observation", {}):
        seen.update(to_observation(content))
    missing = [index for index in indices if index not in seen.evidence]
    if missing:
        told = "simulated" if execution.how == "simulated" else "run for real"
        context.progress.stage(f"Judging for {execution.target} ({told})", len(missing))
        keeper = ObservationRecorder(journal, context.costs)
        try:
            found = observe(
                runner(execution, judge.watched(variant_store.compose(candidate)), context.costs),
                context.reference,
                missing,
                advance=lambda: context.progress.advance(1),
                stop=keeper.look,
            )
            keeper.look(found)
        finally:
            keeper.finish()
        seen.update(found)
    return seen.restricted(indices)


def runner(execution: TargetExecution, model: ov.Model, costs: Costs) -> Runs:
    """What runs a model as a target does.

    Args:
        execution: not `here`.
        model: with static inputs, weights stored as integers.
        costs: the ledger.
    """
    if execution.how == "simulated":
        return Network(model, costs, WITHOUT_KERNELS)
    return IsaLimitedNetwork(model, execution.instruction_set, costs)
