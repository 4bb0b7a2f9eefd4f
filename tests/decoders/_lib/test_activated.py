import numpy as np
import pytest

from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.nanodet import NanoDet
from calibrate.errors import CalibrateError

BOXES = np.array([[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.8]], np.float32)


def sample(scores):
    return {"boxes": BOXES, "scores": np.array(scores, np.float32)}


PROBABILITIES, LOGITS = sample([[0.9, 0.1], [0.3, 0.6]]), sample([[2.0, -4.0], [-1.0, 0.5]])


@pytest.mark.parametrize(
    ("fields", "samples", "expected"),
    [
        ({}, [PROBABILITIES], "none"),
        ({}, [PROBABILITIES, LOGITS], "sigmoid"),
        ({"background_class": 0}, [LOGITS], "softmax"),
        ({"activation": "sigmoid"}, [PROBABILITIES], None),
    ],
)
def test_the_scores_of_all_samples_decide(fields, samples, expected):
    assert BoxesScores(**fields).auto_parameters(samples).get("activation") == expected


def test_a_parameter_that_the_scores_contradict():
    with pytest.raises(CalibrateError, match="the scores range from -4 to 2, which are no prob"):
        BoxesScores(activation="none").auto_parameters([LOGITS])


def test_logits_of_other_heads_take_a_sigmoid():
    assert NanoDet().logit_activation([np.ones((2, 3), np.float32)]) == "sigmoid"
