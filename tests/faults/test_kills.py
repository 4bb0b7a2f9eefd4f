"""A run that is killed at any moment and started again ends as one that was never stopped.

A few kills by default; `CALIBRATE_FAULTS=long` makes more than fifty and prints the figures.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.read import read_model

LONG = os.environ.get("CALIBRATE_FAULTS") == "long"
SEEDS = range(9 if LONG else 1)
MOST_KILLS = 8 if LONG else 4
PROMPT = 15.0
"""Seconds within which an interrupted run ends; more is a signal that was not heard."""
PATIENCE = 120.0
"""Seconds after which a process is taken to hang."""


@dataclass
class Figures:
    """What happened in all of it."""

    kills: dict[str, int] = field(default_factory=dict)
    sittings: int = 0
    resumed: int = 0
    mismatches: int = 0
    tracebacks: int = 0
    hangs: int = 0
    partial_files: int = 0
    wrong_exits: int = 0
    messages: list[str] = field(default_factory=list, repr=False)

    @property
    def faults(self) -> int:
        return (
            self.mismatches + self.tracebacks + self.hangs + self.partial_files + self.wrong_exits
        )


def start(project, cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "calibrate", "run", "run.yaml", "--no-progress"]
    return subprocess.Popen(
        command,
        cwd=project.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def handles_sigterm(process) -> bool:
    """Whether the command has begun; before that Python itself is being loaded."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return False
    caught = re.search(r"SigCgt:\s*([0-9a-f]+)", status)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def wait_for_moment(process, project, chance: random.Random) -> None:
    """Until some time has passed, or the journal has grown a few times."""
    while process.poll() is None and not handles_sigterm(process):
        time.sleep(0.005)
    end = time.monotonic() + chance.uniform(0, 8)
    growths = chance.choice([0, 1, 2, 5]) if chance.random() < 0.7 else None
    size = -1
    while process.poll() is None and time.monotonic() < end:
        now = project.journal.stat().st_size if project.journal.exists() else 0
        if growths is not None and size >= 0 and now != size:
            growths -= 1
            if growths < 0:
                break
        size = now
        time.sleep(0.001)


def run_and_kill(project, cache: Path, chance: random.Random, figures: Figures) -> bool:
    """One sitting that is killed, unless it ends before; whether it ended."""
    process = start(project, cache)
    wait_for_moment(process, project, chance)
    ended = process.poll() is not None
    kind = chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    if not ended:
        process.send_signal(kind)
        figures.kills[kind.name] = figures.kills.get(kind.name, 0) + 1
    expected = {0} if ended else {0, 130} if kind != signal.SIGKILL else {-9}
    begun = time.monotonic()
    code = finish(process, expected, figures)
    if not ended and code == 0 and time.monotonic() - begun > PROMPT:
        figures.wrong_exits += 1
        figures.messages.append(f"{kind.name} was not heard")
    return code == 0


def finish(process, expected: set[int], figures: Figures) -> int:
    try:
        _, text = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        figures.hangs += 1
        process.kill()
        process.communicate()
        return -9
    figures.sittings += 1
    if "Traceback" in text:
        figures.tracebacks += 1
        figures.messages.append(text)
    if process.returncode not in expected:
        figures.wrong_exits += 1
        figures.messages.append(f"exit code {process.returncode}: {text}")
    return process.returncode


def check_files(project, figures: Figures, *, ended: bool) -> None:
    """A model that is there is whole; what a kill leaves over is gone in the end."""
    if (project.out / "model.xml").exists():
        model = read_model(project.out / "model.xml")
        certificate = certificate_of(model)
        if certificate is None or not is_intact(model, certificate):
            figures.partial_files += 1
    if ended and list(project.out.rglob(".calibrate-*")):
        figures.partial_files += 1


@pytest.fixture(scope="module")
def figures():
    # What runs in the background of a shell is deaf to SIGINT, and so would its children be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    result = Figures()
    yield result
    sys.stdout.write(f"\n{result}\n")
    if LONG:
        assert sum(result.kills.values()) >= 50


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_run_ends_as_one_never_stopped(seed, template, tmp_path, figures):
    chance = random.Random(seed)
    project, cache = template.copy(tmp_path / "killed"), tmp_path / "cache"
    before = figures.faults
    for _ in range(MOST_KILLS):
        ended = run_and_kill(project, cache, chance, figures)
        check_files(project, figures, ended=ended)
        if ended:
            break
        figures.resumed += 1
    finish(start(project, cache), {0}, figures)
    check_files(project, figures, ended=True)
    # By the same times, which it finds in the cache, one in a new folder chooses the same.
    undisturbed = template.copy(tmp_path / "undisturbed")
    finish(start(undisturbed, cache), {0}, figures)
    if project.result() != undisturbed.result():
        figures.mismatches += 1
        shutil.copytree(project.out, tmp_path / "kept")
    assert figures.faults == before, "\n".join(figures.messages)
