import pytest

from calibrate.commands.batch.failure_log import reason


@pytest.mark.parametrize(
    ("code", "log", "expected"),
    [
        (1, "Reading the model\nError: a.yaml: it is wrong; mend it\n", "a.yaml: it is wrong"),
        (1, "Error: first\nError: second\n2 problems.\n", "first (and 1 more problem)"),
        (3, "Unexpected failure: KeyError: x\nThe whole", "Unexpected failure: KeyError: x"),
        (3, "Fatal Python error\n\n", "Fatal Python error"),
        (1, "", "ended with exit code 1 and an empty log"),
        (130, "Interrupted.\n", "interrupted"),
        (-9, "", "its process was ended by SIGKILL; perhaps the memory did not suffice"),
        (-11, "", "its process was ended by SIGSEGV"),
        (-64, "", "its process was ended by SIGRTMAX"),
    ],
)
def test_reason(tmp_path, code, log, expected):
    path = tmp_path / "run.log"
    path.write_text(log)
    assert reason(code, path).startswith(expected)


def test_a_missing_log(tmp_path):
    assert reason(1, tmp_path / "run.log") == "ended with exit code 1 and an empty log"


def test_only_the_end_of_a_long_log_counts(tmp_path):
    path = tmp_path / "run.log"
    path.write_text("Error: early\n" + "x" * 20_000 + "\nError: late\n")
    assert reason(1, path) == "late"
