"""The FP32 pass: recorded while it is made, and taken from the journal where it was made."""

from collections.abc import Callable, Sequence
from typing import Any

from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.core.tensors import Tensors
from calibrate.evaluation.observe import Reference, Task, observe_reference
from calibrate.evaluation.recorder import ObservationRecorder
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
    advance: Callable[[], None],
) -> tuple[Observation, Reference]:
    """What FP32 makes of the samples; the model is compiled only if something is missing.

    Args:
        network: compiles the FP32 model.
        samples: all of them, and the indices of those that are observed.
        judge: decoder and metrics.
        journal: of this model, these samples and this judge.
        costs: the ledger.
        advance: called after each sample.
    """
    tensors, indices = samples
    own = journal.within(FP32_MODEL)
    seen, kept = Observation(), Reference.empty(tensors, judge)
    for content in own.recall("observation", {}):
        seen.update(to_observation(content))
        _put_back(content, kept)
        costs.recall(Spent(**content["cost"]))
        for _ in content["indices"]:
            advance()
    missing = [index for index in indices if index not in seen.evidence]
    if missing:
        latest = kept

        def look(found: Observation, made: Reference) -> None:
            nonlocal latest
            latest = made
            keeper.look(found)

        keeper = ObservationRecorder(own, costs, lambda fresh: _kept_of(latest, fresh))
        try:
            found, made = observe_reference(network(), tensors, missing, judge, advance, look)
        finally:
            keeper.finish()
        seen.update(found)
        if not kept.signatures:
            return seen, made
        kept.signatures.update(made.signatures)
        kept.predictions.update(made.predictions)
    return seen, kept


def _kept_of(reference: Reference, indices: Sequence[int]) -> Content:
    """Signatures, and predictions where a metric compares with them."""
    content: dict[str, Any] = {
        "signatures": column([reference.signatures[index] for index in indices])
    }
    if reference.judge.needs_reference:
        content["predictions"] = of_predictions([reference.predictions[index] for index in indices])
    return content


def _put_back(content: Content, reference: Reference) -> None:
    indices = [int(index) for index in content["indices"]]
    reference.signatures.update(zip(indices, entries(content["signatures"]), strict=True))
    if "predictions" in content:
        found = to_predictions(content["predictions"])
        reference.predictions.update(zip(indices, found, strict=True))
