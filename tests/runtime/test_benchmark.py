import pytest

from calibrate.runtime.benchmark import Timing, _summaries, compare


def test_records_are_sane(world, classifier_model):
    models = {"first": classifier_model(1), "second": classifier_model(1)}
    found = compare(models, world.tensors, world.costs, seconds=0.2, rounds=3)
    assert list(found) == ["first", "second"]
    for timing in found.values():
        assert 0 < timing.latency_low_ms <= timing.latency_ms <= timing.latency_high_ms
        assert timing.throughput > 0
        assert len(timing.ratios) == 3
    assert found["first"].speedup == 1.0
    assert world.costs.total.compilations == 4
    assert world.costs.total.inferences >= 2 * 4 * 3 * 2


def test_a_batch_counts_as_its_samples(world, classifier_model):
    found = compare({"b": classifier_model(7)}, world.tensors, world.costs, seconds=0.05, rounds=2)
    assert found["b"].throughput > 0


def test_summaries_of_literal_seconds():
    latencies = {
        "fp32": [[0.002, 0.004, 0.006], [0.004, 0.004, 0.004]],
        "int8": [[0.001, 0.002, 0.003], [0.001, 0.001, 0.001]],
    }
    rates = {"fp32": [100.0, 300.0, 200.0], "int8": [1.0, 2.0, 3.0]}
    found = _summaries(latencies, rates)
    assert found["fp32"] == Timing(4.0, 4.0, 4.0, 200.0, (1.0, 1.0))
    assert found["int8"].latency_ms == 1.0
    assert found["int8"].latency_high_ms == pytest.approx(1.75)
    assert found["int8"].ratios == (2.0, 4.0)
    assert found["int8"].speedup == 3.0
