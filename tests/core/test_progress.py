import pytest

from calibrate.core.progress import CheckedProgress, NoProgress
from calibrate.errors import CalibrateError


class Recorded(NoProgress):
    """Keeps the order of calls."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls

    def stage(self, title: str, total: int | None = None) -> None:
        self.calls.append(title)

    def advance(self, count: int = 1) -> None:
        self.calls.append(f"advance {count}")

    def note(self, text: str) -> None:
        self.calls.append(text)


def test_a_check_comes_before_a_stage_and_after_a_part():
    calls: list[str] = []
    progress = CheckedProgress(Recorded(calls), lambda: calls.append("check"))
    progress.stage("Calibrating")
    progress.advance(3)
    progress.note("done")
    assert calls == ["check", "Calibrating", "advance 3", "check", "done"]


def test_a_check_that_fails_ends_the_stage():
    calls: list[str] = []

    def refuse() -> None:
        raise CalibrateError("too much memory")

    with pytest.raises(CalibrateError, match="too much memory"):
        CheckedProgress(Recorded(calls), refuse).stage("Calibrating")
    assert calls == []
