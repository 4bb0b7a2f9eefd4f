from types import SimpleNamespace

import pytest

from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.verdict import Interval
from calibrate.search.drop_model import DropModel
from calibrate.search.expected_drop import model_assisted_estimates
from calibrate.search.mixed_precision import Proposal
from calibrate.stats.drop_estimator import Slope, combined

DAMAGE = 0.2
SEEN = Observation(divergence=dict.fromkeys(range(4), DAMAGE))
TRIED = Proposal(Candidate((INT8,)), Trial(Candidate((INT8,)), 0, 0, (0.0,), (0.0,), 9), 0.5)
FALLEN = Proposal(Candidate((FP32,)), None, 0.0)
COUNTED = Interval(0.03, 0.01, 0.05, 0.95, "t", 4)
ERROR = 0.02 / 3.1824

OWN = DropModel(0.1, 0.02)


def mixed_precision_search(
    *acceptance: int,
    reference: str = "annotation",
    slope: Slope | None = None,
    response: DropModel = OWN,
) -> SimpleNamespace:
    metric = SimpleNamespace(label="metric", reference=reference)
    scores = SimpleNamespace(combined=lambda seen, position, own, slope: (slope.value / 10, 0.0))
    return SimpleNamespace(
        context=SimpleNamespace(
            resolved=SimpleNamespace(metrics=(SimpleNamespace(metric=metric),))
        ),
        fold=SimpleNamespace(acceptance=acceptance),
        scores=scores,
        slope=lambda _: slope,
        response=lambda _: response,
    )


def estimates(searches, proposals):
    return model_assisted_estimates(searches, proposals, SEEN, {"metric": COUNTED})


def test_what_damage_cost_on_other_images_weighs_in():
    found = estimates([mixed_precision_search(0, 1, 2, 3)], [TRIED])["metric"]
    expected = OWN.expected(DAMAGE)
    assert found == pytest.approx(combined((0.03, ERROR), expected)[0], rel=1e-3)
    assert expected[0] < found < COUNTED.estimate


def test_folds_are_weighed_by_their_images_and_fp32_costs_nothing():
    other = DropModel(0.3, 0.0)
    found = estimates(
        [mixed_precision_search(0), mixed_precision_search(1, 2, 3, response=other)],
        [FALLEN, TRIED],
    )["metric"]
    drop, error = other.expected(DAMAGE)
    expected = (0.75 * drop, 0.75 * error)
    assert found == pytest.approx(combined((0.03, ERROR), expected)[0], rel=1e-3)


def test_metrics_that_can_say_what_an_answer_costs_go_first():
    pair = [
        mixed_precision_search(0, slope=Slope(0.1, 0)),
        mixed_precision_search(1, 2, 3, slope=Slope(0.2, 0)),
    ]
    assert estimates(pair, [TRIED, TRIED])["metric"] == pytest.approx(0.25 * 0.01 + 0.75 * 0.02)
    assert estimates(pair, [FALLEN, TRIED])["metric"] == pytest.approx(0.75 * 0.02)


def test_nothing_is_estimated_of_fp32_nor_of_what_compares_with_it():
    assert estimates([mixed_precision_search(0, 1, 2, 3)], [FALLEN]) == {}
    assert estimates([mixed_precision_search(0, 1, 2, 3, reference="fp32")], [TRIED]) == {}
