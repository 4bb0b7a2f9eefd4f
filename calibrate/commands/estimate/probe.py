"""Time the steps of a run on a few images: reading, quantizing, inference and evaluation."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import openvino as ov

from calibrate.commands.estimate.inputs import Line, Probe
from calibrate.commands.estimate.set_sizes import expected_sets
from calibrate.commands.estimate.timing import mean_latency, process_time_of, timed
from calibrate.commands.estimate.tiny_models import EstimateInputs
from calibrate.config.quantization import Quantization
from calibrate.config.resolved import Resolved
from calibrate.context.dataset import choose_items, load_samples
from calibrate.context.preflight import check_decoder, preparation_difference
from calibrate.context.run_context import read_source, task_of
from calibrate.core.component import HasAutoParameters
from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.core.precision import (
    FLOATS,
    FP32,
    INT8,
    Candidate,
    Precision,
)
from calibrate.core.progress import NoProgress, Progress
from calibrate.core.sample import Item
from calibrate.core.subset_sizes import DIFFERENCE_IMAGES
from calibrate.datasets.loading.sample_store import bytes_of
from calibrate.evaluation.observe import judge_into, observe, observe_reference
from calibrate.evaluation.reference import Reference
from calibrate.models.prepare import Prepared, prepare
from calibrate.models.write import write_model
from calibrate.quantization.float_groups import with_reduced_float
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.recipe_selection import free_recipes, slower_recipes
from calibrate.report_builder.prediction_diffs import compared
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, sample_name
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.runtime.inference_batch import trial_cost
from calibrate.runtime.inference_precision import deployed_type, with_precision
from calibrate.runtime.memory_footprint import peak_memory
from calibrate.runtime.profiling import executed_nodes
from calibrate.search.group_costs import profile_cost
from calibrate.search.group_testing import count_measurements
from calibrate.search.target_observation import executor_for
from calibrate.search.targets import TargetExecution, target_executions
from calibrate.search.variant_builder import recipe_inferences

_FEW = 2
_IMAGES = 24

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Probed:
    """The measurements on a few images.

    Attributes:
        probe: times of the steps.
        listed: images of the dataset that a run would use.
        inputs: bytes of one image's inputs.
        others: bytes of the other data kept for an image.
        child: bytes, resident, of a process that runs FP32 and nothing else.
        first: the precision of the first candidate.
    """

    probe: Probe
    listed: int
    inputs: int
    others: int
    child: int
    first: Precision


def probe(resolved: Resolved, progress: Progress, work: Path) -> Probed:
    """Read, decode, quantize and infer on a few images.

    Args:
        resolved: a checked config.
        progress: reports the stages.
        work: folder for data that does not fit into memory.

    Raises:
        CalibrateError: anything wrong with the input.
    """
    costs = Costs(time.perf_counter)
    deployed_as = resolved.config.deployment.inference_precision
    executions = target_executions(resolved.config.targets, this_cpu(), deployed_as)
    others = [execution for execution in executions if execution.how != "here"]
    progress.stage("Reading the model")
    read, (source, plans) = timed(lambda: read_source(resolved))
    progress.stage("Reading a few samples")
    listed, items = timed(lambda: choose_items(resolved))
    chosen = _spread(items, _IMAGES)
    first, _ = timed(lambda: load_samples(resolved, chosen[:2], plans, NoProgress(), work))
    decoded, (tensors, plans) = timed(
        lambda: load_samples(resolved, chosen, plans, NoProgress(), work)
    )
    progress.stage("Preparing the model")

    def prepared_and_compared() -> Prepared:
        result = prepare(source, plans)
        check_decoder(resolved, result.model)
        preparation_difference(source, plans, result.model, tensors, costs)
        return result

    preparing, prepared = timed(prepared_and_compared)
    kept = find_postprocessing(prepared.model) if resolved.config.quantization.keep_tail else ()
    inputs = EstimateInputs(resolved, tensors, plans, prepared, kept)
    progress.stage("Probing FP32")
    fp32, has_answers, reference = _fp32(inputs, costs)
    progress.stage("Probing calibration")
    if INT8 in inputs.settings.precision_values:
        inputs.quantized(inputs.settings, 1)  # the first call of NNCF loads libraries
    plain, models = _quantizing(inputs, lambda count: inputs.first(inputs.settings, count))
    groups = inputs.groups(models)
    deployed = FLOATS[deployed_type(deployed_as)]
    if deployed != FP32:
        nodes = executed_nodes(prepared.model, costs, deployed.compute_type)
        groups = with_reduced_float(groups, deployed, nodes)
    progress.stage("Probing INT8" if INT8 in models else "Probing compressed weights")
    whole = Candidate.uniform(groups, next(iter(models)))
    composing, model = timed(lambda: inputs.composed(models, groups, whole))
    int8 = _judged(model, reference, costs, deployed)
    latencies = [
        mean_latency(timed_model, tensors, precision)
        for timed_model, precision in (
            (prepared.model, FP32),
            (model, deployed),
            (prepared.model, deployed),
        )
    ]
    targets = tuple(_target(execution, model, reference, costs) for execution in others)
    progress.stage("Probing recipes")
    footprint, child = timed(lambda: _footprint(prepared.model, work / "probe.xml"))
    offered = {name for group in groups for name in group.precisions}
    sized = resolved.config.search.objective == "size"
    measured = Probe(
        read=read,
        decode=Line(listed + max(0.0, first - decoded), decoded / len(chosen)),
        prepare=preparing,
        fp32=fp32,
        int8=int8,
        plain=plain,
        recipes=_recipes(inputs, expected_sets(resolved, len(items)).calibration),
        free_recipes=len(free_recipes(inputs.settings, resolved.config.search.recipes)),
        compose=composing,
        footprint=footprint,
        latency=latencies[0],
        latency_int8=latencies[1],
        streams=_streams(prepared.model),
        batch_trial=(
            Spent()
            if any(tensors.batch_axes)
            else trial_cost(task_of(resolved).watched(prepared.model), len(items))
        ),
        groups=len(groups),
        measurements=count_measurements(groups),
        variants=sum(len(group.precisions) - 1 for group in groups),
        integers=INT8 in models,
        profile=Spent() if sized else profile_cost(offered | {FP32}, deployed.compute_type),
        measures_groups=any(len({*group.precisions} - {FP32, deployed}) > 1 for group in groups),
        is_cheapest=sized and inputs.is_smallest(models, groups),
        targets=targets,
        differences=None if has_answers else _comparing(inputs, model, costs),
        finds_parameters=isinstance(resolved.decoder, HasAutoParameters),
        reduced=None if deployed == FP32 else _judged(prepared.model, reference, costs, deployed),
        latency_reduced=latencies[2],
    )
    input_bytes = sum(rows[0].nbytes for rows in tensors.inputs)
    rest = bytes_of([tensors.facts, reference.signatures, reference.predictions])
    return Probed(
        measured, len(items), input_bytes, rest // len(tensors), child, next(iter(models))
    )


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return entries spread over the list, since neighbours are often alike."""
    step = max(1, len(items) // most)
    return list(items[::step][:most])


def _fp32(inputs: EstimateInputs, costs: Costs) -> tuple[Line, bool, Reference]:
    """Return the time of FP32, whether each image gets one class as answer, and FP32's outputs."""
    evaluator = task_of(inputs.resolved)
    compiling, network = timed(lambda: Network(evaluator.watched(inputs.prepared.model), costs))
    evaluator = evaluator.fitted(network, inputs.tensors)

    def run() -> tuple[Observation, Reference]:
        return observe_reference(network, inputs.tensors, inputs.indices, evaluator, lambda: None)

    run()  # the first inferences allocate
    seconds, (observation, reference) = timed(run)
    return Line(compiling, seconds / len(inputs.tensors)), bool(observation.answers), reference


def _judged(model: ov.Model, reference: Reference, costs: Costs, deployed: Precision) -> Line:
    """Return the time to compile a model as it is deployed, and to evaluate an image."""
    watched = reference.judge.watched(model)
    properties = with_precision(THROUGHPUT, deployed.compute_type)
    compiling, network = timed(lambda: Network(watched, costs, properties))
    indices = range(len(reference.tensors))

    def run() -> object:
        return observe(network, reference, indices)

    run()
    seconds, _ = timed(run)
    return Line(compiling, seconds / len(indices))


def _target(
    execution: TargetExecution, model: ov.Model, reference: Reference, costs: Costs
) -> Line:
    """Time the evaluation of a model as another CPU executes it."""

    def evaluate(count: int) -> float:
        evaluator = judge_into(Observation(), reference)
        catalog = Catalog({"model": lambda: model}, reference.tensors, {"judge": evaluator}, costs)
        names = tuple(sample_name(reference.tensors, index) for index in range(count))
        request = EvaluationRequest("model", names, "judge")
        return timed(lambda: executor_for(execution, catalog).submit(request).result())[0]

    most = len(reference.tensors)
    return Line.through((1, evaluate(1)), (most, evaluate(most)))


def _comparing(inputs: EstimateInputs, model: ov.Model, costs: Costs) -> float:
    """Return the seconds to compare predictions on as many images as a run compares."""
    models, indices = (inputs.prepared.model, model), inputs.indices[:DIFFERENCE_IMAGES]
    return timed(lambda: compared(inputs.resolved, models, inputs.tensors, indices, costs))[0]


def _quantizing(inputs: EstimateInputs, make: Callable[[int], Result]) -> tuple[Line, Result]:
    """Return the seconds over the number of calibration images, and the result for all of them.

    The slope is small against the fixed time, so it is taken from processor time, which other
    programs on the machine do not affect.
    """
    least, most = min(_FEW, len(inputs.tensors) - 1), len(inputs.tensors)
    first, _, _ = process_time_of(lambda: make(least))
    worked, took, result = process_time_of(lambda: make(most))
    share = took / worked if worked > 0 else 1.0
    return Line.through((least, first * share), (most, took)), result


def _recipes(inputs: EstimateInputs, calibration: int) -> tuple[Spent, ...]:
    """Return the cost of quantizing with each recipe, the free ones first.

    Seconds are those of the first one that changes settings; they differ little. Ranges are read
    with those of plain INT8, and a correction uses about as many images as the probe.
    """
    config = inputs.resolved.config
    given, effort = config.quantization, config.search.recipes
    recipes = (*free_recipes(given, effort), *slower_recipes(given, effort))
    settings = [recipe.depends_on(given) for recipe in recipes]
    changed = [result for result in settings if isinstance(result, Quantization)]
    if not changed:
        return ()
    seconds = inputs.recipe_seconds(changed[0], len(inputs.tensors))
    return tuple(
        Spent(seconds, 0, recipe_inferences(recipe, given, calibration)) for recipe in recipes
    )


def _streams(model: ov.Model) -> int:
    network = Network(model, Costs(time.perf_counter))
    return int(network.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))


def _footprint(model: ov.Model, path: Path) -> int:
    write_model(model, path)
    return peak_memory(path)
