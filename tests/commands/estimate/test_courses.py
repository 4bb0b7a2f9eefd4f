from dataclasses import replace

import pytest

from calibrate.commands.estimate.courses import full_search, plain_passes, total
from calibrate.commands.estimate.inputs import Effort, Line, Probe, Sets
from calibrate.core.costs import Spent

PROBE = Probe(
    read=1,
    decode=Line(1, 0.01),
    prepare=2,
    fp32=Line(0.5, 0.02),
    int8=Line(0.6, 0.01),
    plain=Line(3, 0.1),
    recipes=(Spent(7, 0, 32), Spent(7, 0, 32), Spent(8, 0, 20)),
    free_recipes=2,
    compose=0.1,
    footprint=1.5,
    latency=0.02,
    latency_int8=0.01,
    streams=2,
    groups=6,
    variants=6,
    measurements=6,
    profile=Spent(compilations=5, inferences=72),
)
SETS = Sets(everything=200, calibration=50, search=100, acceptance=100)
EFFORT = Effort(ranking=32, evaluations=None)


def test_plain():
    stages = plain_passes(PROBE, SETS, EFFORT)
    assert stages["decode"].seconds == pytest.approx(3)
    assert stages["fp32"].seconds == pytest.approx(4.5)
    assert stages["calibration"].seconds == pytest.approx(8)
    assert stages["int8"].seconds == pytest.approx(2.7)
    assert {name: spent.compilations for name, spent in stages.items() if spent.compilations} == {
        "prepare": 2,
        "fp32": 1,
        "int8": 1,
        "recipes": 2,
        "timing": 6,
        "ranges": 2,
        "layer errors": 1,
        "report sensitivities": 6,
    }
    assert stages["report sensitivities"].inferences == 6 * 8
    assert stages["fp32"].inferences == stages["int8"].inferences == 200
    assert stages["calibration"].inferences == 50
    assert stages["memory"].seconds == 1.5  # of the result; the others' while the run is busy


def test_full():
    stages = full_search(PROBE, SETS, EFFORT)
    assert stages["recipes"].seconds == pytest.approx(7 + 7 + 8 + 3 * 0.7 + 0.02 * (3 * 64 + 36))
    assert stages["recipes"].inferences == (32 + 32 + 20) + 3 * 64 + (100 - 64)
    assert stages["sensitivity"].compilations == 6
    assert stages["sensitivity"].inferences == 6 * 32
    assert stages["candidates"].compilations == 6  # 3 + log2 of the points
    assert stages["candidates"].inferences == 600
    assert stages["timing"].compilations == 6
    assert list(stages)[-4:] == ["timing", "ranges", "layer errors", "memory"]
    assert stages["memory"].seconds == 1.5
    assert total(stages).seconds > total(plain_passes(PROBE, SETS, EFFORT)).seconds


def test_sensitivities_for_the_report_alone_are_left_out_where_they_take_too_long():
    slow = replace(PROBE, int8=Line(5, 0.01))
    assert "report sensitivities" not in plain_passes(slow, SETS, EFFORT)


def test_sensitivities_of_many_groups_are_of_sets_for_the_report_alone():
    stages = plain_passes(replace(PROBE, groups=40), SETS, EFFORT)
    assert stages["report sensitivities"].compilations == 8


def test_targets():
    """Each is a compilation a fold, and the acceptance images once."""
    probe = replace(PROBE, targets=(Line(2, 0.5), Line(0.5, 0.1)))
    spent = plain_passes(probe, SETS, EFFORT)["acceptance"]
    assert (spent.compilations, spent.inferences) == (2, 200)
    assert spent.seconds == pytest.approx((0.1 + 2 + 50) + (0.1 + 0.5 + 10))
    crossed = plain_passes(probe, replace(SETS, folds=2), EFFORT)["acceptance"]
    assert (crossed.compilations, crossed.inferences) == (4, 200)
    here = full_search(PROBE, SETS, EFFORT)["acceptance"]
    both = full_search(probe, SETS, EFFORT)["acceptance"]
    assert both.compilations == here.compilations + 2
    assert "acceptance" not in plain_passes(PROBE, SETS, EFFORT)


@pytest.mark.parametrize(("everything", "inferences"), [(200, 48), (10, 20)])
def test_differences(everything, inferences):
    probe, sets = replace(PROBE, differences=1.5), replace(SETS, everything=everything)
    for stages in (plain_passes(probe, sets, EFFORT), full_search(probe, sets, EFFORT)):
        spent = stages["differences"]
        assert (spent.seconds, spent.compilations, spent.inferences) == (1.5, 2, inferences)
    assert "differences" not in plain_passes(PROBE, sets, EFFORT)


def test_weights_alone():
    """No ranges, recipes or sums that overflow; a choice is searched whatever passes."""
    weights = replace(PROBE, recipes=(), free_recipes=0, integers=False, profile=Spent())
    probe = replace(weights, variants=10, measurements=10, measures_groups=True)
    plain, full = (make(probe, SETS, EFFORT) for make in (plain_passes, full_search))
    assert "ranges" not in plain
    assert "recipes" not in full
    assert plain["calibration"].inferences == 0
    assert plain["sensitivity"].compilations == 10
    assert (plain["profile"].compilations, plain["profile"].inferences) == (0, 0)
    assert "candidates" not in plain
    assert full["candidates"].compilations == 7
    dearer = plain_passes(replace(probe, is_cheapest=False), SETS, EFFORT)
    assert dearer["candidates"].compilations == 7
    looking = plain_passes(probe, replace(SETS, compression=60), EFFORT)
    assert looking["calibration"].inferences == 60
    assert looking["calibration"].seconds == pytest.approx(9)


def test_limits_of_the_config_count():
    few = Effort(ranking=500, evaluations=1)
    stages = full_search(PROBE, SETS, few)
    assert stages["candidates"].compilations == 1
    assert stages["sensitivity"].inferences == 6 * 100


@pytest.mark.parametrize(
    ("folds", "separate", "seconds", "models"), [(2, 0, 600, 2), (2, 80, 600, 1), (1, 0, 0, 0)]
)
def test_fine_tuning(folds, separate, seconds, models):
    """Its limit and a comparison; one model a fold, or one on samples of its own."""
    sets, effort = replace(SETS, folds=folds, separate=separate), replace(EFFORT, tuning=seconds)
    stages = full_search(PROBE, sets, effort)
    assert ("fine-tuning" in stages) == bool(seconds)
    if seconds:
        assert stages["fine-tuning"].compilations == models
        assert stages["fine-tuning"].seconds == pytest.approx(600 + 0.7 * models + 0.02 * 100)
    assert "fine-tuning" not in plain_passes(PROBE, sets, effort)


def test_floating_point_deployed_in_a_reduced_type():
    """It is observed on every image, priced in every run, and timed with the others."""
    probe = replace(PROBE, reduced=Line(0.4, 0.015), latency_reduced=0.015)
    before, plain = plain_passes(PROBE, SETS, EFFORT), plain_passes(probe, SETS, EFFORT)
    assert plain["int8"].seconds - before["int8"].seconds == pytest.approx(0.1 + 0.4 + 3)
    assert plain["int8"].compilations - before["int8"].compilations == 1
    assert plain["calibration"].compilations == 1
    assert plain["int8"].inferences == 400
    assert (plain["profile"].compilations, plain["profile"].inferences) == (5, 72)
    assert "profile" not in before
    # Saturation is counted where layers fall back.
    assert full_search(probe, SETS, EFFORT)["profile"].compilations == 5 + 1
    assert "sensitivity" not in plain
    assert (before["timing"].compilations, plain["timing"].compilations) == (6, 8)
    assert full_search(probe, SETS, EFFORT)["timing"].compilations == 8
