import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calibrate.child_process import run_module

PARENT = """
import sys, time
from calibrate.child_process import start_module
child = start_module("child", [sys.argv[1]], environment={"PYTHONPATH": sys.argv[2]})
child.wait()
"""
CHILD = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    pass
"""


def wait_until(condition) -> bool:
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_running(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize("stopped", [False, True], ids=["busy", "stopped"])
def test_a_child_ends_with_a_parent_that_is_killed(stopped, tmp_path):
    (tmp_path / "child.py").write_text(CHILD)
    ready = tmp_path / "ready"
    search = f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, ready, search], env={**os.environ, "PYTHONPATH": search}
    ) as parent:
        assert wait_until(lambda: ready.exists() and ready.read_text())
        child = int(ready.read_text())
        if stopped:
            os.kill(child, signal.SIGSTOP)
        parent.kill()
    assert wait_until(lambda: not is_running(child))


def test_output_and_code_come_back():
    done = run_module("calibrate", ["--version"], timeout=60)
    assert (done.returncode, done.stdout.split()[0]) == (0, b"calibrate,")
    done = run_module("calibrate", ["nothing"], timeout=60)
    assert (done.returncode, b"No such command" in done.stderr) == (2, True)


def test_a_child_that_does_not_end_is_killed(tmp_path, monkeypatch):
    (tmp_path / "endless.py").write_text("print('begun', flush=True)\nwhile True: pass\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}")
    with pytest.raises(subprocess.TimeoutExpired) as raised:
        run_module("endless", [], timeout=3)
    assert raised.value.output == b"begun\n"


def test_no_telemetry_in_a_child(tmp_path, monkeypatch):
    (tmp_path / "look.py").write_text(
        "import sys, openvino\nprint(sys.modules.get('openvino_telemetry'))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}")
    assert run_module("look", [], timeout=60).stdout == b"None\n"
