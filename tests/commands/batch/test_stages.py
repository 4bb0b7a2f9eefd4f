import pytest

from calibrate.commands.batch.stages import expected_seconds, stage_of, stage_shares

LOG = """23:59:50 Reading the model
23:59:55 Calibrating (30)
some output of a library
00:00:10 Measuring INT8 (40)
00:00:20 Calibrating (3)
00:00:30 Writing
"""


def test_shares_are_those_of_the_first_time_over_midnight():
    assert stage_shares(LOG) == {
        "Reading the model": 0.0,
        "Calibrating": 0.125,
        "Measuring INT8": 0.5,
        "Writing": 1.0,
    }


@pytest.mark.parametrize("log", ["", "no times\n", "10:00:00 Reading the model\n"])
def test_a_log_without_times_tells_nothing(log):
    assert stage_shares(log) == {}


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("12:00:01 Measuring INT8 (40)", "Measuring INT8"),
        ("12:00:01 Writing", "Writing"),
        ("Traceback", ""),
        ("", ""),
    ],
)
def test_the_stage_of_a_line(line, stage):
    assert stage_of(line) == stage


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("Measuring INT8", 40.0), ("Calibrating", None), ("Something else", None)],
)
def test_a_run_is_expected_to_divide_its_time_as_others_did(stage, expected):
    assert expected_seconds(stage, 20.0, [stage_shares(LOG)]) == expected
