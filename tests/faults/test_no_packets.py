"""No command reaches the network or writes outside of its folders: looked at with strace."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

CALLS = "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2"
LOCAL = re.compile(r'AF_UNIX|AF_NETLINK|inet_addr\("127\.|"::1"|connect\(\d+, NULL')
PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|mkdir|rename")


def traced(project, cache: Path, tmp_path: Path, *words: str) -> tuple[int, list[str]]:
    """The exit code of a command, and the system calls of it and all of its children."""
    trace = tmp_path / "trace"
    command = [sys.executable, "-m", "calibrate", *words]
    # No variable of a CI, under which openvino's telemetry is silent by itself.
    silent = ("CI", "TF_BUILD", "JENKINS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in silent}
    environment |= {
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(tmp_path / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir(exist_ok=True)
    done = subprocess.run(
        ["strace", "-f", "-qq", "-s", "400", "-e", f"trace={CALLS}", "-o", trace, *command],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr and done.returncode == 1:
        pytest.skip("strace may not trace here")
    return done.returncode, trace.read_text(errors="replace").splitlines()


def sockets_to_elsewhere(calls: list[str]) -> list[str]:
    network = [call for call in calls if re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", call)]
    return [call for call in network if "sa_family" in call and not LOCAL.search(call)]


def written_elsewhere(calls: list[str], folders: list[Path], here: Path) -> list[str]:
    allowed = [*map(str, folders), "/dev/", "/proc/"]
    recorded = []
    for call in calls:
        if not WRITES.search(call) or re.search(r"= -1 ", call):
            continue
        for text in PATH.findall(call):
            path = os.path.normpath(here / text)
            if not any(path.startswith(folder) for folder in allowed):
                recorded.append(call)
    return recorded


@pytest.mark.parametrize(
    "words",
    [
        ("run", "run.yaml"),
        ("run", "run.yaml", "--plan"),
        pytest.param(
            ("run", "run.yaml", "second.yaml", "--output-dir", "out"), marks=pytest.mark.exhaustive
        ),
        ("benchmark", "model.xml", "--seconds", "0.5", "--layers"),
        ("check", "run.yaml"),
    ],
    ids=["run", "plan", "batch", "benchmark", "check"],
)
def test_no_packet_leaves_and_nothing_is_written_elsewhere(words, project, cache, tmp_path):
    shutil.copy(project.config, project.folder / "second.yaml")
    code, calls = traced(project, cache, tmp_path, *words)
    assert code in (0, 4)
    assert any("model.xml" in call for call in calls)
    assert sockets_to_elsewhere(calls) == []
    folders = [project.out, cache, tmp_path / "tmp"]
    assert written_elsewhere(calls, folders, project.folder) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.exhaustive
def test_verify_too(project, cache, tmp_path):
    code, _ = traced(project, cache, tmp_path, "run", "run.yaml")
    assert code in (0, 4)
    code, calls = traced(project, cache, tmp_path, "verify", "out/model.xml")
    assert code in (0, 4)
    assert sockets_to_elsewhere(calls) == []
    assert written_elsewhere(calls, [project.out, cache, tmp_path / "tmp"], project.folder) == []


def test_the_check_sees_a_packet(project, cache, tmp_path):
    calls = ['1 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}']
    assert sockets_to_elsewhere(calls) == calls
    calls = ['1 openat(AT_FDCWD, "/root/intel/stats", O_WRONLY|O_CREAT, 0666) = 3']
    assert written_elsewhere(calls, [project.out], project.folder) == calls
