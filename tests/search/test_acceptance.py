import pytest

from calibrate.core.evaluator import Trial
from calibrate.core.observation import NOT_FINITE, Observation
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.verdict import Interval
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import Proposal
from calibrate.stats.verdict import judge, judge_floating_point

QUANTIZED = Candidate((INT8,))
TRIAL = Trial(QUANTIZED, 0.0, 0.1, (0.0,), (0.0,), images=2)


def verdict(drop: float, low: float, high: float):
    return judge("m", Interval(drop, low, high, 0.95, "t", 2), 0.01, "estimate")


PROVEN, ACCEPTED, OVER = (
    verdict(0.0, 0.0, 0.0),
    verdict(0.0, -0.1, 0.1),
    verdict(0.05, 0.02, 0.08),
)


@pytest.mark.parametrize(
    ("divergences", "verdicts", "outcome", "is_finite"),
    [
        ((0.1, 0.2), (PROVEN,), "proven", True),
        ((0.1, 0.2), (PROVEN, ACCEPTED), "accepted", True),
        ((0.1, 0.2), (PROVEN, OVER), "over", True),
        ((0.1, NOT_FINITE), (PROVEN,), "over", False),
        ((NOT_FINITE, NOT_FINITE), (ACCEPTED,), "over", False),
    ],
)
def test_the_outcome_of_a_round(divergences, verdicts, outcome, is_finite):
    observation = Observation(divergence=dict(enumerate(divergences)))
    round_ = AcceptanceRound(
        (Proposal(QUANTIZED, TRIAL, 0.5),), QUANTIZED, ((0, 1),), observation, verdicts
    )
    assert (round_.outcome, round_.is_finite, round_.passed) == (
        outcome,
        is_finite,
        outcome != "over",
    )


def test_floating_point_passes_without_divergences():
    fp32 = Candidate((FP32,))
    proposal = Proposal(fp32, None, 0.0)
    verdicts = (judge_floating_point("m", 0.01, 2),)
    round_ = AcceptanceRound((proposal,), fp32, ((0, 1),), Observation(), verdicts)
    assert (round_.outcome, round_.passed, round_.damage) == ("floating_point", True, 0.0)
