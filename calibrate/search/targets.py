"""Determine how each further CPU on which the budget has to hold is evaluated on this one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from calibrate.core.precision import ComputeType
from calibrate.errors import CalibrateError
from calibrate.runtime.cpu import TARGETS, Cpu, default_float, has_kernels, has_vnni, rank
from calibrate.runtime.inference_precision import InferencePrecision

How = Literal["here", "limited", "worker", "simulated"]


@dataclass(frozen=True, slots=True)
class TargetExecution:
    """The way in which a target is evaluated on this CPU.

    Attributes:
        target: its name in the config.
        instruction_set: oneDNN's name of it.
        how: `here`: the target has this CPU's instruction set; `limited`: native, in a process
            limited to it; `worker`: native, on workers of the cluster that have it; `simulated`:
            above this CPU, rounded as INT8 and multiplied in floating point.
        compute_type: compute type of floating point on the target.
    """

    target: str
    instruction_set: str
    how: How
    compute_type: ComputeType = "f32"


def target_executions(
    targets: Sequence[str],
    cpu: Cpu,
    inference_precision: InferencePrecision = "auto",
    *,
    elsewhere: Collection[str] = (),
) -> tuple[TargetExecution, ...]:
    """Return how each target is evaluated on this CPU.

    Args:
        targets: names in the config.
        cpu: this one.
        inference_precision: `deployment.inference_precision`.
        elsewhere: instruction sets that workers of the cluster have.

    Raises:
        CalibrateError: a target is above this CPU, no worker has it, and it saturates, so that
            this CPU cannot reproduce its arithmetic.
    """
    return tuple(
        _execution(target, cpu, inference_precision, elsewhere) for target in dict.fromkeys(targets)
    )


def _execution(
    target: str, cpu: Cpu, inference_precision: InferencePrecision, elsewhere: Collection[str]
) -> TargetExecution:
    instruction_set = TARGETS[target]
    kind = default_float(instruction_set) if inference_precision == "auto" else inference_precision
    compute_type: ComputeType = kind if has_kernels(instruction_set, kind) else "f32"
    if instruction_set == cpu.instruction_set:
        return TargetExecution(target, instruction_set, "here", compute_type)
    if rank(instruction_set) <= rank(cpu.instruction_set):
        return TargetExecution(target, instruction_set, "limited", compute_type)
    if instruction_set in elsewhere:
        return TargetExecution(target, instruction_set, "worker", compute_type)
    if has_vnni(instruction_set):
        return TargetExecution(target, instruction_set, "simulated", compute_type)
    raise CalibrateError(
        f"this CPU has {cpu.instruction_set} and cannot run {target}, whose sums saturate in an "
        "order that cannot be simulated here",
        where="targets",
        hint="run on such a CPU, or with a worker that has it (--cluster), or name avx2 instead, "
        "whose sums saturate likewise",
    )
