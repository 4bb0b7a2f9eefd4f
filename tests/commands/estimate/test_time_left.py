import pytest

from calibrate.commands.estimate.inputs import Effort, Sets
from calibrate.commands.estimate.time_left import Choices, measured_probe, time_left
from calibrate.core.costs import Costs, Spent
from calibrate.core.progress import TimeLeft

SETS = Sets(everything=100, calibration=40, search=50, acceptance=50)
EFFORT = Effort(ranking=10, evaluations=2)
CHOICES = Choices(groups=6, variants=6, measurements=6, profile=Spent(0, 4, 4 * 14))

BEGUN = {"decode": Spent(3), "fp32": Spent(11, 1, 100)}
"""FP32 compiles in a second and infers a sample in 0.1 s."""
CALIBRATED = {**BEGUN, "calibration": Spent(8, 0, 40), "int8": Spent(6, 1, 100)}
"""INT8 infers a sample in 0.05 s."""


def left(stages: dict[str, Spent]) -> TimeLeft:
    costs = Costs(lambda: 0.0, stages=dict(stages), compile_seconds=[1.0])
    return time_left(costs, measured_probe(costs, SETS, CHOICES), SETS, EFFORT)


ENDING = 4 + 6 + (2 + 4.8) + (2 + 2) + (1 + 1.6)
"""Timing with six compilations, differences, ranges and layer errors."""


@pytest.mark.parametrize(
    ("stages", "least", "most"),
    [
        # Calibration and INT8 are taken to be as slow as FP32, and what follows is not known.
        (BEGUN, 4 + 11 + (4 + 4) + ENDING - 10, None),
        # All in INT8 is accepted, or layers fall back: 6 groups on 10 samples, profiles, 2
        # candidates and a judgement, each in FP32's time. For the report alone, groups would take
        # too long.
        (
            {**CALIBRATED, "int8": Spent(6, 1, 100), "recipes": Spent()},
            ENDING - 2,
            6 * 2 + (4 * (1.4 + 1) + 0.4 + 1) + 2 * 6 + 6 + ENDING,
        ),
    ],
)
def test_before_layers_fall_back(stages, least, most):
    estimate = left(stages)
    assert estimate.least == pytest.approx(least, abs=3)
    assert estimate.most == (None if most is None else pytest.approx(most, abs=3))


def test_the_pace_of_a_stage_predicts_its_rest():
    half = left({**CALIBRATED, "sensitivity": Spent(30, 3, 30)})
    whole = left({**CALIBRATED, "sensitivity": Spent(60, 6, 60)})
    assert half.least == half.most
    assert half.least - whole.least == pytest.approx(30)


def test_nothing_before_the_timing_is_left_once_it_began():
    estimate = left({**CALIBRATED, "candidates": Spent(1), "timing": Spent(8, 4, 9)})
    assert estimate.most == pytest.approx(2 + 6.8 + 4 + 2.6, abs=0.5)


def test_what_an_earlier_run_measured_is_done():
    """The ledger has the cost of recalled measurements, and nothing was compiled."""
    costs = Costs(lambda: 0.0, stages=dict(CALIBRATED))
    probe = measured_probe(costs, SETS, CHOICES)
    assert probe.fp32.fixed == 0
    assert probe.fp32.each == pytest.approx(0.11)
    assert time_left(costs, probe, SETS, EFFORT).least > 4
