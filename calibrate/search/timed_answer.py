"""Time the answer, the floating-point model and rivals; the fastest accepted model is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.context.performance import time_models
from calibrate.core.precision import ComputeType
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.machine_load import BUSY, DRIFT, Conditions
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.speed_check import PLAIN, REQUANTIZED, enforce_speed, rivals

FP32_MODEL = "fp32"
RESULT = "result"


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """The answer to write, and the models that were timed with it.

    Attributes:
        answer: the acceptance round of the written model.
        rounds: every acceptance round, those of the speed check included.
        note: note for the report, possibly empty.
        models: models by name: `fp32`, `float` if floating point is deployed in another type,
            `int8`, `result`, and rivals.
        types: compute type of each model's floating point.
        timings: timings of each model.
        conditions: conditions of the timing.
        is_replaced: whether the answer of the search was replaced, because another accepted model
            is faster.
    """

    answer: AcceptanceRound
    rounds: tuple[AcceptanceRound, ...]
    note: str
    models: Mapping[str, ov.Model]
    types: Mapping[str, ComputeType]
    timings: Mapping[str, Timing]
    conditions: Conditions
    is_replaced: bool = False

    @property
    def shown(self) -> dict[str, ov.Model]:
        """The models that a report shows, the result last."""
        return {name: model for name, model in self.models.items() if name != REQUANTIZED}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the report on the choice and on the times."""
        return tuple(text for text in (self.note, disturbance(self.conditions)) if text)


def disturbance(conditions: Conditions) -> str:
    """Describe the disturbances of a timing, with advice; empty without any."""
    reasons = []
    if conditions.others > BUSY:
        share = f"{100 * conditions.others:.0f} %"
        reasons.append(f"other processes took {share} of the machine's processors")
    if abs(conditions.drift) > DRIFT:
        change = "slower" if conditions.drift > 0 else "faster"
        size = f"{100 * abs(conditions.drift):.0f} %"
        reasons.append(f"the same model became {size} {change} from the first rounds to the last")
    if not reasons:
        return ""
    return (
        f"While the models were timed, {' and '.join(reasons)}: the times are uncertain and are "
        "not kept for other runs. `--retime` on a quiet machine measures them again."
    )


def time_answer(
    searches: Sequence[MixedPrecisionSearch],
    rounds: Sequence[AcceptanceRound],
    answer: AcceptanceRound,
) -> TimedAnswer:
    """Time the answer and the models that it must not be slower than, and choose.

    Args:
        searches: searches of this run, one per fold.
        rounds: all acceptance rounds.
        answer: the best of them.
    """
    store, context = searches[0].variant_store, searches[0].context
    deployed = context.baseline.compute_type
    candidates = {PLAIN: store.plain, **rivals(store, answer), RESULT: answer.candidate}
    models = {
        FP32_MODEL: context.baseline.model,
        **{name: store.model(candidate) for name, candidate in candidates.items()},
    }
    types: dict[str, ComputeType] = dict.fromkeys(models, deployed)
    types[FP32_MODEL] = "f32"
    if answer.candidate.is_fp32:
        types[RESULT] = "f32"  # by its marks, or by the hint that the report states
    comparison = time_models(context.store, context.data.tensors, models, types=types)
    timings = dict(comparison.timings)
    checked = enforce_speed(searches, rounds, answer, timings, models)
    if checked.answer is not answer:
        chosen = checked.answer.candidate
        same = [name for name, candidate in candidates.items() if candidate == chosen]
        models[RESULT] = store.model(chosen)
        timings[RESULT] = timings[same[0] if same else FP32_MODEL]
        types[RESULT] = types[same[0] if same else FP32_MODEL]
    return TimedAnswer(
        checked.answer,
        checked.rounds,
        checked.note,
        models,
        types,
        timings,
        comparison.conditions,
        is_replaced=checked.answer is not answer,
    )
