"""The FP32 baseline: recorded while it is measured, and read back from the journal."""

from collections.abc import Callable, Sequence
from typing import Any

from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.core.progress import Progress
from calibrate.core.tensors import Tensors
from calibrate.evaluation.observe import observe_reference
from calibrate.evaluation.recorder import ObservationRecorder
from calibrate.evaluation.reference import Reference, Task
from calibrate.evaluation.serialization import (
    column,
    entries,
    of_predictions,
    to_observation,
    to_predictions,
)
from calibrate.runtime.inference import Network
from calibrate.store.base import Content, ScopedJournal

FP32_MODEL = {"candidate": "fp32"}


def observe_fp32(
    network: Callable[[], Network],
    samples: tuple[Tensors, Sequence[int]],
    judge: Task,
    journal: ScopedJournal,
    *,
    costs: Costs,
    progress: Progress,
) -> tuple[Observation, Reference]:
    """Observe FP32 on the samples; the model is compiled only if records are missing.

    Args:
        network: compiles the FP32 model.
        samples: all samples, and the indices of those to observe.
        judge: decoder and metrics.
        journal: journal of this model, these samples and this decoder and metrics.
        costs: the ledger.
        progress: counts samples, and notes how many results of an earlier run are kept.
    """
    tensors, indices = samples
    fp32_journal = journal.within(FP32_MODEL)
    observation, reference = Observation(), Reference.empty(tensors, judge)
    for content in fp32_journal.recall("observation", {}):
        observation.update(to_observation(content))
        _restore(content, reference)
        costs.recall(Spent(**content["cost"]))
        progress.advance(len(content["indices"]))
    missing = [index for index in indices if index not in observation.evidence]
    if kept := len(indices) - len(missing):
        progress.note(f"Continuing: {kept} of {len(indices)} baseline results kept.")
    if missing:
        latest = reference

        def look(so_far: Observation, partial: Reference) -> None:
            nonlocal latest
            latest = partial
            recorder.look(so_far)

        recorder = ObservationRecorder(
            fp32_journal, costs, lambda fresh: _reference_content(latest, fresh)
        )
        try:
            measured, new_reference = observe_reference(
                network(), tensors, missing, judge, progress.advance, look
            )
        finally:
            recorder.finish()
        observation.update(measured)
        if not reference.signatures:
            return observation, new_reference
        reference.signatures.update(new_reference.signatures)
        reference.predictions.update(new_reference.predictions)
    return observation, reference


def _reference_content(reference: Reference, indices: Sequence[int]) -> Content:
    """Return signatures, and predictions if a metric compares with them, as a record."""
    content: dict[str, Any] = {
        "signatures": column([reference.signatures[index] for index in indices])
    }
    if reference.judge.needs_reference:
        content["predictions"] = of_predictions([reference.predictions[index] for index in indices])
    return content


def _restore(content: Content, reference: Reference) -> None:
    indices = [int(index) for index in content["indices"]]
    reference.signatures.update(zip(indices, entries(content["signatures"]), strict=True))
    if "predictions" in content:
        predictions = to_predictions(content["predictions"])
        reference.predictions.update(zip(indices, predictions, strict=True))
