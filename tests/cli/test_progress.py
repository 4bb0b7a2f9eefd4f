import io
import re
from datetime import UTC, datetime

import pytest

from calibrate.cli import progress
from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.core.progress import TimeLeft
from calibrate.report.formats.console import SafeConsole


@pytest.fixture
def make_bars(monkeypatch):
    """Bars that write to a string, as on a terminal or in a log."""

    def make(
        *, terminal: bool, limit: float | None = None, **display: bool
    ) -> tuple[Bars, io.StringIO]:
        text = io.StringIO()

        def console(*, stderr: bool, quiet: bool) -> SafeConsole:
            assert stderr  # stdout is for results
            return SafeConsole(file=text, quiet=quiet, terminal=terminal, width=100)

        monkeypatch.setattr(progress, "SafeConsole", console)
        options = Display(**display)
        return Bars(options, lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), limit), text

    return make


def story(bars: Bars) -> None:
    with bars:
        bars.stage("Reading samples", 3)
        for _ in range(3):
            bars.advance()
        bars.note("skipped: a.png: torn")
        bars.stage("Calibrating")
        bars.stage("Measuring [bold]", 4)
        bars.advance(4)


def test_a_log_has_plain_lines(make_bars):
    bars, text = make_bars(terminal=False)
    story(bars)
    assert text.getvalue().splitlines() == [
        "03:04:05 Reading samples (3)",
        "03:04:05 skipped: a.png: torn",
        "03:04:05 Calibrating",
        "03:04:05 Measuring [bold] (4)",
    ]


def test_a_terminal_has_bars(make_bars):
    bars, text = make_bars(terminal=True)
    story(bars)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", text.getvalue())
    lines = [line.strip() for line in plain.splitlines()]
    assert [line for line in lines if line.startswith(("✓", "skipped"))] == [
        "skipped: a.png: torn",
        "✓ Reading samples  3  0.0 s",
        "✓ Calibrating  0.0 s",
        "✓ Measuring [bold]  4  0.0 s",
    ]


def test_a_bar_counts_and_shows_the_time_until_the_limit(make_bars):
    bars, text = make_bars(terminal=True, limit=3725)
    with bars:
        bars.stage("Reading samples", 3)
        bars.advance(2)
        bars._progress.refresh()
    assert "2/3" in text.getvalue()
    assert "0:00, 5 s for this step, limit in 1:02:05" in text.getvalue()


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (TimeLeft(40, 190), "0:00, 40 s to 3 min left"),
        (TimeLeft(40, None), "0:00, over 40 s left"),
        (TimeLeft(100, 110), "0:00, about 2 min left"),
    ],
)
def test_a_bar_shows_the_time_left(make_bars, left, shown):
    bars, text = make_bars(terminal=True)
    bars.expect(lambda: left)
    with bars:
        bars.stage("Reading samples", 3)
        bars._progress.refresh()
    assert shown in text.getvalue()


def test_a_log_has_the_time_left_at_each_stage(make_bars):
    bars, text = make_bars(terminal=False)
    bars.expect(lambda: TimeLeft(40, 190))
    with bars:
        bars.stage("Reading samples", 3)
        bars.stage("Calibrating")
    assert text.getvalue().splitlines() == [
        "03:04:05 Reading samples (3); 40 s to 3 min left",
        "03:04:05 Calibrating; 40 s to 3 min left",
    ]


def test_what_was_interrupted_is_no_finished_line(make_bars):
    bars, text = make_bars(terminal=True)

    def interrupted() -> None:
        with bars:
            bars.stage("Calibrating")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "✓" not in text.getvalue()


def test_no_progress_on_a_terminal_is_a_log(make_bars):
    bars, text = make_bars(terminal=True, progress=False)
    story(bars)
    assert "3/3" not in text.getvalue()
    assert "Reading samples" in text.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_is_silent(make_bars, terminal):
    bars, text = make_bars(terminal=terminal, quiet=True, progress=False)
    story(bars)
    assert text.getvalue() == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_names_from_data_do_not_steer_the_terminal(make_bars, terminal):
    bars, text = make_bars(terminal=terminal)
    with bars:
        bars.stage("Reading")
        bars.note("skipped: \x1b[2Jevil\x07.png: torn")
    assert "\x1b[2J" not in text.getvalue()
    assert "\x07" not in text.getvalue()
    assert "\\x1b[2Jevil" in text.getvalue()


def test_an_error_passes_and_the_bars_end(make_bars):
    bars, _ = make_bars(terminal=True)

    def fail() -> None:
        with bars:
            bars.stage("Reading", 10)
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert bars._progress.finished or not bars._progress.live.is_started


def test_verbose_lists_stages_and_their_times(make_bars):
    bars, text = make_bars(terminal=False, verbose=True)
    story(bars)
    assert text.getvalue().splitlines()[:4] == [
        "03:04:05 Reading samples (3)",
        "03:04:05 skipped: a.png: torn",
        "03:04:05 Reading samples: 3 done, 0.0 s",
        "03:04:05 Calibrating",
    ]


@pytest.mark.parametrize("total", [0, 500])
def test_a_stage_that_was_known_already_has_no_bar_of_nothing(make_bars, total):
    bars, text = make_bars(terminal=True)
    with bars:
        bars.stage("Measuring FP32", total)
    assert "0/0" not in text.getvalue()
    assert "Measuring FP32" in text.getvalue()
