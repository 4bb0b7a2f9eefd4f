"""Runs that meet a full disk, a damaged journal, a failing inference, another run, or no time."""

import json
import shutil
import sqlite3
import subprocess
from functools import partialmethod
from itertools import count

import openvino as ov
import pytest

import calibrate.context.footprints
import calibrate.context.performance
import calibrate.runtime.timer
from calibrate.commands.run import run
from calibrate.commands.run_options import Clock, RunOptions
from calibrate.config.load import load_config
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.quantization.ptq import Quantizer
from calibrate.report.load import load_report
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.inference import Network
from calibrate.store.record_file import RecordFile

pytestmark = pytest.mark.slow

FORCE = RunOptions(force=True)


class Notes(NoProgress):
    """Keeps the notes."""

    def __init__(self):
        self.texts = []
        self.stages = []

    def note(self, text):
        self.texts.append(text)

    def stage(self, title, total=None):
        self.stages.append(title)


def be_quick(patched):
    """Neither seconds of timing, nor what is faster today, nor processes of their own."""
    patched.setattr(calibrate.context.performance, "SECONDS", 0.2)
    patched.setattr(Timing, "speedup", 1.5)
    patched.setattr(calibrate.context.footprints, "peak_memory", lambda _: 1 << 20)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """See `be_quick`."""
    be_quick(monkeypatch)


@pytest.fixture
def calibrate_it(project):
    return lambda: run(load_config(project.config))


@pytest.fixture(scope="module")
def undisturbed(template, cache, tmp_path_factory):
    """What a run gives that nothing disturbs."""
    project = template.copy(tmp_path_factory.mktemp("undisturbed") / "project")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(cache))
        be_quick(patched)
        run(load_config(project.config))
    return project


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A project that was run to its end."""
    copied = tmp_path / "project"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(undisturbed.folder, copied)
    return type(undisturbed)(copied)


def around_runs(monkeypatch, wrapper):
    """Calls the wrapper for every run of a network, one sample or several at a time."""
    for name in ("run", "run_together"):
        original = getattr(Network, name)
        monkeypatch.setattr(Network, name, partialmethod(_wrapped, wrapper, original))


def _wrapped(self, wrapper, original, *args, **kwargs):
    return wrapper(original, self, *args, **kwargs)


def inferences(monkeypatch):
    """Counts the runs of networks."""
    counted = []

    def counting(original, self, *args, **kwargs):
        counted.append(1)
        return original(self, *args, **kwargs)

    around_runs(monkeypatch, counting)
    return counted


def test_the_run_passes_every_stage(undisturbed):
    report = json.loads((undisturbed.out / "report.json").read_text())
    assert {"recipes", "sensitivity", "profile", "acceptance", "timing"} <= set(
        report["cost"]["stages"]
    )


def test_a_new_folder_gives_the_same_bytes(calibrate_it, project, undisturbed):
    calibrate_it()
    assert project.result() == undisturbed.result()


def test_a_finished_run_is_not_made_again(finished, monkeypatch):
    counted = inferences(monkeypatch)
    before = load_report(finished.out / "report.json")
    report = run(load_config(finished.config))
    assert counted == []
    assert report.cost.inferences == before.cost.inferences
    assert report.cost.compilations == before.cost.compilations


def test_the_same_report_the_second_time(finished):
    resolved = load_config(finished.config)
    first = run(resolved)
    files = {path.name: path.stat().st_mtime_ns for path in finished.out.glob("model.*")}
    assert run(resolved) == first
    assert files == {path.name: path.stat().st_mtime_ns for path in finished.out.glob("model.*")}


@pytest.mark.parametrize("fails_at", [1, 4, 9, 20])
def test_a_failing_inference_is_reported_and_the_next_run_goes_on(
    calibrate_it, project, undisturbed, monkeypatch, fails_at
):
    calls = count(1)

    def failing(original, self, tensors, indices, sink, **kwargs):
        if next(calls) == fails_at:
            original(self, tensors, indices[: len(indices) // 2], sink, **kwargs)
            raise CalibrateError("the inference fails")
        original(self, tensors, indices, sink, **kwargs)

    with monkeypatch.context() as patched:
        around_runs(patched, failing)
        with pytest.raises(CalibrateError, match="the inference fails"):
            calibrate_it()
    assert not list(project.out.glob("model.*"))
    calibrate_it()
    assert project.result() == undisturbed.result()


@pytest.mark.parametrize("writes", [1, 3, 8, 20])
def test_a_full_disk_is_reported_and_the_next_run_goes_on(
    calibrate_it, project, undisturbed, monkeypatch, writes
):
    original, calls = RecordFile.add, count(1)

    def full(self, *args, **kwargs):
        if next(calls) >= writes:
            raise sqlite3.OperationalError("database or disk is full")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(RecordFile, "add", full)
    with pytest.raises(CalibrateError, match="disk is full"):
        calibrate_it()
    monkeypatch.setattr(RecordFile, "add", original)
    assert not list(project.out.glob("model.*"))
    calibrate_it()
    assert project.result() == undisturbed.result()
    assert not list(project.out.rglob(".calibrate-*"))


@pytest.mark.parametrize("saves", [1, 2, 3, 4])
def test_a_disk_full_of_models(calibrate_it, project, undisturbed, monkeypatch, saves):
    original, calls = ov.save_model, count(1)

    def full(*args, **kwargs):
        if next(calls) == saves:
            raise RuntimeError("basic_ios::clear: iostream error")
        original(*args, **kwargs)

    monkeypatch.setattr(ov, "save_model", full)
    with pytest.raises(CalibrateError, match="not all of it could be written"):
        calibrate_it()
    calibrate_it()
    assert project.result() == undisturbed.result()


def test_a_disk_that_is_really_full(project, undisturbed):
    project.out.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(project.out)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        with pytest.raises(CalibrateError) as error:
            run(load_config(project.config))
        assert "free space or choose another output.dir" in str(error.value)
        assert not list(project.out.glob("model.*"))
        subprocess.run(
            ["mount", "-o", "remount,size=20m", str(project.out)], capture_output=True, check=True
        )
        run(load_config(project.config))
        assert project.result() == undisturbed.result()
    finally:
        subprocess.run(["umount", "-l", str(project.out)], capture_output=True, check=False)


def cut(data):
    return data[: len(data) * 2 // 3]


def garble(data):
    return b"".join(
        bytes([byte ^ 0x55]) if i % 5000 == 999 else bytes([byte]) for i, byte in enumerate(data)
    )


@pytest.mark.parametrize("damage", [cut, garble, lambda _: b"\0" * 4096])
def test_a_damaged_journal_is_not_believed(finished, undisturbed, damage):
    journal = finished.journal
    journal.write_bytes(damage(journal.read_bytes()))
    (finished.out / "model.xml").unlink()
    notes = Notes()
    run(load_config(finished.config), notes)
    assert finished.result() == undisturbed.result()
    assert bool(notes.texts)


def test_a_damaged_stored_model_is_made_again(finished, undisturbed):
    for path in (finished.out / "work" / "models").glob("*.bin"):
        path.write_bytes(bytes(path.stat().st_size))
    notes = Notes()
    run(load_config(finished.config), notes)
    assert sum("is not what was written" in text for text in notes.texts) == 3
    assert finished.result() == undisturbed.result()


def test_changed_images_are_measured_and_logged(finished, monkeypatch):
    counted = inferences(monkeypatch)
    notes = Notes()
    run(load_config(finished.config, overrides=["dataset.subsample_size=50"]), notes, None, FORCE)
    assert any("not reused: images changed" in text for text in notes.texts)
    assert counted


def test_another_budget_measures_nothing_twice(finished, monkeypatch):
    counted = inferences(monkeypatch)
    run(load_config(finished.config, overrides=["budget.max_drop=0.5"]), Notes(), None, FORCE)
    # The report shows histograms of the answer, which may be another one.
    assert len(counted) <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["budget.max_drop=0.2"], "there is the result of another config, which differs in budget"),
        (["dataset.name=other", "search.timeout=1000"], None),
    ],
)
def test_the_result_of_another_config_stays(finished, settings, message):
    before = (finished.out / "model.xml").read_bytes()
    resolved = load_config(finished.config, overrides=settings)
    if message is None:
        run(resolved)
        return
    with pytest.raises(CalibrateError) as error:
        run(resolved)
    assert error.value.message == message
    assert "--force" in error.value.hint
    assert (finished.out / "model.xml").read_bytes() == before
    run(resolved, conduct=FORCE)
    assert (finished.out / "model.xml").read_bytes() != before


def test_a_model_that_calibrate_has_not_written_stays(calibrate_it, project):
    project.out.mkdir()
    for suffix in (".xml", ".bin"):
        shutil.copy(project.folder / f"model{suffix}", project.out)
    with pytest.raises(CalibrateError, match="a model that calibrate has not written"):
        calibrate_it()


def test_the_result_of_another_model_stays(finished):
    model = ov.Core().read_model(finished.folder / "model.xml")
    model.get_ordered_ops()[0].set_friendly_name("other")
    ov.save_model(model, finished.folder / "model2.xml", compress_to_fp16=False)
    settings = ["model.path=model2.xml", "model.name=model"]
    with pytest.raises(CalibrateError, match="the result of another model"):
        run(load_config(finished.config, overrides=settings))


def test_a_worse_result_does_not_replace_a_good_one(finished, monkeypatch):
    before = (finished.out / "model.xml").read_bytes()
    ticks = count()
    # Out of time at once: plain INT8 is over budget, so the answer is FP32.
    clock = Clock(monotonic=lambda: float(next(ticks)))
    worse = "the new result (ran out of time and leaves more in floating point|is over budget)"
    with pytest.raises(CalibrateError, match=worse):
        run(load_config(finished.config, overrides=["search.timeout=0.001"]), Notes(), clock)
    assert (finished.out / "model.xml").read_bytes() == before


@pytest.mark.parametrize("timeout", [1, 3, 4, 6, 9, 14, 18, 22])
def test_the_time_limit_holds_to_within_one_evaluation(project, monkeypatch, timeout):
    """A clock on which each evaluation takes a second: passes, quantizations and profiles."""
    now, begun_late = [0.0], []

    def ticking(original):
        def wrapped(*args, **kwargs):
            if now[0] > timeout:
                begun_late.append(notes.stages[-1])
            result = original(*args, **kwargs)
            now[0] += 1
            return result

        return wrapped

    notes = Notes()
    for name in ("run", "run_together"):
        monkeypatch.setattr(Network, name, ticking(getattr(Network, name)))
    for home, name in (
        (Quantizer, "quantize"),
        (calibrate.runtime.timer, "profile_together"),
    ):
        monkeypatch.setattr(home, name, ticking(getattr(home, name)))
    # A cache of its own, so that there is something to profile.
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.folder / "cache"))
    settings = [f"search.timeout={timeout}"]
    run(load_config(project.config, overrides=settings), notes, Clock(lambda: now[0]))
    # What an answer needs in any case: FP32, plain INT8, one judgement, and a fallback.
    needed = {
        "Out of time: trying halves",
        "Preparing the model",
        "Measuring FP32",
        "Calibrating",
        "Measuring INT8",
        "Judging on acceptance samples",
        "Comparing ranges",
        "Timing side by side",
    }
    search = [stage for stage in begun_late if stage not in needed]
    assert len(set(search)) <= 1, search
    # The divergence of one candidate may take two passes; four profiles make one price list.
    assert len(search) <= (4 if "Profiling layers" in search else 2), search
    # The trial of the batch takes two passes more, the preparation one.
    assert now[0] <= timeout + 11
