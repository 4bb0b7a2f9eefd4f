"""What everything stands on: images, the prepared FP32 model, and what it makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.resolved import Resolved
from calibrate.context.cache_keys import (
    arithmetic_facts,
    judge_digest,
    model_digest,
    tensors_digest,
)
from calibrate.context.dataset import Images, choose_items, divide, gather
from calibrate.context.load_model import read_foreign
from calibrate.context.measurement_store import Memory, Shelf
from calibrate.context.preflight import check_decoder, check_reference, preparation_difference
from calibrate.context.scores import Scoreboard
from calibrate.core.annotation import ClassLabel
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.prediction import ClassScores
from calibrate.core.progress import Progress
from calibrate.core.tensors import Tensors
from calibrate.evaluation.fp32_baseline import observe_fp32
from calibrate.evaluation.observe import Judge, Reference
from calibrate.models.inputs import InputPlan, plan_inputs
from calibrate.models.prepare import Prepared, prepare
from calibrate.models.write import digest_files
from calibrate.quantization.ignored_scope import check_scope
from calibrate.runtime.inference import Network
from calibrate.stats.temperature_scaling import fit_temperature, tempered


@dataclass(frozen=True, slots=True)
class Ground:
    """The FP32 side of a run."""

    resolved: Resolved
    plans: tuple[InputPlan, ...]
    prepared: Prepared
    largest_difference: float
    images: Images
    reference: Reference
    observed: Observation
    costs: Costs
    progress: Progress
    memory: Memory = field(default_factory=Memory)

    @property
    def board(self) -> Scoreboard:
        """Scores and drops against FP32, counted alone."""
        seed = self.resolved.config.dataset.subsample_seed
        return Scoreboard(self.resolved.metrics, self.observed, seed)


def read_source(resolved: Resolved) -> tuple[ov.Model, tuple[InputPlan, ...]]:
    """The source model and what its inputs want."""
    source = read_foreign(resolved.config.model.path)
    return source, plan_inputs(source, resolved.config.model.inputs)


def lay_ground(
    resolved: Resolved, costs: Costs, progress: Progress, work: Path, shelf: Shelf | None = None
) -> Ground:
    """Read model and images, prepare FP32, and observe it on every image.

    Args:
        resolved: a checked config.
        costs: the ledger.
        progress: told what happens.
        work: folder for tensors that do not fit into memory.
        shelf: where measurements are kept and found again; nothing is kept by default.

    Raises:
        CalibrateError: anything wrong with the input, before anything is quantized.
    """
    with costs.stage("read model"):
        progress.stage("Reading the model")
        source, plans = read_source(resolved)
    with costs.stage("decode"):
        progress.stage("Listing the dataset")
        items = choose_items(resolved)
        tensors, plans = gather(resolved, items, plans, progress, work)
        images = divide(resolved, tensors)
    with costs.stage("prepare"):
        progress.stage("Preparing the model")
        prepared = prepare(source, plans)
        check_decoder(resolved, prepared.model)
        check_scope(prepared.model, resolved.config.quantization.ignored_scope)
        memory = _remember(resolved, prepared.model, tensors, costs, progress, shelf or Shelf())
        difference = memory.once(
            "difference",
            {"source": digest_files(resolved.config.model.path)},
            lambda: {
                "largest": preparation_difference(source, plans, prepared.model, tensors, costs)
            },
        )["largest"]
    with costs.stage("fp32"):
        everything = images.everything
        progress.stage("Measuring FP32", len(everything))
        judge = judge_of(resolved)
        observed, reference = observe_fp32(
            lambda: Network(judge.watched(prepared.model), costs),
            (tensors, everything),
            judge,
            memory.observations,
            costs=costs,
            advance=progress.advance,
        )
    ground = Ground(
        resolved=resolved,
        plans=plans,
        prepared=prepared,
        largest_difference=difference,
        images=images,
        reference=reference,
        observed=observed,
        costs=costs,
        progress=progress,
        memory=memory,
    )
    values = [
        ground.board.value(observed, position, everything)
        for position in range(len(resolved.metrics))
    ]
    check_reference(resolved, values)
    return ground


def believe(reference: Reference, labelled: Sequence[int]) -> Mapping[int, NDArray[np.float64]]:
    """How probable FP32 makes each class of each sample, corrected by the labels of some.

    Args:
        reference: FP32's predictions.
        labelled: samples whose labels may be used: those of the search.

    Returns:
        [C] by sample; empty where the task has no class probabilities.
    """
    scores = {
        index: np.asarray(prediction.scores, np.float64)
        for index, prediction in reference.predictions.items()
        if isinstance(prediction, ClassScores)
    }
    known = [
        (scores[index], annotation.label)
        for index in labelled
        if index in scores
        and isinstance(annotation := reference.tensors.facts[index].annotation, ClassLabel)
    ]
    temperature = fit_temperature([p for p, _ in known], [label for _, label in known])
    return {index: tempered(probabilities, temperature) for index, probabilities in scores.items()}


def judge_of(resolved: Resolved) -> Judge:
    """How this config judges outputs."""
    return Judge(resolved.decoder, tuple(judged.metric for judged in resolved.metrics))


def _remember(
    resolved: Resolved,
    prepared: ov.Model,
    tensors: Tensors,
    costs: Costs,
    progress: Progress,
    shelf: Shelf,
) -> Memory:
    facts = {
        "model": model_digest(prepared),
        "images": tensors_digest(tensors),
        **arithmetic_facts(),
    }
    memory = Memory(shelf, facts, judge_digest(judge_of(resolved)), costs, progress)
    memory.tell_unused()
    return memory
