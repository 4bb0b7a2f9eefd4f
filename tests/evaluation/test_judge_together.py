"""Samples judged together and one by one: the same observation, bit by bit."""

import numpy as np
import pytest

from calibrate.core.observation import NOT_FINITE, Observation
from calibrate.core.tensors import Tensors
from calibrate.decoders.classification import Classification
from calibrate.errors import CalibrateError
from calibrate.evaluation.judge_together import Expected, judge_together
from calibrate.evaluation.observe import judge_into, measure_divergence, observe
from calibrate.evaluation.reference import Reference, Task
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.agreement import Agreement
from calibrate.runtime.inference import Network


def reference_of(world, judge, scores) -> Reference:
    reference = Reference(world.tensors, judge)
    for index, row in enumerate(scores):
        outputs = {"scores": row}
        reference.signatures[index] = judge.decoder.signature(outputs)
        reference.predictions[index] = judge.decoder.predict(outputs, world.tensors.facts[index])
    return reference


def one_by_one(reference, outputs) -> Observation:
    observation = Observation()
    judge = judge_into(observation, reference)
    for index, row in enumerate(outputs):
        judge(index, {"scores": row})
    return observation


def together(reference, outputs) -> Observation | None:
    count = len(outputs)
    expected = Expected(
        [reference.signatures[index] for index in range(count)],
        reference.tensors.facts[:count],
        [reference.predictions[index] for index in range(count)],
    )
    judge = reference.judge
    return judge_together(judge.decoder, judge.metrics, range(count), expected, {"scores": outputs})


@pytest.mark.parametrize(("classes", "offset"), [(4, 0), (7, 1), (1000, 0), (3001, 1)])
@pytest.mark.parametrize("probabilities", [False, True])
def test_equals_one_by_one(world, classes, offset, probabilities):
    random = np.random.default_rng(classes)
    before = random.normal(0, 3, (8, classes)).astype(np.float32)
    after = (before + random.normal(0, 0.3, before.shape)).astype(np.float32)
    after[2, :4] = after[2].max()  # ties
    if probabilities:
        before, after = (np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in (before, after))
    judge = Task(
        Classification(probabilities=probabilities, background_offset=offset),
        (Accuracy(), Accuracy(top_k=3), Agreement()),
    )
    reference = reference_of(world, judge, before)
    expected, observation = one_by_one(reference, after), together(reference, after)
    assert observation.divergence == expected.divergence
    assert observation.answers == expected.answers
    for field in ("evidence", "choices"):
        ours, theirs = getattr(observation, field), getattr(expected, field)
        assert list(ours) == list(theirs)
        for index, row in theirs.items():
            assert [part.tolist() for part in ours[index]] == [part.tolist() for part in row]
            assert [part.dtype for part in ours[index]] == [part.dtype for part in row]


class Colder(Classification):
    """A decoder of a user that changes what is predicted."""

    def predict(self, outputs, facts):
        return super().predict({"scores": outputs["scores"] / 2}, facts)


@pytest.mark.parametrize(
    "decoder",
    [Colder(probabilities=False), Classification(probabilities="auto")],
    ids=["inherited", "auto"],
)
def test_decoders_that_cannot_are_used_one_by_one(world, decoder):
    scores = np.eye(4, dtype=np.float32)
    reference = reference_of(world, Task(decoder, (Accuracy(),)), scores)
    assert together(reference, scores) is None


def test_not_finite_outputs_are_judged_one_by_one(world, classifier_model):
    judge = Task(Classification(probabilities=False), (Accuracy(),))
    network = Network(classifier_model(), world.costs, batch=4)
    plain = world.plain(classifier_model())
    reference = reference_of(world, judge, plain)
    images = world.tensors.inputs[0].copy()
    images[5, 0, 3, 3] = np.inf
    spoilt = Tensors((images,), world.tensors.facts, world.tensors.digests)
    reference = Reference(spoilt, judge, reference.signatures, reference.predictions, 4)
    observation = observe(network, reference, range(30))
    assert observation.divergence[5] == NOT_FINITE
    assert max(observation.divergence[index] for index in range(30) if index != 5) < 1e-9
    assert measure_divergence(network, reference, range(30))[5] == NOT_FINITE


def test_a_label_without_a_score_names_its_sample(world):
    scores = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]  # the fourth sample's label is 3
    judge = Task(Classification(probabilities=False), (Accuracy(),))
    with pytest.raises(CalibrateError, match=r"s3\.png.*: accuracy@1: label 3 does not fit"):
        together(reference_of(world, judge, scores), scores)


@pytest.mark.parametrize("batch", [2, 4, 8])
def test_a_widened_network_gives_the_same_observation(world, batch, classifier_model):
    reference = reference_of(world, world.judge, world.plain(classifier_model()))
    changed = classifier_model(noise=0.3)
    done: list[int] = []
    expected = observe(Network(changed, world.costs), reference, range(27))
    network = Network(changed, world.costs, batch=batch)
    observation = observe(network, reference, range(27), advance=done.append)
    assert network.is_widened
    assert sum(done) == 27
    assert observation.divergence == expected.divergence
    assert observation.answers == expected.answers
    assert measure_divergence(network, reference, range(27)).tolist() == list(
        expected.divergence.values()
    )
