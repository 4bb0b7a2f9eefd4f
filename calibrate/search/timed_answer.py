"""Time the answer beside the floating-point model and its rivals; the fastest accepted one wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.context.performance import time_models
from calibrate.core.precision import ComputeType
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.load import BUSY, DRIFT, Conditions
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.speed_check import PLAIN, REQUANTIZED, enforce_speed, rivals

FP32_MODEL = "fp32"
RESULT = "result"


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """What is written, with the models that it was timed beside.

    Attributes:
        answer: the judgement of what is written.
        note: for the report, empty where there is nothing to say.
        models: by name: `fp32`, `float` where floating point is deployed in another type, `int8`,
            `result`, and rivals.
        types: what each computes floating point in.
        timings: of each.
        conditions: under which they were timed.
    """

    answer: AcceptanceRound
    note: str
    models: Mapping[str, ov.Model]
    types: Mapping[str, ComputeType]
    timings: Mapping[str, Timing]
    conditions: Conditions

    @property
    def shown(self) -> dict[str, ov.Model]:
        """The models that a report shows, the result last."""
        return {name: model for name, model in self.models.items() if name != REQUANTIZED}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know of the choice and of the times."""
        return tuple(text for text in (self.note, disturbance(self.conditions)) if text)


def disturbance(conditions: Conditions) -> str:
    """What disturbed a timing, and what to do; empty where nothing did."""
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
    """Time everything that the answer has to be no slower than, and choose.

    Args:
        searches: of this run, one a fold.
        rounds: everything that the acceptance samples judged.
        answer: the best of them.
    """
    store, context = searches[0].variant_store, searches[0].context
    deployed = context.deployed.compute_type
    candidates = {PLAIN: store.plain, **rivals(store, answer), RESULT: answer.candidate}
    models = {
        FP32_MODEL: context.prepared.model,
        **{name: store.model(candidate) for name, candidate in candidates.items()},
    }
    types: dict[str, ComputeType] = dict.fromkeys(models, deployed)
    types[FP32_MODEL] = "f32"
    comparison = time_models(context, models, types)
    timings = dict(comparison.timings)
    judged = enforce_speed(searches, rounds, answer, timings, models)
    if judged.answer is not answer:
        chosen = judged.answer.candidate
        same = [name for name, candidate in candidates.items() if candidate == chosen]
        models[RESULT] = store.model(chosen)
        timings[RESULT] = timings[same[0] if same else FP32_MODEL]
    return TimedAnswer(judged.answer, judged.note, models, types, timings, comparison.conditions)
