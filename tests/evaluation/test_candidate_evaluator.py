from dataclasses import replace

import numpy as np
import openvino as ov
import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.evaluation import candidate_evaluator as laboratory
from calibrate.evaluation.candidate_evaluator import CandidateEvaluator
from calibrate.evaluation.observe import observe, observe_reference
from calibrate.runtime.inference import Network

ONE, OTHER = Candidate((INT8, FP32)), Candidate((INT8, INT8))


@pytest.fixture
def evaluator(world, classifier_model) -> tuple[CandidateEvaluator, Costs]:
    network = Network(classifier_model(), Costs(lambda: 0.0))
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, lambda: None)

    def compose(candidate: Candidate) -> ov.Model:
        return classifier_model(noise=0.1 * (1 + len(candidate.fallen_back)))

    return CandidateEvaluator(compose, reference, world.costs), world.costs


def spent(costs: Costs) -> tuple[int, int]:
    return costs.total.compilations, costs.total.inferences


def test_a_sample_is_observed_once(evaluator):
    evaluator, costs = evaluator
    evaluator.observe(ONE, range(10))
    assert spent(costs) == (1, 10)
    evaluator.observe(ONE, range(5))
    assert spent(costs) == (1, 10)
    observation = evaluator.observe(ONE, [3, 12, 7, 13])
    assert spent(costs) == (1, 12)
    assert set(observation.evidence) == {*range(10), 12, 13}
    evaluator.observe(OTHER, range(2))
    assert spent(costs) == (2, 14)
    evaluator.observe(ONE, range(15))
    assert spent(costs) == (3, 17)


def test_divergence_looks_again_only_while_it_is_not_enough(evaluator):
    evaluator, costs = evaluator
    asked: list[int] = []

    def enough(values: np.ndarray) -> bool:
        asked.append(len(values))
        return len(values) >= 16

    divergences = evaluator.divergence(ONE, range(30), enough)
    assert asked == [8, 16]
    assert len(divergences) == 16
    assert spent(costs) == (1, 16)
    assert evaluator.divergence(ONE, range(30), lambda _: False) is divergences
    assert spent(costs) == (1, 16)


def test_divergence_is_that_of_an_observation(evaluator):
    evaluator, _ = evaluator
    observed = evaluator.observe(ONE, range(30)).divergences(range(30))
    assert evaluator.divergence(ONE, range(30), lambda _: False) == pytest.approx(
        observed, rel=1e-6
    )


def test_who_is_lost_is_not_observed_to_the_end(evaluator, monkeypatch):
    evaluator, costs = evaluator
    looks: list[int] = []

    def lost(seen: object, count: int) -> bool:
        looks.append(count)
        return True

    indices = range(30)
    monkeypatch.setattr(laboratory, "_FIRST_CHECK", 4)
    seen = evaluator.observe(ONE, indices, lost)
    assert looks == [4]
    assert list(seen.evidence) == [0, 1, 2, 3]
    assert spent(costs) == (1, 4)
    evaluator.observe(ONE, indices, lambda _, count: looks.append(count))
    assert looks == [4, 4, 8, 16]
    assert spent(costs) == (1, 30)


def test_an_error_keeps_earlier_observations(evaluator, world, classifier_model):
    evaluator, costs = evaluator
    text: list[int] = []
    failing = CandidateEvaluator(
        lambda _: classifier_model(noise=0.2),
        evaluator._reference,
        world.costs,
        lambda count: text.append(count) if len(text) < 5 else (_ for _ in ()).throw(KeyError()),
    )
    with pytest.raises(KeyError):
        failing.observe(ONE, range(30))
    assert spent(costs)[1] < 30


def test_what_comes_next_is_compiled_meanwhile_and_once(evaluator):
    evaluator, costs = evaluator
    first = evaluator.divergence(ONE, range(20), lambda _: True, [OTHER])
    assert len(first) == 8
    second = evaluator.divergence(OTHER, range(20), lambda _: True, [ONE])
    assert spent(costs) == (2, 16)
    alone = evaluator.divergence(OTHER, range(24), lambda _: True)
    np.testing.assert_allclose(second, alone[:8])
    assert spent(costs) == (2, 24)


def test_what_was_compiled_ahead_is_over_when_it_is_closed(evaluator):
    evaluator, costs = evaluator
    evaluator.divergence(ONE, range(20), lambda _: True, [OTHER])
    evaluator.close()
    compiled = costs.total.compilations
    assert compiled in (1, 2)  # begun, or not even that
    evaluator.observe(ONE, range(12))
    assert costs.total.compilations == compiled + 1


def test_candidates_run_with_the_batch_of_the_reference(world, classifier_model):
    network = Network(classifier_model(), world.costs)
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, lambda: None)
    done: list[int] = []
    evaluator = CandidateEvaluator(
        lambda _: classifier_model(noise=0.3),
        replace(reference, batch=4),
        world.costs,
        done.append,
    )
    candidate = Candidate((INT8,))
    observation = evaluator.observe(candidate, range(30))
    assert done == [4] * 7 + [2]
    plain = observe(Network(classifier_model(noise=0.3), world.costs), reference, range(30))
    assert observation.divergence == plain.divergence
