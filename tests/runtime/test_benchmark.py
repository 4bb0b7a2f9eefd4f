import pytest

from calibrate.runtime.benchmark import Settings, Timing, compare, summarize
from calibrate.runtime.inference import LATENCY, THROUGHPUT
from calibrate.runtime.timing_effort import Effort

SHORT = Effort(0.2, rounds=3, patience=1.0)


def test_records_are_sane(world, classifier_model):
    models = {"first": classifier_model(1), "second": classifier_model(1)}
    comparison = compare(models, world.tensors, world.costs, effort=SHORT)
    timings = comparison.timings
    assert list(timings) == ["first", "second"]
    for timing in timings.values():
        assert timing.latency_ms > 0
        assert 0 < timing.latency_low_ms <= timing.latency_high_ms
        assert timing.throughput > 0
        assert len(timing.ratios) >= 3
        assert timing.interval[0] <= timing.speedup <= timing.interval[1]
    assert timings["first"].speedup == 1.0
    assert timings["first"].latency_ms / timings["second"].latency_ms == pytest.approx(
        timings["second"].speedup
    )
    assert world.costs.total.compilations == 4
    assert 0 <= comparison.conditions.others <= 1


def test_a_batch_counts_as_its_samples(world, classifier_model):
    compared = compare({"b": classifier_model(7)}, world.tensors, world.costs, effort=SHORT)
    assert compared.timings["b"].throughput > 0


@pytest.mark.parametrize(
    ("precision", "patience", "rounds"),
    [
        (1e9, 1e9, range(3, 4)),  # known after the least number of rounds
        (0.0, 0.0, range(3, 4)),  # never known, and no patience
        (0.0, 8.0, range(4, 10_000)),  # never known, so as long as patience lasts
    ],
)
def test_timing_ends_when_the_ratio_is_known_or_patience_ends(
    world, classifier_model, precision, patience, rounds
):
    models = {"first": classifier_model(1), "second": classifier_model(1)}
    effort = Effort(0.1, 3, precision, patience)
    timings = compare(models, world.tensors, world.costs, effort=effort).timings
    assert len(timings["second"].ratios) in rounds


def test_summaries_of_literal_seconds():
    latencies = {
        "fp32": [[0.004, 0.004, 0.006], [0.004, 0.004, 0.004], [0.008, 0.008, 0.008]],
        "int8": [[0.002, 0.002, 0.003], [0.001, 0.001, 0.001], [0.002, 0.002, 0.002]],
    }
    rates = {"fp32": [100.0, 300.0, 200.0], "int8": [1.0, 2.0, 3.0]}
    result = summarize(latencies, rates)
    assert result["fp32"].latency_ms == pytest.approx(4.0)
    assert result["fp32"].ratios == (1.0, 1.0, 1.0)
    assert result["int8"].ratios == (2.0, 4.0, 4.0)
    assert result["int8"].speedup == 4.0
    assert result["int8"].interval == (2.0, 4.0)
    # The latency is that of the first model divided by the speed-up: the two agree.
    assert result["int8"].latency_ms == pytest.approx(1.0)
    assert (result["int8"].latency_low_ms, result["int8"].latency_high_ms) == pytest.approx((1, 2))
    assert result["int8"].throughput == 2.0


@pytest.mark.parametrize(
    ("mine", "others", "expected"),
    [
        ((2.0, 2.0, 2.0), (1.0, 1.0, 1.0), (2.0, (2.0, 2.0))),
        ((2.0, 4.0, 4.0), (1.0, 1.0, 4.0), (4.0, (1.0, 4.0))),
        ((4.0, 3.0, 2.0), (1.0, 2.0, 16.0), (1.5, (0.125, 4.0))),
        ((2.0, 2.0, 8.0), (4.0, 2.0, 16.0), (0.5, (0.5, 1.0))),
    ],
)
def test_the_ratio_of_two_models_is_within_its_interval(mine, others, expected):
    first, second = (Timing(1.0, 1.0, 1.0, 1.0, ratios) for ratios in (mine, others))
    assert first.over(second) == expected


@pytest.mark.parametrize(
    ("settings", "hint", "changes"),
    [
        (Settings(), LATENCY, {}),
        (Settings(streams=3, threads=2), LATENCY, {"INFERENCE_NUM_THREADS": 2}),
        (Settings(streams=3), THROUGHPUT, {"NUM_STREAMS": 3}),
        (Settings(types={"a": "bf16"}), LATENCY, {"INFERENCE_PRECISION_HINT": "bf16"}),
        (Settings(types={"b": "bf16"}), LATENCY, {}),
    ],
)
def test_plugin_properties(settings, hint, changes):
    assert settings.of(hint, "a") == {**hint, **changes}
