import pytest

from calibrate.report import phrases
from calibrate.report.formats.html import render_html
from calibrate.report.formats.markdown import render_markdown
from calibrate.report.performance_section import DeploymentFacts


def test_speed(make):
    report = make()
    assert phrases.speed(report) == "1.50 times as fast as FP32 (4.00 ms instead of 6.00 ms)"
    same = dict.fromkeys(("fp32", "int8", "result"), report.performance["fp32"])
    assert phrases.speed(report.model_copy(update={"performance": same})) == "FP32: 6.00 ms"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("accuracy", "1 for accuracy"),
        ("speed", "1 for speed"),
        ("timeout", "1 for want of time"),
        ("not finite", "1 NaN or infinite in INT8"),
        ("not quantizable", "1 not quantizable"),
        ("user", "1 by the config"),
    ],
)
def test_why_a_group_is_not_quantized(make, group_of, reason, words):
    report = make(groups=[group_of(1, "fp32", reason=reason), group_of(2, "int8")])
    assert phrases.layers(report) == f"1 of 2 groups in INT8, 1 in FP32 ({words})"


def test_speed_and_latencies_agree(make):
    """The ratio is that of the latencies beside it, whatever the paired ratio came to."""
    noisy = make().performance["result"].model_copy(update={"speedup": 1.12})
    report = make()
    performance = {**report.performance, "result": noisy}
    text = phrases.speed(report.model_copy(update={"performance": performance}))
    assert text == "1.50 times as fast as FP32 (4.00 ms instead of 6.00 ms)"


def test_speed_where_floating_point_is_deployed_as_bf16(make):
    report = make(deployment={"inference_precision": "bf16", "properties": {}})
    fp32, result = report.performance["fp32"], report.performance["result"]
    reduced = fp32.model_copy(update={"latency_ms": 5.0, "inference_precision": "bf16"})
    result = result.model_copy(update={"speedup_over_float_interval": (1.2, 1.3)})
    shown = {"fp32": fp32, "float": reduced, "result": result}
    against_float = (
        "1.25 times as fast as BF16, which OpenVINO computes floating point in here (5.00 ms; 95 % "
        "interval of the ratio: 1.20 to 1.30)"
    )
    assert phrases.speed(report.model_copy(update={"performance": shown})) == (
        f"{against_float}; 1.50 times as fast as FP32 (4.00 ms instead of 6.00 ms)"
    )
    written = {**shown, "result": fp32.model_copy(update={"inference_precision": "bf16"})}
    kept = report.verdict.model_copy(update={"outcome": "floating_point"})
    hint = report.deployment.model_copy(update={"inference_precision": "f32"})
    changed = report.model_copy(
        update={"performance": written, "verdict": kept, "deployment": hint}
    )
    assert phrases.models(changed)["float"] == "BF16"
    assert phrases.speed(changed) == (
        "0.83 times as fast as BF16, which OpenVINO computes floating point in here (5.00 ms); "
        "FP32: 6.00 ms"
    )


def test_speed_of_a_result_that_is_floating_point_as_deployed(make, group_of):
    report = make(
        deployment={"inference_precision": "bf16", "properties": {}},
        groups=[group_of(1, "bf16", reason="speed"), group_of(2, "bf16", reason="speed")],
    )
    assert phrases.speed(report) == (
        "floating point, which OpenVINO computes in BF16 here: 4.00 ms; 1.50 times as fast as "
        "FP32 (4.00 ms instead of 6.00 ms)"
    )


def test_layers(make, group_of):
    assert phrases.layers(make()) == "2 of 3 groups in INT8, 1 in FP32 (1 for accuracy)"
    assert phrases.layers(make(groups=[group_of(1, "int8")])) == "1 of 1 group in INT8"
    floats = [group_of(1, "bf16", reason="not quantizable"), group_of(2, "fp32", reason="speed")]
    assert phrases.layers(make(groups=[*floats, group_of(3, "int8")])) == (
        "1 of 3 groups in INT8, 1 in BF16 (1 not quantizable), 1 in FP32 (1 for speed)"
    )
    assert phrases.layers(make(groups=[group_of(1, "bf16")])) == "0 of 1 group in INT8, 1 in BF16"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fp32", "FP32"), ("bf16", "BF16"), ("int8", "INT8"), ("min-max", "INT8 min-max")],
)
def test_precision(make, name, expected):
    variant = {"title": "INT8 min-max", "weight_bits": 8, "activation_bits": 8}
    report = make(precisions={"min-max": {**variant, "compute_type": "i8"}})
    assert phrases.precision(report, name) == expected


def test_cost_and_machine(make):
    report = make()
    assert phrases.cost(report) == (
        "40.0 s, 2.0 times the least that any run needs; 12 compilations, 1,500 inferences"
    )
    assert phrases.machine(report) == "Some CPU, avx2, no VNNI, 4 cores"


@pytest.mark.parametrize("precisions", [None, [], 3, ["int8", "bf16"]])
def test_a_config_of_another_shape_is_taken_for_plain_int8(make, precisions):
    report = make(config={"quantization": {"precisions": precisions}})
    assert phrases.plain(report) == "plain INT8"


def test_an_unknown_float_is_named_as_it_is(make):
    facts = DeploymentFacts.model_construct(inference_precision="f8")
    assert phrases.deployed_float(make().model_copy(update={"deployment": facts})) == "F8"


@pytest.mark.parametrize(
    ("in_all", "folds", "expected"),
    [
        (None, 1, "1 sample of 400"),
        (1, 2, "1 sample of 200"),
        (350, 1, "350 samples of 400; of the 1 that are listed"),
    ],
)
def test_how_many_samples_changed(make, change_of, in_all, folds, expected):
    report = make(
        changes=[change_of(1, 1, 2)],
        changes_in_all=in_all,
        dataset__folds=folds,
        dataset__search=200,
        dataset__acceptance=200,
    )
    assert phrases.changed_samples(report) == expected


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (None, "this CPU"),
        ({"worker": "w", "host": "board", "cpu": "Small CPU", "cores": 2}, "board (Small CPU)"),
    ],
)
def test_whose_times_they_are(make, timing, expected):
    deployment = {"inference_precision": "f32", "properties": {}, "timing_machine": timing}
    report = make(deployment=deployment)
    assert phrases.timed_on(report) == expected
    for page in (render_html(report), render_markdown(report)):
        assert ("board (Small CPU)" in page) == (timing is not None)
