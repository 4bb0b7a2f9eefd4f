from dataclasses import dataclass

import pytest

from calibrate.config.resolved import JudgedMetric
from calibrate.context.dataset import Fold
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.verdict import Interval
from calibrate.search.drop_model import DropModel
from calibrate.search.expected_drop import model_assisted_estimates
from calibrate.search.mixed_precision import Proposal
from calibrate.stats.drop_estimator import combined

DAMAGE = 0.2
SEEN = Observation(divergence=dict.fromkeys(range(4), DAMAGE))
TRIED = Proposal(Candidate((INT8,)), Trial(Candidate((INT8,)), 0, 0, (0.0,), (0.0,), 9), 0.5)
FALLEN = Proposal(Candidate((FP32,)), None, 0.0)
COUNTED = Interval(0.03, 0.01, 0.05, 0.95, "t", 4)
ERROR = 0.02 / 3.1824

DROP_MODEL = DropModel(0.1, 0.02)


@dataclass(frozen=True)
class NamedMetric:
    reference: str
    label: str = "metric"


@dataclass(frozen=True)
class TenthASample:
    """Drops from class answers, if it has them: a tenth for each sample that is asked for."""

    has_answers: bool

    def scores_answers(self, position):
        return self.has_answers

    def estimate(self, seen, position, indices):
        return len(indices) / 10, 0.01


@dataclass(frozen=True)
class Metrics:
    metrics: tuple[JudgedMetric, ...]


@dataclass(frozen=True)
class MetricsContext:
    resolved: Metrics


@dataclass(frozen=True)
class FoldSearch:
    fold: Fold
    context: MetricsContext
    scores: TenthASample
    drop_model: DropModel

    def response(self, position):
        return self.drop_model


def search(*acceptance, reference="annotation", answers=False, drop_model=DROP_MODEL):
    judged = JudgedMetric(NamedMetric(reference), 0.01, "absolute")
    context = MetricsContext(Metrics((judged,)))
    return FoldSearch(Fold((), acceptance), context, TenthASample(answers), drop_model)


def estimates(searches, proposals):
    return model_assisted_estimates(searches, proposals, SEEN, {"metric": COUNTED})


def test_what_divergence_cost_on_other_images_weighs_in():
    estimate = estimates([search(0, 1, 2, 3)], [TRIED])["metric"]
    expected = DROP_MODEL.expected(DAMAGE)
    assert estimate == pytest.approx(combined((0.03, ERROR), expected)[0], rel=1e-3)
    assert expected[0] < estimate < COUNTED.estimate


def test_folds_are_weighed_by_their_images_and_fp32_costs_nothing():
    other = DropModel(0.3, 0.0)
    pair = [search(0), search(1, 2, 3, drop_model=other)]
    drop, error = other.expected(DAMAGE)
    expected = combined((0.03, ERROR), (0.75 * drop, 0.75 * error))[0]
    assert estimates(pair, [FALLEN, TRIED])["metric"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("proposals", "drop"),
    [
        ([TRIED, TRIED], 0.4),  # one candidate: all four images together
        ([FALLEN, TRIED], 0.75 * 0.3),
        ([FALLEN, FALLEN], 0.0),
    ],
)
def test_class_answers_tell_the_drop_of_each_candidate_where_it_was_judged(proposals, drop):
    pair = [search(0, answers=True), search(1, 2, 3, answers=True)]
    assert estimates(pair, proposals)["metric"] == pytest.approx(drop)


def test_different_candidates_are_estimated_apart():
    other = Candidate((INT8, FP32))
    second = Proposal(other, Trial(other, 0, 0, (0.0,), (0.0,), 9), 0.5)
    pair = [search(0, answers=True), search(1, 2, 3, answers=True)]
    expected = 0.25 * 0.1 + 0.75 * 0.3
    assert estimates(pair, [TRIED, second])["metric"] == pytest.approx(expected)


def test_what_compares_with_fp32_is_counted():
    assert estimates([search(0, 1, 2, 3, reference="fp32")], [TRIED]) == {}
