"""Several decoders as one, and metrics of one of them."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, SeveralTargets, ValueTarget
from calibrate.core.component import ReadsScores, ScoresAnswers
from calibrate.core.heads import combine, metric_of_head
from calibrate.core.sample import Facts
from calibrate.decoders.classification import Classification
from calibrate.decoders.regression import Regression
from calibrate.decoders.segmentation import Segmentation
from calibrate.errors import CalibrateError
from calibrate.evaluation.serialization import of_predictions, to_predictions
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.mae import Mae
from calibrate.store.serialization import pack, unpack

AGE = Regression(output="age", scale=10)
GENDER = Classification(output="logits")
HEADS = combine({"age": ("regression", AGE), "gender": ("classification", GENDER)})
OUTPUTS = {"age": np.array([3.0], np.float32), "logits": np.array([0.0, 2.0], np.float32)}
WORSE = {"age": np.array([3.5], np.float32), "logits": np.array([1.0, 2.0], np.float32)}
TARGET = SeveralTargets({"age": ValueTarget(np.array([31.0], np.float32)), "gender": ClassLabel(1)})
FACTS = Facts("a.png", TARGET)


def test_each_head_reads_its_output():
    prediction = HEADS.predict(OUTPUTS, FACTS)
    assert prediction.heads["age"].values.tolist() == [30.0]
    np.testing.assert_allclose(prediction.heads["gender"].scores, [0.1192, 0.8808], atol=1e-4)
    assert prediction.describe(()) == "age: 30; gender: 1 at 88.1 %"


def test_the_divergence_is_the_sum():
    apart = sum(d.divergence(d.signature(OUTPUTS), WORSE) for d in (AGE, GENDER))
    assert HEADS.divergence(HEADS.signature(OUTPUTS), OUTPUTS) == 0
    assert HEADS.divergence(HEADS.signature(OUTPUTS), WORSE) == pytest.approx(apart)
    assert apart > 0


def test_automatic_parameters_are_fitted_once():
    parameters = HEADS.auto_parameters([OUTPUTS])
    assert parameters == {"fitted": {"gender": {"probabilities": False}}}
    fitted = HEADS.model_copy(update=dict(parameters))
    assert fitted.auto_parameters([OUTPUTS]) == {}
    unsure = {**OUTPUTS, "logits": np.array([0.0, 1.0], np.float32)}
    np.testing.assert_allclose(
        fitted.predict(unsure, FACTS).heads["gender"].scores, [0.2689, 0.7311], atol=1e-4
    )


def test_problems_name_the_head():
    (problem,) = HEADS.problems({"age": (1, 1), "logits": (1, 2, 5)})
    assert problem.startswith("gender: an output of shape")


@pytest.mark.parametrize(
    ("head", "metric", "label", "evidence"),
    [
        ("age", Mae(), "age mae", [1.0]),
        ("gender", Accuracy(), "gender accuracy@1", [1.0]),
    ],
)
def test_a_metric_of_one_head(head, metric, label, evidence):
    wrapped = metric_of_head(head, metric.name, metric)
    prediction = HEADS.predict(OUTPUTS, FACTS)
    assert wrapped.label == label
    assert wrapped.score(prediction, TARGET, FACTS).tolist() == evidence
    # A dataset with one annotation for all heads gives each of them the whole.
    assert wrapped.score(prediction, TARGET.targets[head], FACTS).tolist() == evidence
    assert wrapped.higher_is_better == metric.higher_is_better
    assert isinstance(wrapped, ScoresAnswers) == isinstance(metric, ScoresAnswers)


def test_a_head_without_an_annotation():
    metric = metric_of_head("age", "mae", Mae())
    with pytest.raises(CalibrateError, match="no annotation for 'age'"):
        metric.score(
            HEADS.predict(OUTPUTS, FACTS), SeveralTargets({"gender": ClassLabel(1)}), FACTS
        )


def test_scores_are_read_where_a_head_reads_them():
    heads = combine({"age": ("regression", AGE), "map": ("segmentation", Segmentation())})
    assert isinstance(heads, ReadsScores)
    assert not isinstance(HEADS, ReadsScores)


def test_predictions_are_recorded_by_head():
    predictions = [HEADS.predict(outputs, FACTS) for outputs in (OUTPUTS, WORSE)]
    again = to_predictions(unpack(pack(of_predictions(predictions))))
    assert [each.describe(()) for each in again] == [each.describe(()) for each in predictions]
    difference = predictions[0].difference(predictions[1], ())
    assert difference is not None
    assert difference.text.startswith("age: ")
