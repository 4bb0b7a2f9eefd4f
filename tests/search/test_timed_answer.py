import pytest

from calibrate.runtime.machine_load import Conditions
from calibrate.search.timed_answer import disturbance

BUSY = "other processes took 30 % of the machine's processors"
END = (
    ": the times are uncertain and are not kept for other runs. `--retime` on a quiet machine "
    "measures them again."
)


@pytest.mark.parametrize(
    ("others", "drift", "expected"),
    [
        (0.05, 0.05, ""),
        (0.45, 0.0, "other processes took 45 % of the machine's processors"),
        (0.0, 0.2, "the same model became 20 % slower from the first rounds to the last"),
        (
            0.3,
            -0.15,
            f"{BUSY} and the same model became 15 % faster from the first rounds to the last",
        ),
    ],
)
def test_what_disturbed_a_timing_is_said(others, drift, expected):
    text = disturbance(Conditions(others, drift, "2026-01-01T00:00:00+00:00"))
    assert text == (f"While the models were timed, {expected}{END}" if expected else "")
