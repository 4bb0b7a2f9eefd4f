import pytest

from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.search.decisions import Decision, DecisionLog

FIRST, SECOND = Candidate((INT8, INT8)), Candidate((INT8, FP32))


def decision(judged_on="search", candidate=FIRST, drops=(0.0,), passed=False, **more):
    return Decision(candidate, judged_on, 50, 0.2, drops, (0.01,), passed, **more)


@pytest.mark.parametrize(
    ("judgement", "reason"),
    [
        (decision(passed=True), "Expected within the target."),
        (decision(drops=(0.02,)), "The drop of accuracy@1 is over the target."),
        (
            decision(most_divergence=0.1),
            "It diverges more than is allowed after a refusal by the acceptance samples.",
        ),
        (decision(), "Expected over the target, by the drop model of all candidates so far."),
        (
            decision("acceptance", passed=True),
            "Every drop is accepted under the rule of `budget.accept`.",
        ),
        (
            decision("acceptance", drops=(0.02,)),
            "The estimated drop of accuracy@1 is over the budget.",
        ),
        (decision("acceptance", refused_by=("avx2", "sse41")), "Refused for avx2, sse41."),
        (
            decision("acceptance"),
            "The interval, the counted drop or an output that is not finite refuses it.",
        ),
    ],
)
def test_the_reason(judgement, reason):
    assert judgement.reason(["accuracy@1"]) == reason


def test_candidates_are_numbered_by_first_appearance():
    log = DecisionLog()
    order = [FIRST, SECOND, FIRST, SECOND]
    assert [log.add(decision(candidate=candidate)) for candidate in order] == [1, 2, 1, 2]
