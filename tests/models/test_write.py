import errno
import os
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.write import file_mode, finish_interrupted, write_model, write_text


def network(value: float) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    return ov.Model([ops.add(given, np.full((1, 4), value, np.float32))], [given], "one")


def value_of(path: Path) -> float:
    """What the written model computes of zeros: tells whose weights it has."""
    compiled = ov.Core().compile_model(path, "CPU")
    return float(compiled(np.zeros((1, 4), np.float32))[0][0, 0])


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class Killed(BaseException):
    pass


@pytest.fixture
def folder(tmp_path):
    """A folder with a good model."""
    write_model(network(1.0), tmp_path / "model.xml")
    return tmp_path


def test_a_pair_and_nothing_else_is_written(folder):
    assert names(folder) == ["model.bin", "model.xml"]
    assert value_of(folder / "model.xml") == 1.0


@pytest.mark.parametrize("moves", range(4))
def test_a_crash_at_any_move_leaves_no_mixture(folder, monkeypatch, moves):
    path, left = folder / "model.xml", [moves]

    def crash(method):
        def wrapped(self, target):
            if not left[0]:
                raise Killed
            left[0] -= 1
            return method(self, target)

        return wrapped

    # The process is gone: no clean-up of its own runs either.
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    monkeypatch.setattr(Path, "replace", crash(Path.replace))
    monkeypatch.setattr(Path, "rename", crash(Path.rename))
    try:
        write_model(network(2.0), path)
    except Killed:
        assert moves < 3
    monkeypatch.undo()
    if path.exists():
        assert value_of(path) == (1.0 if moves == 0 else 2.0)
    finish_interrupted(folder)
    assert value_of(path) == (1.0 if moves == 0 else 2.0)
    assert names(folder) == ["model.bin", "model.xml"]


def test_a_write_after_a_crash_wins_over_what_waited(folder, monkeypatch):
    def crash(*_):
        raise Killed

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(Killed):
        write_model(network(2.0), folder / "model.xml")
    monkeypatch.undo()
    write_model(network(3.0), folder / "model.xml")
    finish_interrupted(folder)
    assert value_of(folder / "model.xml") == 3.0


@pytest.mark.parametrize("failing", ["replace", "rename"])
def test_a_full_disk_keeps_the_old_model(folder, monkeypatch, failing):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, failing, full)
    with pytest.raises(CalibrateError, match="No space left on device"):
        write_model(network(2.0), folder / "model.xml")
    monkeypatch.undo()
    finish_interrupted(folder)
    assert value_of(folder / "model.xml") in (1.0, 2.0)


def test_a_failed_stream_of_openvino_is_reported_in_words(folder, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("basic_ios::clear: iostream error")

    monkeypatch.setattr(ov, "save_model", fail)
    with pytest.raises(CalibrateError, match="not all of it could be written; free space"):
        write_model(network(2.0), folder / "model.xml")
    assert value_of(folder / "model.xml") == 1.0
    assert names(folder) == ["model.bin", "model.xml"]


def test_a_graph_that_was_cut_off_is_noticed(folder, monkeypatch):
    save = ov.save_model

    def cut(model, path, **options):
        save(model, path, **options)
        path.write_bytes(path.read_bytes()[:-20])

    monkeypatch.setattr(ov, "save_model", cut)
    with pytest.raises(CalibrateError, match="the disk is full"):
        write_model(network(2.0), folder / "model.xml")
    assert value_of(folder / "model.xml") == 1.0


def test_text_appears_whole(tmp_path, monkeypatch):
    write_text("old", tmp_path / "a.txt")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CalibrateError, match="No space left on device"):
        write_text("new", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_files_are_for_everybody_who_may_read_the_folder(tmp_path):
    before = os.umask(0o022)
    try:
        write_text("a", tmp_path / "a.txt")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600), (0o777, 0o600)]
)
def test_the_owner_can_always_read_and_write(mask, mode):
    before = os.umask(mask)
    try:
        assert file_mode() == mode
    finally:
        os.umask(before)
