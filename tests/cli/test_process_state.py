import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLOW_CLEANUP = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from calibrate.cli.process_state import handle_signals
handle_signals()
try:
    pathlib.Path(sys.argv[1], "ready").touch()
    time.sleep(60)
finally:
    pathlib.Path(sys.argv[1], "cleaning").touch()
    time.sleep(float(sys.argv[2]))
    pathlib.Path(sys.argv[1], "clean").touch()
"""
STREAMS = """
import os, sys
from calibrate.cli.process_state import secure_streams
secure_streams()
opened = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
for _ in range(3):
    print("lost", file=sys.stderr)
os.write(opened, str(opened).encode())
"""


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from calibrate.cli.process_state import handle_signals, is_interrupted
handle_signals()
before = is_interrupted()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print(before, is_interrupted())
"""


def test_an_interrupt_is_remembered():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False True\n"


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{path} did not appear")


def interrupted(folder: Path, second: signal.Signals, seconds: str) -> tuple[int, str]:
    command = [sys.executable, "-c", SLOW_CLEANUP, folder, seconds]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        wait_for(folder / "ready")
        child.send_signal(signal.SIGINT)
        wait_for(folder / "cleaning")
        child.send_signal(second)
        _, errors = child.communicate(timeout=60)
    return child.returncode, errors


def test_a_second_ctrl_c_ends_at_once_and_silently(tmp_path):
    assert interrupted(tmp_path, signal.SIGINT, "60") == (130, "")


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_let_the_cleanup_end(second, tmp_path):
    interrupted(tmp_path, second, "0.5")
    assert (tmp_path / "clean").exists()


@pytest.mark.parametrize("how", ["closed", "broken"])
def test_stderr_that_cannot_be_written_to_ends_nothing(how, tmp_path):
    place = tmp_path / "file"
    if how == "closed":
        command = ["sh", "-c", '"$0" -c "$1" "$2" 2>&-', sys.executable, STREAMS, place]
        done = subprocess.run(command, check=False)
    else:
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([sys.executable, "-c", STREAMS, place], stderr=write, check=False)
        os.close(write)
    assert done.returncode == 0
    assert int(place.read_text()) > 2


def test_what_the_terminal_cannot_show_is_escaped():
    script = "from calibrate.cli.process_state import secure_streams\n"
    script += "secure_streams()\nprint('2 \\xd7 \\u2713')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "2 \\xd7 \\u2713\n")
