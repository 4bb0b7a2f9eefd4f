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
from calibrate.evaluation.recorder import Keeper
from calibrate.evaluation.serialization import to_observation
from calibrate.runtime.cpu import TARGETS, Cpu, has_vnni, rank
from calibrate.runtime.inference import WITHOUT_KERNELS, Network, Runs
from calibrate.runtime.isa_limited import Elsewhere
from calibrate.search.variant_store import Workshop

How = Literal["here", "limited", "simulated"]


@dataclass(frozen=True, slots=True)
class Way:
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


def ways(targets: Sequence[str], cpu: Cpu) -> tuple[Way, ...]:
    """How each target is tried on this CPU.

    Raises:
        CalibrateError: a target is above this CPU and saturates, so that no arithmetic here is
            known to be its own.
    """
    return tuple(_way(target, cpu) for target in dict.fromkeys(targets))


def _way(target: str, cpu: Cpu) -> Way:
    wanted = TARGETS[target]
    if wanted == cpu.instruction_set:
        return Way(target, wanted, "here")
    if rank(wanted) <= rank(cpu.instruction_set):
        return Way(target, wanted, "limited")
    if has_vnni(wanted):
        return Way(target, wanted, "simulated")
    raise CalibrateError(
        f"this CPU has {cpu.instruction_set} and cannot run {target}, whose sums saturate in an "
        "order of their own, so that no simulation would tell",
        where="targets",
        hint="run where it is, or name avx2 instead, whose sums saturate likewise",
    )


def observe_on(
    way: Way, workshop: Workshop, candidate: Candidate, indices: Sequence[int]
) -> Observation:
    """What a candidate does with samples on a target; recorded, so never run twice.

    Divergence and metrics are against FP32 as it runs on this CPU: FP32 arithmetic differs
    between CPUs by the order of sums alone.

    Args:
        way: not `here`.
        workshop: of the run.
        candidate: with groups that are not in FP32.
        indices: of the samples.
    """
    ground = workshop.ground
    judge = ground.reference.judge
    journal = workshop.journal(candidate).within({"target": way.instruction_set, "how": way.how})
    seen = Observation()
    for content in journal.recall("observation", {}):
        seen.update(to_observation(content))
    missing = [index for index in indices if index not in seen.evidence]
    if missing:
        told = "simulated" if way.how == "simulated" else "run for real"
        ground.progress.stage(f"Judging for {way.target} ({told})", len(missing))
        keeper = Keeper(journal, ground.costs)
        try:
            found = observe(
                runner(way, judge.watched(workshop.compose(candidate)), ground.costs),
                ground.reference,
                missing,
                advance=lambda: ground.progress.advance(1),
                stop=keeper.look,
            )
            keeper.look(found)
        finally:
            keeper.finish()
        seen.update(found)
    return seen.restricted(indices)


def runner(way: Way, model: ov.Model, costs: Costs) -> Runs:
    """What runs a model as a target does.

    Args:
        way: not `here`.
        model: with static inputs, weights stored as integers.
        costs: the ledger.
    """
    if way.how == "simulated":
        return Network(model, costs, WITHOUT_KERNELS)
    return Elsewhere(model, way.instruction_set, costs)
