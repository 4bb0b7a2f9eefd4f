import pytest

from calibrate.core.stage import FLOOR, RECURRING, Stage, position


def test_names_in_the_report():
    assert [str(stage) for stage in FLOOR] == ["decode", "fp32", "calibration", "int8", "timing"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Stage.FP32, Stage.CALIBRATION),
        (Stage.CALIBRATION, Stage.INT8),
        (Stage.INT8, Stage.RECIPES),
        (Stage.FINE_TUNING, Stage.SENSITIVITY),
        (Stage.PROFILE, Stage.CANDIDATES),
        (Stage.ACCEPTANCE, Stage.TIMING),
        (Stage.TIMING, Stage.LAYER_ERRORS),
    ],
)
def test_order(earlier, later):
    assert position(earlier) < position(later)


def test_stages_that_take_turns_share_a_position():
    assert position(Stage.RECIPES) == position(Stage.FINE_TUNING)
    assert position(Stage.DECODE) == position(Stage.OTHER) == 0
    assert Stage.MEMORY in RECURRING
