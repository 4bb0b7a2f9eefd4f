"""Every command, and every process that it starts, is killed by every signal at any moment.

Each kind once a night; `CALIBRATE_KILLS=1000` makes that many kills and prints the figures. A
killed command leaves no process, no traceback and no partial file, and the same command ends well
afterwards.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.read import read_model

KILLS = int(os.environ.get("CALIBRATE_KILLS", "0"))
PATIENCE = 120.0
"""Seconds after which a process is taken to hang."""
SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGSTOP")
COMMANDS = {
    "run": ("run", "run.yaml", "--no-progress"),
    "batch": ("run", "run.yaml", "second.yaml", "--output-dir", "runs", "--jobs", "2"),
    "plan": ("run", "run.yaml", "--plan"),
    "check": ("check", "run.yaml"),
    "evaluate": ("evaluate", "run.yaml", "-m", "model.xml", "-m", "done/model.xml"),
    "analyze": ("analyze", "run.yaml"),
    "benchmark": ("benchmark", "model.xml", "done/model.xml", "--seconds", "0.5"),
    "inspect": ("inspect", "model.xml"),
    "verify": ("verify", "done/model.xml"),
    "new": ("new", "model.xml", "data.npz", "--output", "new.yaml"),
    "doctor": ("doctor",),
    "report": ("report", "done", "--format", "html"),
    "compare": ("compare", "done", "done"),
    "list": ("list", "metrics"),
}
"""Seconds at most until a kill; a command that has ended by then counts as no kill."""
MOST_SECONDS = {"run": 12.0, "batch": 20.0, "plan": 6.0, "analyze": 8.0, "evaluate": 4.0}


@dataclass
class Figures:
    """What happened in all of it."""

    kills: Counter[str] = field(default_factory=Counter)
    ended_before: int = 0
    mismatches: int = 0
    tracebacks: int = 0
    hangs: int = 0
    wrong_exits: int = 0
    partial_files: int = 0
    processes_left: int = 0
    files_left: int = 0
    texts: list[str] = field(default_factory=list, repr=False)

    def add(self, kind: str, text: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.texts.append(f"{kind}: {text}")


@dataclass(frozen=True)
class Place:
    """A project with a finished run in `done`, and folders of its own for what is temporary."""

    project: Path
    cache: Path
    temporary: Path

    def start(self, name: str) -> "subprocess.Popen[str]":
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(self.cache),
            "TMPDIR": str(self.temporary),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "calibrate", *COMMANDS[name]],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # What runs in the background of a shell is deaf to SIGINT.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def clean(self, name: str) -> None:
        (self.project / "new.yaml").unlink(missing_ok=True)
        if name != "run":
            return
        shutil.rmtree(self.project / "out", ignore_errors=True)

    def result(self) -> bytes:
        graph = (self.project / "out" / "model.xml").read_text()
        graph = re.sub(r"<calibrate>.*?</calibrate>", "", graph, flags=re.DOTALL)
        return graph.encode() + (self.project / "out" / "model.bin").read_bytes()


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []


def wait_for_target(
    process: "subprocess.Popen[str]", name: str, child: bool, chance: random.Random
) -> psutil.Process | None:
    """The process to kill after a random time: the command or one that it started."""
    end = time.monotonic() + chance.uniform(0, MOST_SECONDS.get(name, 2.5))
    while process.poll() is None:
        started = family(process) if child else []
        if time.monotonic() > end and not child:
            return psutil.Process(process.pid)
        if started and (time.monotonic() > end or chance.random() < 0.05):
            return chance.choice(started)
        time.sleep(0.02)
    return None


def send(target: psutil.Process, kind: str, chance: random.Random) -> None:
    try:
        target.send_signal(getattr(signal, kind))
        if kind == "SIGSTOP":
            time.sleep(chance.uniform(0.1, 1.5))
            target.send_signal(signal.SIGCONT)
    except psutil.NoSuchProcess:
        return


def kill(place: Place, figures: Figures, how: tuple[str, str, bool], chance: random.Random) -> None:
    """Start a command, kill it or one of its processes, and count what is wrong then."""
    name, kind, child = how
    label = f"{name} {kind}{' of a child' if child else ''}"
    process = place.start(name)
    target = wait_for_target(process, name, child, chance)
    started = family(process)
    if target is None:
        figures.ended_before += 1
    else:
        figures.kills[f"{name} {kind}{' child' if child else ''}"] += 1
        send(target, kind, chance)
    try:
        _, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        figures.add("hangs", label)
        process.kill()
        _, errors = process.communicate()
    # A signal while Python itself is being loaded is Python's to report.
    loading = kind == "SIGINT" and "Traceback" in errors and "/calibrate/" not in errors
    if "Traceback" in errors and not loading:
        figures.add("tracebacks", f"{label}: {errors[-3000:]}")
    # Images of noise are no data for which `new` finds a config.
    fine = {0, 1, 4} if name == "new" else {0, 4}
    if target is not None and child:
        fine |= {1, 130}
    elif target is not None and kind in ("SIGTERM", "SIGHUP", "SIGINT"):
        # Before the command has begun, Python itself is being loaded.
        fine |= {130, -getattr(signal, kind)}
    elif target is not None and kind == "SIGKILL":
        fine |= {-9}
    if process.returncode not in fine and not loading:
        figures.add("wrong_exits", f"{label}: {process.returncode}: {errors[-1500:]}")
    gone = psutil.wait_procs(started, timeout=5)[1]
    if alive := [one for one in gone if one.is_running() and one.status() != "zombie"]:
        figures.add("processes_left", f"{label}: {alive}")
    check_files(place, figures, label)


def check_files(place: Place, figures: Figures, label: str) -> None:
    for path in (place.project / "out" / "model.xml", *place.project.glob("runs/*/model.xml")):
        if not path.exists():
            continue
        model = read_model(path)
        certificate = certificate_of(model)
        if certificate is None or not is_intact(model, certificate):
            figures.add("partial_files", f"{label}: {path}")


def check_the_end(place: Place, figures: Figures, names: set[str]) -> None:
    """Every command that was killed ends well now, and what kills left over is gone."""
    for path in place.temporary.iterdir():
        os.utime(path, (0, 0))  # what is younger than a minute may belong to a running process
    for name in sorted(names):
        process = place.start(name)
        _, errors = process.communicate()
        if process.returncode not in (0, 4) or "Traceback" in errors:
            figures.add("wrong_exits", f"{name} afterwards: {process.returncode}: {errors[-1500:]}")
    check_files(place, figures, "the end")
    left = [*place.temporary.iterdir(), *place.project.rglob(".calibrate-*")]
    if left:
        figures.add("files_left", str(left))


@pytest.fixture(scope="module")
def place(template, cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    project = template.copy(folder / "project")
    shutil.copy(project.config, project.folder / "second.yaml")
    (folder / "temporary").mkdir()
    place = Place(project.folder, cache, folder / "temporary")
    process = place.start("run")
    _, errors = process.communicate()
    assert process.returncode in (0, 4), errors
    shutil.copytree(project.out, project.folder / "done")
    return place


def plan(count: int, chance: random.Random) -> list[tuple[str, str, bool]]:
    """Commands, signals and whether a child is meant: each kind in turn, children half as often."""
    with_children = ("run", "batch", "plan", "check", "evaluate", "analyze", "verify")
    kinds = [(name, kind, False) for name in COMMANDS for kind in SIGNALS]
    kinds += [(name, kind, True) for name in with_children for kind in SIGNALS]
    planned: list[tuple[str, str, bool]] = []
    while len(planned) < count:
        planned += chance.sample(kinds, len(kinds))
    return planned[:count]


@pytest.mark.slow
@pytest.mark.exhaustive
def test_killed_commands_leave_nothing_and_end_well_afterwards(place):
    chance, figures = random.Random(KILLS), Figures()
    before = place.result()
    planned = plan(KILLS or 40, chance)
    for how in planned:
        # Sometimes the run begins anew, sometimes it goes on from what was measured.
        if chance.random() < 0.3:
            place.clean("run")
        (place.project / "new.yaml").unlink(missing_ok=True)
        kill(place, figures, how, chance)
        if KILLS and sum(figures.kills.values()) % 25 == 0:
            sys.stdout.write(f"{figures}\n" + "\n".join(figures.texts) + "\n")
            sys.stdout.flush()
    check_the_end(place, figures, {"run"} | {name for name, _, _ in planned} - {"new"})
    if place.result() != before:
        figures.add("mismatches", "the result differs from that of the first run")
    sys.stdout.write(f"{figures}\n")
    assert figures.texts == []
