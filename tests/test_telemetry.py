"""Nothing is sent: looked at in fresh processes, since importing openvino sends at once."""

import subprocess
import sys

import pytest

# What would be sent goes through one function of urllib, in a forked process.
WATCH = """
import multiprocessing, os, pathlib, sys, urllib.request
multiprocessing.set_start_method("fork")
sent = pathlib.Path(os.environ["HOME"], "sent")
sent.touch()
def note(request, *_, **__):
    with sent.open("a") as stream:
        stream.write(request.full_url.split("?")[0] + "\\n")
urllib.request.urlopen = note
"""
WORK = """
import openvino as ov
from openvino.tools.ovc.telemetry_utils import init_ovc_telemetry
init_ovc_telemetry("OpenVINO").send_event("ov", "import", "general_import")
"""
END = """
from concurrent.futures import thread
thread._python_exit()  # waits for whatever was handed to a thread
print(len(sent.read_text().splitlines()), "openvino_telemetry.main" in sys.modules)
"""


def output(code: str, home) -> str:
    # No variable of a CI, which would hide the fault; and no way out, should the watch fail.
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", **nowhere}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


@pytest.mark.parametrize("first", ["calibrate", "calibrate.errors", "calibrate.config.schema"])
def test_any_part_of_the_package_switches_it_off(first, tmp_path):
    assert output(f"{WATCH}\nimport {first}\n{WORK}\n{END}", tmp_path) == "0 False"
    assert not (tmp_path / "intel").exists()


def test_what_is_loaded_already_stops_sending(tmp_path):
    code = f"{WATCH}\nimport openvino_telemetry\nimport calibrate\n{WORK}\n{END}"
    assert output(code, tmp_path) == "0 True"


def test_the_watch_sees_what_is_sent_without_us(tmp_path):
    sent, loaded = output(f"{WATCH}\n{WORK}\n{END}", tmp_path).split()
    assert int(sent) > 0
    assert loaded == "True"


def test_nncf_takes_it_for_not_installed(tmp_path):
    code = f"{WATCH}\nimport calibrate, nncf\nfrom nncf.telemetry.wrapper import telemetry\n"
    code += f"telemetry.send_event('a', 'b', 'c')\nprint(type(telemetry).__name__)\n{END}"
    assert output(code, tmp_path).splitlines() == ["MagicMock", "0 False"]
