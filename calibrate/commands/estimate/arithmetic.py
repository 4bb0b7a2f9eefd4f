"""Compute the cost of a run, stage by stage, from the measurements of a probe."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, log2

from calibrate.commands.estimate.inputs import Effort, Probe, Sets
from calibrate.context.preflight import CHECKED_SAMPLES
from calibrate.core.costs import Spent
from calibrate.core.evaluator import FIRST_IMAGES
from calibrate.core.subset_sizes import (
    CORRECTION_INFERENCES,
    DIFFERENCE_IMAGES,
    HISTOGRAM_IMAGES,
    LAYER_ERROR_IMAGES,
    RANGE_IMAGES,
    RECIPE_IMAGES,
    SATURATION_INFERENCES,
)
from calibrate.evaluation.auto_parameters import MOST_SAMPLES as FITTED_SAMPLES
from calibrate.report_builder.sensitivities import SECONDS, report_seconds
from calibrate.runtime.benchmark import Effort as TimingEffort
from calibrate.search.group_testing import most_measurements


def plain_passes(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """Return the stages of a run whose first candidate is within budget.

    The free recipes are compared before anything is judged; one of them is better as a rule.
    """
    if not probe.goes_on:
        models = {**_floats(probe), "int8": probe.latency_int8}
        if probe.recipes:
            models["result"] = probe.latency_int8
        # Costs decide whether groups in reduced floating point could be faster.
        priced = {} if probe.reduced is None else {"profile": _prices(probe)}
        return {
            **_beginning(probe, sets),
            **_recipes(probe, sets),
            **priced,
            **_judging(probe, sets),
            **_ending(probe, sets, effort, models),
            **_report_sensitivities(probe, sets),
        }
    walk = {} if probe.is_cheapest else _candidates(probe, sets, effort)
    return {
        **_beginning(probe, sets),
        **_groups(probe, sets, effort),
        **walk,
        **_judging(probe, sets, anew=bool(walk)),
        **_ending(probe, sets, effort, _three(probe)),
    }


def full_search(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """Return the stages of a run that tries every recipe and then searches layers."""
    return {
        **_beginning(probe, sets),
        **_recipes(probe, sets),
        **_tuning(probe, sets, effort),
        **_groups(probe, sets, effort),
        **_candidates(probe, sets, effort),
        **_judging(probe, sets, anew=True),
        **_ending(probe, sets, effort, _three(probe)),
    }


def _recipes(probe: Probe, sets: Sets) -> dict[str, Spent]:
    """Return the stage that makes and compares the recipes; empty where there is none."""
    if not probe.recipes:
        return {}
    corrected = min(CORRECTION_INFERENCES, sets.calibration)
    recipes = Spent()
    for position, recipe in enumerate(probe.recipes):
        # The first recipe usually beats the default and is evaluated; the others are compared.
        images = min(RECIPE_IMAGES, sets.search) if position else sets.search
        recipes.seconds += recipe.at(corrected) + _evaluated(probe, images)
        recipes.compilations += 1
        recipes.inferences += corrected + images
    return {"recipes": recipes}


def _tuning(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """Return the stage that fine-tunes the best variant and compares it; empty without it."""
    if not effort.tuning or not probe.integers:
        return {}
    models = 1 if sets.separate else sets.folds
    compared = _evaluated(probe, sets.search)
    return {"fine-tuning": Spent(effort.tuning + compared, models, sets.search)}


def resident(limit: int, inputs: int, others: int) -> int:
    """Return the bytes of samples that stay in memory, as the spill buffer divides it.

    Args:
        limit: bytes.
        inputs: of all samples; they are in memory together or not at all.
        others: of annotations and FP32's outputs, as many as fit.
    """
    kept = inputs if inputs <= limit else 0
    return kept + min(limit - kept, others)


def total(stages: Mapping[str, Spent]) -> Spent:
    """Return the sum over all stages."""
    return Spent(
        sum(spent.seconds for spent in stages.values()),
        sum(spent.compilations for spent in stages.values()),
        sum(spent.inferences for spent in stages.values()),
    )


def _beginning(probe: Probe, sets: Sets) -> dict[str, Spent]:
    """Return the stages that every run begins with."""
    every, looked_at = sets.everything, sets.calibration if probe.integers else 0
    int8 = Spent(probe.compose + probe.int8.at(every), 1, every)
    if probe.reduced is not None:
        # One more compilation tells which operations run in it.
        int8.seconds += probe.compose + probe.reduced.fixed + probe.reduced.at(every)
        int8.compilations += 2
        int8.inferences += every
    calibrated = max(sets.compression, looked_at)
    fitted = min(FITTED_SAMPLES, every) if probe.finds_parameters else 0
    return {
        "read model": Spent(probe.read),
        "decode": Spent(probe.decode.at(every + sets.separate)),
        "prepare": Spent(
            probe.prepare + (probe.fp32.at(fitted) if fitted else 0.0),
            3 if fitted else 2,
            2 * CHECKED_SAMPLES + fitted,
        ),
        "inference batch": replace(
            probe.batch_trial,
            seconds=probe.batch_trial.compilations * probe.fp32.fixed
            + probe.batch_trial.inferences * probe.latency,
        ),
        "fp32": Spent(probe.fp32.at(every), 1, every),
        "calibration": Spent(probe.plain.at(calibrated), 0, looked_at + sets.compression),
        "int8": int8,
    }


def _groups(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """Return the stages that measure sensitivities and costs of groups."""
    ranking = min(effort.ranking, sets.search)
    return {
        "sensitivity": Spent(
            probe.alone * _evaluated(probe, ranking), probe.alone, probe.alone * ranking
        ),
        "profile": _profile(probe),
    }


def _report_sensitivities(probe: Probe, sets: Sets) -> dict[str, Spent]:
    """Return the stage that measures groups for the report alone; empty where it takes too long."""
    models = min(probe.groups, most_measurements(probe.groups))
    evaluation = probe.int8.at(sets.everything)
    seconds = report_seconds(models, evaluation, sets.everything)
    if not probe.integers or not models or seconds > SECONDS:
        return {}
    images = min(FIRST_IMAGES, sets.search)
    return {"report sensitivities": Spent(seconds, models, models * images)}


def _prices(probe: Probe) -> Spent:
    """Return what measuring the costs of groups takes."""
    seconds = probe.profile.inferences * probe.latency
    seconds += probe.profile.compilations * (probe.compose + probe.fp32.fixed)
    return replace(probe.profile, seconds=seconds)


def _profile(probe: Probe) -> Spent:
    """Return the stage that measures costs of groups and counts saturation in INT8."""
    prices = _prices(probe)
    if not probe.integers:
        return prices
    return Spent(
        prices.seconds + probe.fp32.at(SATURATION_INFERENCES),
        prices.compilations + 1,
        prices.inferences + SATURATION_INFERENCES,
    )


def _candidates(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """Return the stage that walks along the front."""
    evaluations = effort.evaluations or 3 + ceil(log2(probe.alone + 2))
    return {
        "candidates": Spent(
            evaluations * _evaluated(probe, sets.search), evaluations, evaluations * sets.search
        )
    }


def _judging(probe: Probe, sets: Sets, *, anew: bool = False) -> dict[str, Spent]:
    """Return one acceptance round: here if `anew`, and for each target."""
    images, spent = sets.acceptance, Spent()
    if anew:
        spent = Spent(_evaluated(probe, images), 1, images)
    for target in probe.targets:
        spent.seconds += sets.folds * (probe.compose + target.fixed) + target.each * images
        spent.compilations += sets.folds
        spent.inferences += images
    return {"acceptance": spent} if anew or probe.targets else {}


def _three(probe: Probe) -> dict[str, float]:
    """Return the latencies if the result is neither floating point nor the first candidate."""
    return {**_floats(probe), "int8": probe.latency_int8, "result": probe.latency}


def _floats(probe: Probe) -> dict[str, float]:
    """Return the latencies of FP32, and of floating point as deployed where that differs."""
    reduced = {} if probe.reduced is None else {"float": probe.latency_reduced}
    return {"fp32": probe.latency, **reduced}


def _evaluated(probe: Probe, images: int) -> float:
    """Return the seconds to evaluate a candidate, taken as the slower of FP32 and INT8."""
    each = max(probe.fp32.each, probe.int8.each)
    return probe.compose + probe.int8.fixed + each * images


def _ending(
    probe: Probe, sets: Sets, effort: Effort, latencies: Mapping[str, float]
) -> dict[str, Spent]:
    """Return the stages after every search: timing, memory, differences and ranges."""
    models = len(latencies)
    turns = TimingEffort(effort.timing).rounds + 1  # one of them to warm up
    slot = effort.timing / (2 * turns * models)
    inferences = sum(
        max(3, round(slot / latency)) + max(2 * probe.streams, min(512, round(slot / latency)))
        for latency in latencies.values()
    )
    ranges = RANGE_IMAGES + HISTOGRAM_IMAGES
    layers = min(LAYER_ERROR_IMAGES, sets.calibration)
    stages = {
        "timing": Spent(
            effort.timing + 2 * models * probe.fp32.fixed, 2 * models, turns * inferences
        ),
    }
    if probe.differences is not None:
        stages["differences"] = Spent(
            probe.differences, 2, 2 * min(DIFFERENCE_IMAGES, sets.everything)
        )
    if probe.integers:
        seconds = 2 * probe.fp32.fixed + ranges * probe.latency
        stages["ranges"] = Spent(seconds, 2, ranges)
        seconds = probe.compose + probe.fp32.fixed + layers * probe.latency
        stages["layer errors"] = Spent(seconds, 1, layers)
    if "result" in latencies:
        # The other models' memory is measured in the background.
        stages["memory"] = Spent(probe.footprint)
    return stages
