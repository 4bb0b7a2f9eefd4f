"""Values, budgets and early decisions of accuracy, from literal right and wrong answers."""

import numpy as np
import pytest

from calibrate.config.resolved import JudgedMetric
from calibrate.context.scores import Scores
from calibrate.core.observation import Observation
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.mae import Mae
from calibrate.metrics.rmse import Rmse

ORDER = tuple(range(40))


def observation(*values: float) -> Observation:
    return Observation({index: (np.array([value]),) for index, value in enumerate(values)})


FP32 = observation(*[1.0] * 32, *[0.0] * 8)


def scores(metric, max_drop=0.1, drop_type="absolute", fp32=FP32) -> Scores:
    return Scores((JudgedMetric(metric, max_drop, drop_type),), fp32, 0)


@pytest.mark.parametrize(
    ("drop_type", "indices", "budget"),
    [
        ("absolute", ORDER, 0.1),
        ("relative", ORDER, 0.08),  # a tenth of 32 of 40
        ("relative", ORDER[:32], 0.1),
    ],
)
def test_a_relative_budget_is_a_share_of_fp32_on_the_same_samples(drop_type, indices, budget):
    assert scores(Accuracy(), drop_type=drop_type).budgets(indices) == pytest.approx((budget,))


@pytest.mark.parametrize(("metric", "higher_is_better"), [(Accuracy(), True), (Mae(), False)])
def test_a_drop_is_positive_where_the_metric_is_worse(metric, higher_is_better):
    worse = observation(*[0.0 if higher_is_better else 2.0] * 8, *[1.0] * 24, *[0.0] * 8)
    judged = scores(metric)
    drop, error = judged.estimate(worse, 0, ORDER)
    assert drop == pytest.approx(0.2)
    assert 0 < error < 0.2
    assert not judged.scores_answers(0)


@pytest.mark.parametrize(
    ("lost", "count", "budget", "expected"),
    [
        (40, 20, 0.1, "over"),  # 20 of 20 became wrong
        (0, 38, 0.1, "within"),  # two are open, and cannot lose more than the budget
        (0, 40, 0.0, "within"),  # nothing is open
        (2, 8, 0.1, "open"),
    ],
)
def test_a_candidate_is_decided_as_soon_as_the_rest_cannot_change_it(lost, count, budget, expected):
    values = [0.0 if index < lost else 1.0 for index in range(32)] + [0.0] * 8
    assert (
        scores(Accuracy()).early_decision(observation(*values), 0, ORDER, count, budget) == expected
    )


def test_a_metric_that_is_no_mean_is_never_decided_early():
    assert scores(Rmse()).early_decision(FP32, 0, ORDER, 40, 100.0) == "open"
