"""Decoder `classification`."""

import numpy as np
import pytest
from scipy.special import rel_entr, softmax

from calibrate.core.sample import Facts
from calibrate.decoders.classification import Classification
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", source="images/7.jpg")
LOGITS = np.array([1.0, 3.0, 2.0], np.float32)


@pytest.mark.parametrize(
    ("fields", "scores", "expected"),
    [
        ({}, LOGITS, softmax(LOGITS)),
        ({}, [0.2, 0.5, 0.3], [0.2, 0.5, 0.3]),
        ({"probabilities": False}, [0.2, 0.5, 0.3], softmax([0.2, 0.5, 0.3])),
        ({"probabilities": True}, [0.2, 0.5, 0.31], np.array([0.2, 0.5, 0.31]) / 1.01),
        ({}, LOGITS.reshape(3, 1, 1), softmax(LOGITS)),
        ({"background_offset": 1}, [9.0, 3.0, 2.0], softmax([3.0, 2.0])),
        ({"background_offset": 1}, [0.5, 0.3, 0.2], [0.6, 0.4]),
        ({}, [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
        ({}, [1000.0, 0.0, -1000.0], [1.0, 0.0, 0.0]),
    ],
)
def test_predict(fields, scores, expected):
    prediction = Classification(**fields).predict({"out": np.array(scores, np.float32)}, FACTS)
    assert prediction.scores.dtype == np.float32
    np.testing.assert_allclose(prediction.scores, expected, rtol=1e-5, atol=1e-7)


def test_divergence_is_kl_of_the_probabilities():
    generator = np.random.default_rng(0)
    decoder = Classification()
    first, second = generator.normal(size=(2, 100)).astype(np.float32) * 3
    expected = rel_entr(softmax(first.astype(float)), softmax(second.astype(float))).sum()
    signature = decoder.signature({"out": first})
    assert decoder.divergence(signature, {"out": second}) == pytest.approx(expected, rel=1e-9)
    # A softmax inside of the model makes no difference.
    signature = decoder.signature({"out": softmax(first)})
    assert decoder.divergence(signature, {"out": softmax(second)}) == pytest.approx(
        expected, rel=1e-4
    )


def test_the_output_of_fp32_determines_its_kind():
    decoder = Classification()
    signature = decoder.signature({"out": np.array([0.7, 0.2, 0.1], np.float32)})
    # Quantized probabilities that miss the sum of 1 by far are still no logits.
    value = decoder.divergence(signature, {"out": np.array([0.6, 0.2, 0.1], np.float32)})
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.6, 0.2, 0.1]) / 0.9
    assert value == pytest.approx(rel_entr(p, q).sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("fields", "shapes", "problems"),
    [
        ({}, {"out": (1, 1000)}, []),
        ({}, {"out": (-1, 1000, 1, 1)}, []),
        ({}, {"out": (1, -1)}, []),
        ({}, {"out": (1, 3, 8, 8)}, ["an output of shape [3, 8, 8] is not one score a class"]),
        ({}, {"out": (1, 1)}, []),
        (
            {"background_offset": 2},
            {"out": (1, 3)},
            ["3 classes leave none to tell apart after background_offset"],
        ),
        ({"output": "b"}, {"a": (1, 9), "b": (1, 7)}, []),
        (
            {},
            {"a": (1, 9), "b": (1, 7)},
            ["the model has 2 outputs: say which by `output` ('a', 'b')"],
        ),
    ],
)
def test_problems(fields, shapes, problems):
    assert list(Classification(**fields).problems(shapes)) == problems


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            np.zeros((3, 4)),
            r"images/7.jpg: output 'out' of shape \(3, 4\) is not one score a class",
        ),
        (np.array([3]), "output 'out' is one whole number, no score"),
        (np.zeros(0), "is not one score a class"),
        (np.array([1, np.nan]), "images/7.jpg: output 'out' holds 1 of 2 values"),
    ],
)
def test_refused(values, message):
    with pytest.raises(CalibrateError, match=message):
        Classification().predict({"out": values}, FACTS)


@pytest.mark.parametrize(
    ("fields", "value", "expected", "best"),
    [
        ({}, 0.3, [0.7, 0.3], 0),
        ({}, 0.8, [0.2, 0.8], 1),
        ({"threshold": 0.9}, 0.8, [0.2, 0.8], 0),
        ({"threshold": 0.25}, 0.3, [0.7, 0.3], 1),
        ({"probabilities": False}, 0.0, [0.5, 0.5], 0),
        ({"probabilities": False}, np.log(3), [0.25, 0.75], 1),
        ({}, np.log(1 / 3), [0.75, 0.25], 0),  # below 0: a logit
    ],
)
def test_one_number_is_the_score_of_the_second_of_two_classes(fields, value, expected, best):
    decoder = Classification(**fields)
    for shape in ((), (1,), (1, 1)):
        outputs = {"out": np.full(shape, value, np.float32)}
        prediction = decoder.predict(outputs, FACTS)
        np.testing.assert_allclose(prediction.scores, expected, atol=1e-6)
        assert prediction.best() == best
        assert decoder.divergence(decoder.signature(outputs), outputs) == 0


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([[0.2, 0.8], [1.0, 0.0]], True),
        ([[0.2, 0.8], [1.0, 3.0]], False),
        ([[0.2], [0.9]], True),
        ([[0.2], [-0.9]], False),
    ],
)
def test_all_samples_determine_the_kind_of_scores(samples, expected):
    outputs = [{"out": np.array(scores, np.float32)} for scores in samples]
    assert Classification().auto_parameters(outputs) == {"probabilities": expected}
    assert Classification(probabilities=False).auto_parameters(outputs) == {}


def test_logits_that_are_called_probabilities():
    with pytest.raises(CalibrateError, match="range from -1 to 3, which are no probabilities"):
        Classification(probabilities=True).auto_parameters([{"out": np.array([-1.0, 3.0])}])


@pytest.mark.parametrize("value", [0.2, 0.999])
def test_contract_of_one_number(value):
    outputs = {"out": np.full(1, value, np.float32)}
    changed = {"out": np.full(1, value - 0.1, np.float32)}
    check_decoder(Classification(), outputs, FACTS, changed=changed)
