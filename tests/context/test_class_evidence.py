import numpy as np
import pytest

from calibrate.context.class_evidence import class_evidence
from calibrate.core.annotation import Annotation, ClassLabel, ValueTarget
from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.classification import Classification
from calibrate.evaluation.reference import Reference, Task
from calibrate.metrics.accuracy import Accuracy

SURE = ClassScores(np.array([0.9, 0.1, 0.0], np.float32))
TIED = ClassScores(np.array([0.2, 0.4, 0.4], np.float32))
NUMBER = Values(np.array([1.0], np.float32))
VALUE = ValueTarget(np.array([1.0], np.float32))


def reference(predictions: dict[int, Prediction], *annotations: Annotation | None) -> Reference:
    facts = [Facts(str(index), annotation) for index, annotation in enumerate(annotations)]
    tensors = Tensors((), facts, tuple(fact.id for fact in facts))
    task = Task(Classification(), (Accuracy(),))
    return Reference(tensors, task, {}, predictions)


def test_rows_follow_the_samples_and_probabilities_of_zero_stay_finite():
    both = reference({0: SURE, 1: TIED}, ClassLabel(0), ClassLabel(2))
    evidence = class_evidence(both, (1, 0))
    assert evidence is not None
    assert evidence.labels.tolist() == [2, 0]
    np.testing.assert_allclose(
        np.exp(evidence.logarithms), [[0.2, 0.4, 0.4], [0.9, 0.1, 0.0]], atol=1e-7
    )
    assert np.isfinite(evidence.logarithms).all()


@pytest.mark.parametrize(
    ("predictions", "annotations", "indices"),
    [
        ({0: SURE}, (ClassLabel(0),), ()),  # no samples
        ({0: SURE}, (ClassLabel(0), ClassLabel(1)), (0, 1)),  # FP32 was not observed on one
        ({0: NUMBER}, (VALUE,), (0,)),  # no classes
        ({0: SURE, 1: NUMBER}, (ClassLabel(0), ClassLabel(1)), (0, 1)),
        ({0: SURE, 1: TIED}, (ClassLabel(0), None), (0, 1)),  # not labelled
        ({0: SURE, 1: TIED}, (ClassLabel(0), VALUE), (0, 1)),
    ],
)
def test_without_probabilities_and_labels_of_all_samples_there_is_none(
    predictions, annotations, indices
):
    assert class_evidence(reference(predictions, *annotations), indices) is None


def test_answers_of_two_models_are_of_the_same_samples():
    evidence = class_evidence(reference({0: SURE, 1: TIED}, ClassLabel(0), ClassLabel(2)), (0, 1))
    assert evidence is not None
    first, second = (
        Observation(choices={i: (np.array([c]),) for i, c in enumerate(chosen)})
        for chosen in ((0, 1), (0, 2))
    )
    answers = evidence.answers(first, second, 0, (1,))
    assert answers.fp32.tolist() == [[1]]
    assert answers.int8.tolist() == [[2]]
    assert answers.labels.tolist() == [2]
    np.testing.assert_allclose(np.exp(answers.logarithms), [[0.2, 0.4, 0.4]], atol=1e-7)
