import numpy as np
import openvino as ov
import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.evaluation import candidate_evaluator as laboratory
from calibrate.evaluation.candidate_evaluator import Bench
from calibrate.evaluation.observe import observe_reference
from calibrate.runtime.inference import Network

ONE, OTHER = Candidate((INT8, FP32)), Candidate((INT8, INT8))


@pytest.fixture
def bench(world, classifier_model) -> tuple[Bench, Costs]:
    network = Network(classifier_model(), Costs(lambda: 0.0))
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, lambda: None)

    def compose(candidate: Candidate) -> ov.Model:
        return classifier_model(noise=0.1 * (1 + len(candidate.fallen_back)))

    return Bench(compose, reference, world.costs), world.costs


def spent(costs: Costs) -> tuple[int, int]:
    return costs.total.compilations, costs.total.inferences


def test_a_sample_is_observed_once(bench):
    bench, costs = bench
    bench.observe(ONE, range(10))
    assert spent(costs) == (1, 10)
    bench.observe(ONE, range(5))
    assert spent(costs) == (1, 10)
    seen = bench.observe(ONE, [3, 12, 7, 13])
    assert spent(costs) == (1, 12)
    assert set(seen.evidence) == {*range(10), 12, 13}
    bench.observe(OTHER, range(2))
    assert spent(costs) == (2, 14)
    bench.observe(ONE, range(15))
    assert spent(costs) == (3, 17)


def test_divergence_looks_again_only_while_it_is_not_enough(bench):
    bench, costs = bench
    asked: list[int] = []

    def enough(values: np.ndarray) -> bool:
        asked.append(len(values))
        return len(values) >= 16

    found = bench.divergence(ONE, range(30), enough)
    assert asked == [8, 16]
    assert len(found) == 16
    assert spent(costs) == (1, 16)
    assert bench.divergence(ONE, range(30), lambda _: False) is found
    assert spent(costs) == (1, 16)


def test_divergence_is_that_of_an_observation(bench):
    bench, _ = bench
    seen = bench.observe(ONE, range(30)).divergences(range(30))
    assert bench.divergence(ONE, range(30), lambda _: False) == pytest.approx(seen, rel=1e-6)


def test_who_is_lost_is_not_observed_to_the_end(bench, monkeypatch):
    bench, costs = bench
    looks: list[int] = []

    def lost(seen: object, count: int) -> bool:
        looks.append(count)
        return True

    indices = range(30)
    monkeypatch.setattr(laboratory, "_FIRST_RACE", 4)
    seen = bench.observe(ONE, indices, lost)
    assert looks == [4]
    assert list(seen.evidence) == [0, 1, 2, 3]
    assert spent(costs) == (1, 4)
    bench.observe(ONE, indices, lambda _, count: looks.append(count))
    assert looks == [4, 4, 8, 16]
    assert spent(costs) == (1, 30)


def test_an_error_leaves_what_was_seen_usable(bench, world, classifier_model):
    bench, costs = bench
    told: list[int] = []
    failing = Bench(
        lambda _: classifier_model(noise=0.2),
        bench._reference,
        world.costs,
        lambda count: told.append(count) if len(told) < 5 else (_ for _ in ()).throw(KeyError()),
    )
    with pytest.raises(KeyError):
        failing.observe(ONE, range(30))
    assert spent(costs)[1] < 30


def test_what_comes_next_is_compiled_meanwhile_and_once(bench):
    bench, costs = bench
    first = bench.divergence(ONE, range(20), lambda _: True, OTHER)
    assert len(first) == 8
    second = bench.divergence(OTHER, range(20), lambda _: True, ONE)
    assert spent(costs) == (2, 16)
    alone = bench.divergence(OTHER, range(24), lambda _: True)
    np.testing.assert_allclose(second, alone[:8])
    assert spent(costs) == (2, 24)


def test_what_was_compiled_ahead_is_over_when_it_is_closed(bench):
    bench, costs = bench
    bench.divergence(ONE, range(20), lambda _: True, OTHER)
    bench.close()
    compiled = costs.total.compilations
    assert compiled in (1, 2)  # begun, or not even that
    bench.observe(ONE, range(12))
    assert costs.total.compilations == compiled + 1
