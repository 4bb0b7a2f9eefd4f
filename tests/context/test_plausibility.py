"""When the floating-point model is good enough for a verdict on INT8 to mean anything."""

import numpy as np
import pytest

from calibrate.config.resolved import JudgedMetric
from calibrate.context.plausibility import cautions, implausible, plausibilities
from calibrate.core.annotation import ClassLabel, ValueTarget
from calibrate.core.observation import Observation
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.agreement import Agreement
from calibrate.metrics.mae import Mae

CLASSES, COUNT = 10, 200
VALUE = "accuracy@1 of the floating-point model is"
BLIND = "a model that answers the most frequent class every time (10.0 %)"


def classified(right: int, **judged):
    """Plausibility of a classifier that has `right` of 200 samples right."""
    metric = Accuracy()
    samples, observed = {}, Observation()
    for index in range(COUNT):
        label = index % CLASSES
        samples[index] = Facts(f"s{index}", ClassLabel(label))
        answer = label if index < right else (label + 1) % CLASSES
        scores = np.eye(CLASSES, dtype=np.float32)[answer]
        evidence = metric.score(ClassScores(scores), ClassLabel(label), samples[index])
        observed.evidence[index] = (evidence,)
    metrics = (
        JudgedMetric(metric, judged.get("max_drop", 0.01), judged.get("drop_type", "absolute")),
    )
    return metrics, plausibilities(metrics, samples, observed, seed=0)


@pytest.mark.parametrize(
    ("right", "judged", "expected"),
    [
        (180, {}, ""),
        (60, {}, ""),
        (
            18,
            {},
            f"{VALUE} 9.0 %, no better than {BLIND}",
        ),
        (
            22,  # 11 %: chance explains that
            {},
            f"{VALUE} 11.0 %, no better than {BLIND}",
        ),
        (
            60,
            {"max_drop": 0.25},
            f"{VALUE} 30.0 %, so that the budget of 25.00 points would allow {BLIND}",
        ),
        (60, {"max_drop": 0.5, "drop_type": "relative"}, ""),
        (
            60,
            {"max_drop": 0.9, "drop_type": "relative"},
            f"{VALUE} 30.0 %, so that the budget of 27.00 points would allow {BLIND}",
        ),
    ],
)
def test_classification(right, judged, expected):
    metrics, compared = classified(right, **judged)
    assert [entry.problem for entry in compared] == [expected]
    assert [error.message for error in implausible(metrics, compared)] == [expected] * bool(
        expected
    )


@pytest.mark.parametrize(("noise", "plausible"), [(0.1, True), (3.0, False)])
def test_where_less_is_better(noise, plausible):
    metric, random = Mae(), np.random.default_rng(0)
    samples, observed = {}, Observation()
    for index in range(COUNT):
        target = random.normal(0, 1, 1).astype(np.float32)
        samples[index] = Facts(f"s{index}", ValueTarget(target))
        predicted = Values(target + noise * random.normal(0, 1, 1).astype(np.float32))
        evidence = metric.score(predicted, ValueTarget(target), samples[index])
        observed.evidence[index] = (evidence,)
    (compared,) = plausibilities(
        [JudgedMetric(metric, 0.01, "absolute")], samples, observed, seed=0
    )
    assert (compared.problem == "") == plausible
    assert compared.constant == pytest.approx(0.8, abs=0.1)  # E|x| of a standard normal


def test_metrics_against_floating_point_are_left_out():
    judged = JudgedMetric(Agreement(), 0.01, "absolute")
    observed = Observation(evidence={0: (np.ones(1),)})
    assert plausibilities([judged], {0: Facts("s", ClassLabel(0))}, observed, seed=0) == ()


def one_hot(label: int) -> ClassScores:
    return ClassScores(np.eye(4, dtype=np.float32)[label])


NOTHING = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
BOX = Detections(np.ones((1, 4), np.float32), np.ones(1, np.float32), np.ones(1, np.int64))


@pytest.mark.parametrize(
    ("predictions", "start"),
    [
        ([one_hot(1)] * 8, "The floating-point model answers class 1 on each of 8 samples"),
        ([one_hot(1)] * 7, ""),
        ([one_hot(1)] * 7 + [one_hot(2)], ""),
        (
            [
                ClassScores(np.full(4, 0.25, np.float32) + 0.01 * one_hot(i % 2).scores)
                for i in range(8)
            ],
            "The floating-point model makes all classes nearly equally probable",
        ),
        ([NOTHING] * 8, "The floating-point model finds no box on any of 8 samples"),
        ([NOTHING] * 7 + [BOX], ""),
        (
            [ClassMap(np.zeros((2, 2), np.int64))] * 8,
            "The floating-point model assigns class 0 to every pixel",
        ),
        ([ClassMap(np.eye(2, dtype=np.int64))] * 8, ""),
    ],
)
def test_cautions(predictions, start):
    sentences = cautions(predictions)
    assert len(sentences) == bool(start)
    assert all(sentence.startswith(start) for sentence in sentences)
