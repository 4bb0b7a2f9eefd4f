"""Estimate the time that a run in progress still needs, from predicted counts and its ledger."""

from dataclasses import dataclass, field

from calibrate.commands.estimate.courses import Stages, full_search, plain_passes
from calibrate.commands.estimate.inputs import Effort, Line, Probe, Sets
from calibrate.core.costs import Costs, Spent
from calibrate.core.progress import TimeLeft
from calibrate.core.stage import FALLING_BACK, INFERENCE_ALONE, RECURRING, Stage, position
from calibrate.report_builder.prediction_diffs import comparison_cost

_MEASURED_SHARE = 0.1
"""Share of a stage's inferences after which its measured pace replaces the predicted one."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The numbers of groups, precisions and recipes that a run chooses among.

    Attributes:
        groups: number of groups that may fall back.
        variants: number of precisions beside FP32, summed over all groups.
        measurements: greatest number of measurements of sensitivities.
        recipes: inferences that quantize with each recipe that may be tried.
        free_recipes: how many of them are compared before any candidate is judged.
        reduced: whether floating point is deployed in BF16 or FP16.
        profile: compilations and inferences that measure the costs of groups.
    """

    groups: int
    variants: int
    measurements: int
    recipes: tuple[int, ...] = ()
    free_recipes: int = 0
    reduced: bool = False
    profile: Spent = field(default_factory=Spent)


def measured_probe(costs: Costs, sets: Sets, choices: Choices) -> Probe:
    """Return the times of a run's steps from its ledger.

    A step that the run has not reached is assumed as slow as a similar one: INT8 as FP32, a recipe
    as NNCF's calibration, and calibration, before it has run, as FP32's inferences.

    Args:
        costs: the ledger, in which FP32 was measured.
        sets: sizes of the sets of the run's samples.
        choices: choices of the run.
    """
    compiling = costs.compile_seconds
    fixed = sum(compiling) / len(compiling) if compiling else 0.0
    fp32 = _line(costs.so_far(Stage.FP32), fixed)
    int8 = _line(costs.so_far(Stage.INT8), fixed) if _is_over(Stage.INT8, costs) else fp32
    calibrated = max(1, sets.calibration)
    spent = costs.so_far(Stage.CALIBRATION).seconds if _is_over(Stage.CALIBRATION, costs) else 0.0
    calibration = Line(0.0, max(fp32.each, spent / calibrated))
    differences = Line(fixed, fp32.each).cost(comparison_cost(sets.everything))
    return Probe(
        read=0.0,
        decode=Line(0.0, 0.0),
        prepare=0.0,
        fp32=fp32,
        int8=int8,
        plain=calibration,
        recipes=tuple(calibration.cost(Spent(inferences=count)) for count in choices.recipes),
        free_recipes=choices.free_recipes,
        compose=0.0,
        footprint=0.0,
        latency=max(fp32.each, 1e-6),
        latency_int8=max(int8.each, 1e-6),
        streams=1,
        groups=choices.groups,
        variants=choices.variants,
        measurements=choices.measurements,
        profile=choices.profile,
        differences=differences.seconds,
        reduced=fp32 if choices.reduced else None,
        latency_reduced=max(fp32.each, 1e-6),
    )


def time_left(costs: Costs, probe: Probe, sets: Sets, effort: Effort) -> TimeLeft:
    """Return the seconds that a run still needs: with plain INT8 accepted, and with a full search.

    Measurements that were taken from an earlier run count as done, since the ledger has their
    cost. Further acceptance rounds after a refusal are not foreseen.

    Args:
        costs: the ledger.
        probe: times of the steps.
        sets: sizes of the sets of samples.
        effort: the limits of the search.
    """
    plain = _rest(costs, plain_passes(probe, sets, effort))
    if not _is_over(Stage.CALIBRATION, costs):
        return TimeLeft(plain, None)
    full = _rest(costs, full_search(probe, sets, effort))
    if costs.stages.keys() & set(FALLING_BACK):
        return TimeLeft(full, full)
    return TimeLeft(min(plain, full), full)


def _line(spent: Spent, fixed: float) -> Line:
    """Return the line of a stage of inferences; the mean where compilations are not known."""
    compiled = min(fixed * spent.compilations, spent.seconds)
    return Line(fixed, (spent.seconds - compiled) / max(1, spent.inferences))


def _rest(costs: Costs, plan: Stages) -> float:
    return sum(
        _stage_rest(stage, costs.so_far(stage), planned)
        for stage, planned in plan.items()
        if not _is_over(stage, costs)
    )


def _is_over(stage: Stage, costs: Costs) -> bool:
    """Return whether a later stage has begun."""
    begun = (position(other) for other in costs.stages if other not in RECURRING)
    return position(stage) < max(begun, default=0)


def _stage_rest(stage: Stage, spent: Spent, planned: Spent) -> float:
    """Return the seconds that are left of a stage."""
    todo = max(0, planned.inferences - spent.inferences)
    if stage in INFERENCE_ALONE and spent.inferences >= _MEASURED_SHARE * planned.inferences > 0:
        return spent.seconds / spent.inferences * todo
    return max(0.0, planned.seconds - spent.seconds)
