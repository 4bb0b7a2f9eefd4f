"""Estimate what is left of a run that is under way, from the plan's counts and its own ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibrate.commands.estimate.arithmetic import full_search, plain_passes
from calibrate.commands.estimate.inputs import Effort, Line, Probe, Sets
from calibrate.core.costs import Costs, Spent
from calibrate.core.progress import TimeLeft
from calibrate.core.subset_sizes import DIFFERENCE_IMAGES

_ORDER = {
    "read model": 0,
    "decode": 0,
    "prepare": 0,
    "inference batch": 0,
    "fp32": 0,
    "calibration": 1,
    "int8": 2,
    "recipes": 3,
    "fine-tuning": 3,
    "sensitivity": 4,
    "profile": 4,
    "candidates": 5,
    "acceptance": 5,
    "timing": 6,
    "differences": 7,
    "ranges": 7,
    "layer errors": 7,
    "report sensitivities": 7,
    "memory": 7,
}
"""Stages in the order of a run; a stage is over once a later one has begun."""

_ANY_TIME = frozenset({"profile", "acceptance", "memory"})
"""Stages that say nothing about those before them: they recur, or run beside others."""

_FALLING_BACK = frozenset({"fine-tuning", "sensitivity", "candidates"})
"""Stages of a run in which not everything in INT8 was within the budget."""

_MEASURED_SHARE = 0.1
"""Share of a stage's inferences after which its own pace replaces the predicted one."""

_PACE = ("sensitivity", "candidates", "acceptance", "fp32", "int8")
"""Stages that consist of inferences alone, so that their pace foretells the rest."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a run has to choose among.

    Attributes:
        groups: that may fall back.
        variants: of all groups, precisions beside FP32.
        recipes: that may be tried.
        reduced: whether floating point is deployed in BF16 or FP16.
        profile: compilations and inferences that measure the costs of groups.
    """

    groups: int
    variants: int
    recipes: int
    reduced: bool = False
    profile: Spent = field(default_factory=Spent)


def measured_probe(costs: Costs, sets: Sets, choices: Choices) -> Probe:
    """Return the times of a run's steps as its ledger has them.

    What the run has not come to is taken from its nearest relative: INT8 as slow as FP32, a recipe
    as slow as NNCF's calibration. Before the calibration, that is taken as FP32's inferences.

    Args:
        costs: the ledger, in which FP32 was measured.
        sets: of the run's samples.
        choices: of the run.
    """
    compiling = costs.compile_seconds
    fixed = sum(compiling) / len(compiling) if compiling else 0.0
    fp32 = _line(costs.so_far("fp32"), fixed)
    int8 = _line(costs.so_far("int8"), fixed) if _is_over("int8", costs) else fp32
    calibrated = max(1, sets.calibration)
    spent = costs.so_far("calibration").seconds if _is_over("calibration", costs) else 0.0
    calibration = Line(0.0, max(fp32.each, spent / calibrated))
    return Probe(
        read=0.0,
        decode=Line(0.0, 0.0),
        prepare=0.0,
        fp32=fp32,
        int8=int8,
        plain=calibration,
        recipes=(calibration,) * choices.recipes,
        compose=0.0,
        footprint=0.0,
        latency=max(fp32.each, 1e-6),
        latency_int8=max(int8.each, 1e-6),
        streams=1,
        groups=choices.groups,
        variants=choices.variants,
        profile=choices.profile,
        differences=2 * fixed + 2 * DIFFERENCE_IMAGES * fp32.each,
        reduced=fp32 if choices.reduced else None,
        latency_reduced=max(fp32.each, 1e-6),
    )


def time_left(costs: Costs, probe: Probe, sets: Sets, effort: Effort) -> TimeLeft:
    """Return the seconds that a run still needs, if all goes well and if nothing does.

    Measurements that were taken from an earlier run count as done, since the ledger has their
    cost. Further acceptance rounds after a refusal are not foreseen.

    Args:
        costs: the ledger.
        probe: times of the steps.
        sets: of samples.
        effort: the limits of the search.
    """
    plain = _rest(costs, plain_passes(probe, sets, effort))
    if not _is_over("calibration", costs):
        return TimeLeft(plain, None)
    full = _rest(costs, full_search(probe, sets, effort))
    if _FALLING_BACK & costs.stages.keys():
        return TimeLeft(full, full)
    return TimeLeft(min(plain, full), full)


def _line(spent: Spent, fixed: float) -> Line:
    """Return the line of a stage of inferences; the mean where compilations are not known."""
    compiled = min(fixed * spent.compilations, spent.seconds)
    return Line(fixed, (spent.seconds - compiled) / max(1, spent.inferences))


def _rest(costs: Costs, plan: Mapping[str, Spent]) -> float:
    return sum(
        _stage_rest(name, costs.so_far(name), planned)
        for name, planned in plan.items()
        if not _is_over(name, costs)
    )


def _is_over(name: str, costs: Costs) -> bool:
    reached = max((_ORDER.get(n, 0) for n in costs.stages if n not in _ANY_TIME), default=0)
    return _ORDER[name] < reached


def _stage_rest(name: str, spent: Spent, planned: Spent) -> float:
    todo = max(0, planned.inferences - spent.inferences)
    if name in _PACE and spent.inferences >= _MEASURED_SHARE * planned.inferences > 0:
        return spent.seconds / spent.inferences * todo
    return max(0.0, planned.seconds - spent.seconds)
