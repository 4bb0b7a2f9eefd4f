from datetime import UTC, datetime

import pytest

from calibrate.cli import crash_log
from calibrate.cli.crash_log import write_crash_log

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "{0}/state", "HOME": "{0}/home"}, "state/calibrate/{1}"),
        ({"HOME": "{0}/home"}, "home/.local/state/calibrate/{1}"),
        ({}, "temporary/calibrate-{1}"),
        ({"HOME": "{0}/file"}, "temporary/calibrate-{1}"),
    ],
)
def test_where_the_log_goes(environment, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(crash_log.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(crash_log.os, "getpid", lambda: 77)
    (tmp_path / "file").touch()
    settings = {key: value.format(tmp_path) for key, value in environment.items()}
    path = write_crash_log(ValueError("x\udc80"), ["calibrate", "run"], NOW, settings)
    assert path == tmp_path / expected.format("", "20260102-030405-77.log")
    assert "ValueError: x\\udc80" in path.read_text()


def test_where_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(crash_log.tempfile, "gettempdir", lambda: str(tmp_path / "file"))
    settings = {"HOME": str(tmp_path / "file")}
    assert write_crash_log(ValueError("x"), [], NOW, settings) is None


def test_where_there_is_no_temporary_folder(monkeypatch):
    def refuse() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(crash_log.tempfile, "gettempdir", refuse)
    assert write_crash_log(ValueError("x"), [], NOW, {}) is None


def test_a_link_of_somebody_else_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(crash_log.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(crash_log.os, "getpid", lambda: 77)
    (tmp_path / "calibrate-20260102-030405-77.log").symlink_to(tmp_path / "precious")
    assert write_crash_log(ValueError("x"), [], NOW, {}) is None
    assert not (tmp_path / "precious").exists()
