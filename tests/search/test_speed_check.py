from types import SimpleNamespace

import pytest

from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate, Group, Precision
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.profiling import Executed
from calibrate.search import speed_check as module
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import Proposal
from calibrate.search.speed_check import enforce_speed

GROUPS = (Group("a", ("a",), ("qa",)), Group("b", ("b",), ("qb",)))


def judged(*precisions: Precision) -> AcceptanceRound:
    candidate = Candidate(precisions)
    return AcceptanceRound((Proposal(candidate, None, 0.5),), candidate, ((0,),), Observation(), ())


ANSWER = judged(INT8, FP32)


def timing(speedup: float, throughput: float) -> Timing:
    return Timing(1.0, 1.0, 1.0, throughput, (speedup,))


def node(name: str, microseconds: float) -> Executed:
    return Executed((name,), "Convolution", "i8", "gemm", microseconds, (), name)


@pytest.fixture
def outcome(monkeypatch):
    """What is settled for a speed, and who is to blame: b takes 30 µs more, a takes 5 less."""
    monkeypatch.setattr(module, "judge_on_acceptance", lambda _, given: judged(*given[0].candidate))
    profiles = {
        "fp32": (node("a", 10.0), node("b", 10.0)),
        "int8": (node("a", 5.0), node("b", 40.0)),
    }

    def make(objective: str, speedup: float, throughput: float, answer: AcceptanceRound = ANSWER):
        context = SimpleNamespace(
            resolved=SimpleNamespace(
                config=SimpleNamespace(search=SimpleNamespace(objective=objective))
            ),
            store=SimpleNamespace(profile=lambda model, *_: profiles[model]),
            prepared=SimpleNamespace(model="fp32"),
            images=SimpleNamespace(tensors=None),
            costs=None,
        )
        mixed_precision_search = SimpleNamespace(
            context=context, variant_store=SimpleNamespace(groups=GROUPS)
        )
        measured = {"fp32": timing(1.0, 100.0), "result": timing(speedup, throughput)}
        return enforce_speed([mixed_precision_search], answer, measured, "int8")

    return make


@pytest.mark.parametrize(
    ("objective", "speedup", "throughput"),
    [
        ("latency", 1.0, 50.0),
        ("latency", 2.0, 50.0),
        ("throughput", 0.5, 150.0),
        ("size", 1.5, 1.0),
    ],
)
def test_what_pays_stays(outcome, objective, speedup, throughput):
    assert outcome(objective, speedup, throughput) == (ANSWER, "")


@pytest.mark.parametrize(
    ("objective", "speedup", "throughput", "told"),
    [("latency", 0.8, 150.0, "0.80"), ("throughput", 2.0, 90.0, "0.90")],
)
def test_what_does_not_is_fp32_with_the_layer_to_blame(
    outcome, objective, speedup, throughput, told
):
    answer, note = outcome(objective, speedup, throughput)
    assert set(answer.candidate) == {FP32}
    assert note == (
        f"INT8 does not pay on this CPU: {told} of FP32's speed, so the answer is FP32; "
        "it is slower in b (Convolution, +30 µs)."
    )


def test_a_smaller_model_may_be_slower(outcome):
    answer, note = outcome("size", 0.8, 150.0)
    assert answer is ANSWER
    assert note.startswith("The result is smaller, and runs at 0.80 of FP32's speed; ")


def test_fp32_is_not_compared_with_itself(outcome):
    fp32 = judged(FP32, FP32)
    assert outcome("latency", 0.99, 99.0, fp32) == (fp32, "")
