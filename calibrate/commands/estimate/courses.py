"""Predict the cost of a run, stage by stage, at the pace that a probe measured.

The module of each stage counts its compilations and inferences. Here they are combined in the
order of a run, and multiplied by the seconds that one of them takes.
"""

from collections.abc import Mapping
from dataclasses import replace

from calibrate.commands.estimate.inputs import Effort, Line, Probe, Sets
from calibrate.context.performance import timing_effort
from calibrate.context.preflight import difference_cost
from calibrate.core.costs import Spent
from calibrate.core.stage import FLOOR, Stage
from calibrate.evaluation.auto_parameters import fitting_cost
from calibrate.report_builder.activation_ranges import ranges_cost
from calibrate.report_builder.layer_errors import layer_errors_cost
from calibrate.report_builder.prediction_diffs import comparison_cost as differences_cost
from calibrate.report_builder.sensitivities import affordable, allowed_seconds, measurement_cost
from calibrate.runtime.timing_effort import comparison_cost as timing_cost
from calibrate.search.folds import acceptance_cost, target_cost
from calibrate.search.front_walk import most_candidates
from calibrate.search.group_costs import saturation_cost
from calibrate.search.recipe_search import comparison_cost

Stages = dict[Stage, Spent]
"""The predicted cost of each stage, in the order of a run."""


def plain_passes(probe: Probe, sets: Sets, effort: Effort) -> Stages:
    """Return the stages of a run whose first candidate is within budget.

    The free recipes are compared before any candidate is judged; usually one of them is better.
    """
    beginning = _preparation(probe, sets) | _first_variant(probe, sets)
    if probe.measures_groups:
        walk = {} if probe.is_cheapest else _candidates(probe, sets, effort)
        return {
            **beginning,
            **_groups(probe, sets, effort),
            **walk,
            **_acceptance(probe, sets, on_this_cpu=bool(walk)),
            **_result(probe, sets, _three_latencies(probe)),
        }
    latencies = [*_float_latencies(probe), probe.latency_int8]
    if probe.free_recipes:
        latencies.append(probe.latency_int8)
    # Costs decide whether groups in reduced floating point could be faster.
    profile = {} if probe.reduced is None else {Stage.PROFILE: _profile(probe)}
    stages = {
        **beginning,
        **_recipes(probe, sets, probe.free_recipes),
        **profile,
        **_acceptance(probe, sets),
        **_result(probe, sets, latencies, as_quantized=not probe.free_recipes),
    }
    return stages | _report_sensitivities(probe, sets, stages)


def full_search(probe: Probe, sets: Sets, effort: Effort) -> Stages:
    """Return the stages of a run that tries every recipe and then searches layers."""
    return {
        **_preparation(probe, sets),
        **_first_variant(probe, sets),
        **_recipes(probe, sets, len(probe.recipes)),
        **_tuning(probe, sets, effort),
        **_groups(probe, sets, effort),
        **_candidates(probe, sets, effort),
        **_acceptance(probe, sets, on_this_cpu=True),
        **_result(probe, sets, _three_latencies(probe)),
    }


def total(stages: Mapping[Stage, Spent]) -> Spent:
    """Return the sum over all stages."""
    return sum(stages.values(), Spent())


def _preparation(probe: Probe, sets: Sets) -> Stages:
    """Return the stages until FP32 has been measured."""
    everything = sets.everything
    difference = replace(difference_cost(everything), seconds=probe.prepare)
    fitting = Spent()
    if probe.finds_parameters:
        fitting = probe.fp32.cost(fitting_cost(everything))
    compiled = Line(probe.fp32.fixed, probe.latency)
    return {
        Stage.READ_MODEL: Spent(probe.read),
        Stage.DECODE: Spent(probe.decode.at(everything + sets.separate)),
        Stage.PREPARE: difference + fitting,
        Stage.INFERENCE_BATCH: compiled.cost(probe.batch_trial),
        Stage.FP32: probe.fp32.cost(Spent.evaluations(1, everything)),
    }


def _first_variant(probe: Probe, sets: Sets) -> Stages:
    """Return the stages that make the first variant and measure it on every image."""
    calibration = sets.calibration if probe.integers else 0
    inferred = Spent(
        probe.plain.at(max(sets.compression, calibration)), 0, calibration + sets.compression
    )
    everything = Spent.evaluations(1, sets.everything)
    int8 = _candidate_line(probe, probe.int8).cost(everything)
    if probe.reduced is not None:
        # One more compilation shows which operations run in it.
        inferred += Spent(probe.reduced.fixed, 1)
        int8 += _candidate_line(probe, probe.reduced).cost(everything)
    return {Stage.CALIBRATION: inferred, Stage.INT8: int8}


def _recipes(probe: Probe, sets: Sets, tried: int) -> Stages:
    """Return the stage that makes the first `tried` recipes and compares them.

    One of them is evaluated on all search images: the first usually diverges less than plain INT8.
    """
    if not tried:
        return {}
    compared = comparison_cost(sets.search)
    counts = [compared] * tried + [Spent(inferences=sets.search - compared.inferences)]
    line = _slower_line(probe)
    comparisons = sum((line.cost(count) for count in counts), Spent())
    return {Stage.RECIPES: sum(probe.recipes[:tried], comparisons)}


def _tuning(probe: Probe, sets: Sets, effort: Effort) -> Stages:
    """Return the stage that fine-tunes the best variant and compares it; empty without it."""
    if not effort.tuning or not probe.integers:
        return {}
    models = 1 if sets.separate else sets.folds
    compared = _slower_line(probe).cost(Spent(0.0, models, sets.search))
    return {Stage.FINE_TUNING: Spent(effort.tuning) + compared}


def _groups(probe: Probe, sets: Sets, effort: Effort) -> Stages:
    """Return the stages that measure sensitivities and costs of groups."""
    measured = Spent.evaluations(probe.measurements, min(effort.ranking, sets.search))
    profile = _profile(probe)
    if probe.integers:
        profile += Line(probe.fp32.fixed, probe.latency).cost(saturation_cost(sets.calibration))
    return {Stage.SENSITIVITY: _slower_line(probe).cost(measured), Stage.PROFILE: profile}


def _profile(probe: Probe) -> Spent:
    """Return the cost of measuring the costs of groups."""
    return Line(probe.compose + probe.fp32.fixed, probe.latency).cost(probe.profile)


def _candidates(probe: Probe, sets: Sets, effort: Effort) -> Stages:
    """Return the stage that walks along the front."""
    # A front has at most a point for each change of one group, and the one in FP32.
    evaluations = most_candidates(effort.evaluations, probe.variants + 1)
    tried = Spent.evaluations(evaluations, sets.search)
    return {Stage.CANDIDATES: _slower_line(probe).cost(tried)}


def _acceptance(probe: Probe, sets: Sets, *, on_this_cpu: bool = False) -> Stages:
    """Return one acceptance round: on each further CPU, and on this one if `on_this_cpu`."""
    if not on_this_cpu and not probe.targets:
        return {}
    spent = Spent()
    if on_this_cpu:
        spent = _slower_line(probe).cost(acceptance_cost(sets.acceptance, sets.folds))
    for target in probe.targets:
        line = _candidate_line(probe, target)
        spent += line.cost(target_cost(sets.acceptance, sets.folds))
    return {Stage.ACCEPTANCE: spent}


def _result(
    probe: Probe, sets: Sets, latencies: list[float], *, as_quantized: bool = False
) -> Stages:
    """Return the stages after every search: timing, memory, and sections of the report.

    Args:
        probe: times of the steps.
        sets: sizes of the sets of samples.
        latencies: latencies of the models that are timed.
        as_quantized: whether the result is plain INT8, whose memory was measured meanwhile.
    """
    timing = timing_cost(latencies, timing_effort(len(latencies)), probe.streams)
    stages = {
        Stage.TIMING: timing + Spent(probe.fp32.fixed * timing.compilations),
    }
    if probe.differences is not None:
        differences = differences_cost(sets.everything)
        stages[Stage.DIFFERENCES] = replace(differences, seconds=probe.differences)
    if probe.integers:
        line = Line(probe.fp32.fixed, probe.latency)
        stages[Stage.RANGES] = line.cost(ranges_cost(sets.acceptance))
        stages[Stage.LAYER_ERRORS] = Line(probe.compose + line.fixed, line.each).cost(
            layer_errors_cost(sets.calibration)
        )
    if not as_quantized:
        stages[Stage.MEMORY] = Spent(probe.footprint)
    return stages


def _report_sensitivities(probe: Probe, sets: Sets, before: Stages) -> Stages:
    """Return the stage that measures groups for the report alone; empty where it takes too long."""
    if not probe.integers:
        return {}
    measurement = _candidate_line(probe, probe.int8).cost(measurement_cost(sets.search))
    floor = sum(before[stage].seconds for stage in FLOOR if stage in before)
    count = affordable(probe.groups, measurement.seconds, allowed_seconds(floor))
    return {Stage.REPORT_SENSITIVITIES: sum([measurement] * count, Spent())} if count else {}


def _candidate_line(probe: Probe, line: Line) -> Line:
    """Return the line of candidates, which are composed before they are compiled."""
    return Line(probe.compose + line.fixed, line.each)


def _slower_line(probe: Probe) -> Line:
    """Return the line of a candidate with FP32 and INT8 groups, as slow as the slower of both."""
    each = max(probe.fp32.each, probe.int8.each)
    return Line(probe.compose + probe.int8.fixed, each)


def _three_latencies(probe: Probe) -> list[float]:
    """Return the latencies if the result is neither floating point nor the first candidate."""
    return [*_float_latencies(probe), probe.latency_int8, probe.latency]


def _float_latencies(probe: Probe) -> list[float]:
    """Return the latencies of FP32, and of floating point as deployed where that differs."""
    return [probe.latency] if probe.reduced is None else [probe.latency, probe.latency_reduced]
