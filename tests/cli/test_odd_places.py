"""Pipes, devices and odd names in place of files: an error before any work, exit code 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calibrate.cli.main import run

LONG = "a" * 260


@pytest.fixture
def job(make_job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.onnx")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "circle").symlink_to("circle")
    return str(make_job())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "pipe"], "a pipe or a device"),
        (["check", "/dev/zero"], "a pipe or a device"),
        (["run", "pipe"], "a pipe or a device"),
        (["check", "JOB", "--set", "model.path=../pipe.onnx"], "a pipe or a device"),
        (["check", "JOB", "--set", "dataset.adapter.data_source=../pipe"], "regular file"),
        (["inspect", "pipe.onnx"], "a pipe or a device"),
        (["report", "pipe"], "a pipe or a device"),
        (["report", "/dev/zero"], "a pipe or a device"),
        (["run", "JOB", "--baseline", "pipe"], "a pipe or a device"),
        (["run", "JOB", "--sign", "pipe"], "a pipe or a device"),
        (["run", "JOB", "--set", "search.warm_start=../pipe"], "a pipe or a device"),
        (["run", "JOB", "--output-dir", "pipe"], "is a file, not a folder"),
        (["convert-config", "pipe.json"], "a pipe or a device"),
        (["new", "job/model.xml", "pipe"], "a pipe or a device"),
        (["run", "JOB", "--output-dir", "circle"], "symbolic links"),
        (["run", "JOB", "--cluster", "\x1b[2J"], "is no address of a scheduler"),
        (["run", "JOB", "--set", "output.name=../x"], "is no name of a file"),
        (["run", "JOB", "--set", "output.name=a/b"], "is no name of a file"),
        (["run", "JOB", "--set", "output.name=''"], "is no name of a file"),
        (["run", "JOB", "--set", "model.name=.."], "is no name of a file"),
        (["run", "JOB", "--set", f"output.name={LONG[:240]}"], "a name of 240 bytes is too long"),
        (["run", "JOB", "--set", "output.dir=''"], "the path is empty"),
        (["run", "JOB", "--set", "model.path=''"], "the path is empty"),
        (["run", "JOB", "--output-dir", LONG], "has more than 255 bytes"),
        (["run", "JOB", "--output-dir", "a/" * 2000], "has more than 3500 bytes"),
        (["check", f"{LONG}.yaml"], "File name too long"),
        (["check", "JOB", "--set", f"model.path={LONG}.xml"], "File name too long"),
    ],
)
def test_it_is_reported_before_any_work(job, words, message, capsys):
    assert run([job if word == "JOB" else word for word in words]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Measuring" not in captured.err
    # A run that has begun leaves a report of its failure, and nothing else.
    out = Path(job).parent / "out"
    written = [path.name for path in out.rglob("*") if path.is_file() and "work" not in path.parts]
    assert written in ([], ["report.html", "report.json"])


def test_an_empty_folder_is_a_mistake_of_the_command_line(job, capsys):
    assert run(["run", job, "--output-dir", ""]) == 2
    assert "the folder's name is empty" in capsys.readouterr().err


def command(
    *words: str, folder: Path, **variables: str | None
) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    environment |= {name: value for name, value in variables.items() if value is not None}
    for name in [name for name, value in variables.items() if value is None]:
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "calibrate", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_that_has_been_deleted(job, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir ../gone; exec "$0" -m calibrate check "$1"'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, job],
        cwd=gone,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "the folder that you stand in has been deleted; cd to another one" in done.stderr


@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_no_home(job, tmp_path, home):
    done = command("check", job, folder=tmp_path, HOME=home, XDG_CACHE_HOME=None)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_limit_of_the_address_space_below_the_memory(job, tmp_path):
    script = 'ulimit -v $((12*1024*1024)); exec "$0" -m calibrate check "$1"'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, job],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
