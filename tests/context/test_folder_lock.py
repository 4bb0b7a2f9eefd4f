import json
import os
import socket
import subprocess
import sys

import pytest

from calibrate.context.folder_lock import lock_folder
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.store.run_journal import JOURNAL_NAME

HOLD = """
import sys, time
from pathlib import Path
from calibrate.core.progress import NoProgress
from calibrate.context.folder_lock import lock_folder
with lock_folder(Path(sys.argv[1]), NoProgress(), wait=False):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holding(folder, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.stdout.close()
    return process


def test_the_second_is_refused_with_the_first_ones_name(tmp_path):
    process = holding(tmp_path, 60)
    try:
        with (
            pytest.raises(CalibrateError) as error,
            lock_folder(tmp_path, NoProgress(), wait=False),
        ):
            pass
        expected = f"another run works in this folder: pid {process.pid} on {socket.gethostname()}"
        assert error.value.message == expected
        assert "--wait" in error.value.hint
    finally:
        process.kill()
        process.wait()
    # A killed process holds nothing.
    with lock_folder(tmp_path, NoProgress(), wait=False):
        assert json.loads((tmp_path / "holder.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / "holder.json").exists()


def test_waiting_ends_when_the_first_does(tmp_path):
    calls = []

    class RecordingProgress(NoProgress):
        def stage(self, title, total=None):
            calls.append(title)

    process = holding(tmp_path, 0.5)
    with lock_folder(tmp_path, RecordingProgress(), wait=True):
        assert process.wait() == 0
    assert calls == [f"Waiting for pid {process.pid} on {socket.gethostname()}"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CalibrateError, match="the folder cannot be used: Not a directory"),
        lock_folder(tmp_path / "file" / "work", NoProgress(), wait=False),
    ):
        pass


def fails_in(work, *made):
    def fail():
        with lock_folder(work, NoProgress(), wait=False):
            for name, content in made:
                (work / name).parent.mkdir(exist_ok=True)
                (work / name).write_bytes(content)
            (work / "models").mkdir(exist_ok=True)
            raise CalibrateError("bad input")

    with pytest.raises(CalibrateError):
        fail()


def test_a_failure_before_anything_was_recorded_leaves_nothing(tmp_path):
    fails_in(tmp_path / "out" / "work", ("lock", b""))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kept", [(JOURNAL_NAME, b"more"), ("models/a.xml", b"")])
def test_a_failure_later_on_leaves_what_was_recorded(tmp_path, kept):
    fails_in(tmp_path / "out" / "work", kept)
    assert (tmp_path / "out" / "work" / kept[0]).read_bytes() == kept[1]


def test_folders_that_were_there_stay(tmp_path):
    (tmp_path / "out").mkdir()
    fails_in(tmp_path / "out" / "work")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not list((tmp_path / "out").iterdir())
    (tmp_path / "out" / "work").mkdir()
    fails_in(tmp_path / "out" / "work")
    assert (tmp_path / "out" / "work" / "lock").exists()
