import pytest

from calibrate.report import phrases


@pytest.mark.parametrize(
    ("verdict", "drop", "expected"),
    [
        (("within", True, "estimate"), 0.001, "Within budget"),
        (("over", False, "estimate"), 0.03, "Over budget"),
        (
            ("undecided", True, "estimate"),
            0.008,
            "Within budget by the estimate, not proven by the interval",
        ),
        (("undecided", False, "estimate"), 0.012, "Over budget by the estimate"),
        (("undecided", False, "confident"), 0.008, "Within budget by the estimate, not proven"),
    ],
)
def test_headline(make, metric_of, verdict, drop, expected):
    outcome, passed, accept = verdict
    report = make(
        metrics={"m": metric_of(drop)},
        verdict__interval_result=outcome,
        verdict__passed=passed,
        verdict__accept=accept,
    )
    assert phrases.headline(report) == expected


def test_promise(make):
    assert phrases.promise(make(), "accuracy@1") == (
        "lost 0.40 points on 200 unseen images (95 % interval: 0.2 gained to 1.0 lost); "
        "budget 1.00 points"
    )


def test_promise_with_a_better_estimate(make, metric_of):
    facts = metric_of(0.004)
    facts["result"]["acceptance"]["estimate"] = 0.0062
    told = phrases.promise(make(metrics={"m": facts}), "m")
    assert "lost 0.40 points on" in told
    assert "; counted and expected together it lost 0.62 points; budget" in told


@pytest.mark.parametrize(
    ("counted", "estimate", "side"),
    [(-0.0125, 0.0121, "within"), (0.0125, 0.004, "over"), (0.004, 0.006, ""), (0.02, 0.03, "")],
)
def test_promise_says_why_the_count_alone_says_otherwise(make, metric_of, counted, estimate, side):
    facts = metric_of(counted)
    facts["result"]["acceptance"]["estimate"] = estimate
    told = phrases.promise(make(metrics={"m": facts}), "m")
    why = f"; the count alone is {side} budget, but it turns on a few images that flipped either"
    assert (why in told) == bool(side)
    assert ("the count alone" in told) == bool(side)


def test_fp32_itself_needs_no_interval(make, metric_of):
    facts = metric_of(0.0)
    facts["result"] = {"search": facts["fp32"]["search"], "acceptance": facts["fp32"]["acceptance"]}
    report = make(metrics={"m": facts})
    assert phrases.promise(report, "m") == "lost nothing on 200 unseen images; budget 1.00 points"
    assert phrases.judged(report, "m").passed


@pytest.mark.parametrize(
    ("drop", "accept", "outcome", "passed"),
    [
        (0.003, "estimate", "within", True),
        (0.008, "estimate", "undecided", True),
        (0.008, "confident", "undecided", False),
        (0.012, "estimate", "undecided", False),
        (0.03, "estimate", "over", False),
    ],
)
def test_judged(make, metric_of, drop, accept, outcome, passed):
    report = make(metrics={"m": metric_of(drop)}, verdict__accept=accept)
    verdict = phrases.judged(report, "m")
    assert (verdict.interval_result, verdict.passed) == (outcome, passed)


def test_speed(make):
    report = make()
    assert phrases.speed(report) == "1.50 times as fast as FP32 (4.00 ms instead of 6.00 ms)"
    same = dict.fromkeys(("fp32", "int8", "result"), report.performance["fp32"])
    assert phrases.speed(report.model_copy(update={"performance": same})) == "FP32 itself: 6.00 ms"


def test_layers(make, group_of):
    assert phrases.layers(make()) == "2 of 3 groups in INT8, 1 in FP32 (1 for accuracy)"
    assert phrases.layers(make(groups=[group_of(1, "int8")])) == "1 of 1 group in INT8"


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
    assert phrases.cost(report) == "40.0 s, 2.0 times its floor; 12 compilations, 1,500 inferences"
    assert phrases.machine(report) == "Some CPU, avx2, no VNNI, 4 cores"
