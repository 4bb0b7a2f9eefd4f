"""Batches: by processes that only pretend, and one of real ones."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from calibrate.commands.batch.baseline import read_baseline
from calibrate.commands.batch.plan import Limits, Planned, plan_configs
from calibrate.commands.batch.scheduler import BatchOptions, Host, run_batch
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.report.baseline import Tolerances
from calibrate.report.commands.batch import BatchReport
from calibrate.report.load import load_report

SAMPLE = Path(__file__).parents[2] / "report" / "sample.json"


class World:
    """Clocks and processes: the name of a run determines what it does."""

    def __init__(self):
        self.time = 0.0
        self.alive = []
        self.started = []
        self.together = 0
        self.ends = {}  # by name: exit code, or an exception that the batch meets meanwhile
        self.takes = {}

    @property
    def host(self):
        return Host(
            start=self.start,
            monotonic=lambda: self.time,
            now=lambda: datetime(2026, 1, 2, tzinfo=UTC),
            sleep=self.sleep,
        )

    def sleep(self, seconds):
        self.time += seconds

    def start(self, command, log):
        child = Fake(self, list(command), log)
        self.started.append(child)
        self.alive.append(child)
        self.together = max(self.together, len(self.alive))
        return child


class Fake:
    def __init__(self, world, command, log):
        self.world, self.command, self.log = world, command, log
        self.name = log.stem
        self.until = world.time + world.takes.get(self.name, 10.0)
        self.code = None
        self.asked = []

    def poll(self):
        if self.code is None and self.world.time >= self.until:
            self.end()
        return self.code

    def end(self):
        self.world.alive.remove(self)
        self.code = self.world.ends.get(self.name, 0)
        if isinstance(self.code, BaseException):
            raise self.code
        if self.code in (0, 4):
            output = Path(json.loads(self.setting("output.dir")))
            output.mkdir(parents=True, exist_ok=True)
            content = json.loads(SAMPLE.read_text())
            content["model"]["written"] = str(output / "model.xml")
            content["verdict"]["passed"] = self.code == 0
            content["verdict"]["outcome"] = "proven" if self.code == 0 else "over"
            (output / "report.json").write_text(json.dumps(content))
            (output / "model.xml").write_text("")
            (output / "model.bin").write_text("")
        else:
            self.log.write_text(f"Error: {self.name} went wrong\n")

    def setting(self, key):
        result = [word for word in self.command if word.startswith(f"{key}=")]
        return result[-1].partition("=")[2] if result else None

    def terminate(self):
        self.asked.append("terminate")
        if self.code is None:
            self.world.alive.remove(self)
            self.code = 130

    def kill(self):
        self.asked.append("kill")

    def wait(self, timeout=None):
        return self.code


@pytest.fixture
def world():
    return World()


@pytest.fixture
def planned(make_job, tmp_path):
    """Three runs of one small model, in folders of their own."""
    config = make_job()
    names = ["one", "two", "three"]
    return tuple(
        Planned(name, config, (f'output.dir="{tmp_path}/batch/{name}"',)) for name in names
    )


def outcomes(report):
    return {row.name: row.outcome for row in report.rows}


def batch(planned, tmp_path, world, limits=None, **settings):
    limits = limits or Limits()
    return run_batch(planned, tmp_path / "batch", limits, NoProgress(), host=world.host, **settings)


def test_a_failure_is_a_row(planned, tmp_path, world):
    world.ends = {"one": 4, "two": 1}
    report = batch(planned, tmp_path, world)
    assert outcomes(report) == {"one": "over", "two": "failed", "three": "proven"}
    assert report.rows[1].message == "two went wrong"
    assert report.rows[2].speedup == load_report(SAMPLE).performance["result"].speedup
    assert world.together == 1
    written = BatchReport.model_validate_json((tmp_path / "batch" / "batch.json").read_text())
    assert written.rows == report.rows
    assert (tmp_path / "batch" / "batch.md").read_text().startswith("### ❌")
    assert "<h1" in (tmp_path / "batch" / "batch.html").read_text()
    assert 'errors="1"' in (tmp_path / "batch" / "batch.xml").read_text()


def test_what_is_worse_than_the_batch_before_is_reported(planned, tmp_path, world):
    batch(planned, tmp_path, world)
    better = tmp_path / "batch" / "two" / "report.json"
    content = json.loads(better.read_text())
    content["performance"]["result"]["speedup"] *= 2
    better.write_text(json.dumps(content))
    baseline = read_baseline(tmp_path / "batch", Tolerances())
    options = BatchOptions(force=True, baseline=baseline)
    report = batch(planned, tmp_path, world, options=options)
    assert [bool(row.regressions) for row in report.rows] == [False, True, False]
    assert report.rows[1].regressions[0].startswith("latency: ")
    assert "is worse than the baseline: latency" in (tmp_path / "batch/batch.md").read_text()
    assert 'type="regression"' in (tmp_path / "batch/batch.xml").read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "it is not the batch.json of this version"),
        ('{"version": 2, "created": "x", "seconds": 1, "rows": []}', "no run of this batch has"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_baseline_that_is_none_is_refused(tmp_path, content, message):
    path = tmp_path / "batch.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CalibrateError, match=message):
        read_baseline(path, Tolerances())


def test_progress_tells_how_much_is_left(planned, tmp_path, world):
    class RecordingProgress(NoProgress):
        titles: ClassVar[list[str]] = []

        def stage(self, title, total=None):
            self.titles.append(title)

    world.takes = {"one": 60.0, "two": 120.0}
    run_batch(planned, tmp_path / "batch", Limits(), RecordingProgress(), host=world.host)
    assert RecordingProgress.titles == [
        "0 of 3 ended: running one",
        "1 of 3 ended, about 2 min 00 s left: running two",
        "2 of 3 ended, about 1 min 30 s left: running three",
    ]


def test_the_title_follows_the_stages_of_the_runs(planned, tmp_path, world):
    """The second run is twice as slow as the first, which its stages show halfway."""

    class Described(NoProgress):
        titles: ClassVar[list[str]] = []

        def describe(self, title):
            if title not in self.titles:
                self.titles.append(title)

    start = world.start

    def started(command, log):
        child = start(command, log)
        child.log.parent.mkdir(parents=True, exist_ok=True)
        lines = {0: "Reading", 10: "Calibrating", 20: "Writing"}
        pace = child.until - world.time
        poll = child.poll

        def polled():
            share = 20 * (1 - (child.until - world.time) / pace)
            shown = [f"00:00:{at:02} {title}" for at, title in lines.items() if at <= share + 1e-9]
            child.log.write_text("".join(f"{line}\n" for line in shown))
            return poll()

        child.poll = polled
        return child

    world.start = started
    world.takes = {"one": 20.0, "two": 40.0, "three": 20.0}
    run_batch(planned, tmp_path / "batch", Limits(), Described(), host=world.host)
    titles = Described.titles
    assert "0 of 3 ended: running one (Reading)" in titles
    assert "1 of 3 ended, about 40 s left: running two (Reading)" not in titles[:2]
    halfway = [title for title in titles if "two (Calibrating)" in title]
    assert "about 40" in halfway[0]  # 20 s of its own, and 20 s of the third


def test_what_is_finished_is_not_run_again(planned, tmp_path, world):
    world.ends = {"two": -9}
    batch(planned, tmp_path, world)
    assert [child.name for child in world.started] == ["one", "two", "three"]
    again = World()
    report = batch(planned, tmp_path, again)
    assert [child.name for child in again.started] == ["two"]
    assert [row.kept for row in report.rows] == [True, False, True]
    assert set(outcomes(report).values()) == {"proven"}
    forced = World()
    batch(planned, tmp_path, forced, options=BatchOptions(force=True))
    assert len(forced.started) == 3
    assert all("--force" in child.command for child in forced.started)


@pytest.mark.parametrize("lost", ["one/report.json", "one/model.bin", "../job/model.xml"])
def test_what_changed_is_run_again(planned, tmp_path, world, lost, make_job):
    batch(planned, tmp_path, world)
    if lost.startswith(".."):
        make_job(jitter=0.1)
    else:
        (tmp_path / "batch" / lost).unlink()
    again = World()
    batch(planned, tmp_path, again)
    expected = ["one", "two", "three"] if lost.startswith("..") else ["one"]
    assert [child.name for child in again.started] == expected


def test_a_killed_batch_goes_on(planned, tmp_path, world):
    world.ends = {"two": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        batch(planned, tmp_path, world)
    again = World()
    report = batch(planned, tmp_path, again)
    assert [child.name for child in again.started] == ["two", "three"]
    assert set(outcomes(report).values()) == {"proven"}


def test_an_end_ends_all_that_run(planned, tmp_path, world):
    world.takes = {"one": 5.0, "two": 100.0, "three": 100.0}
    world.ends = {"one": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        batch(planned, tmp_path, world, Limits(jobs=3))
    assert [child.asked for child in world.started] == [["terminate"]] * 3
    assert world.alive == [] or {child.name for child in world.alive} <= {"one"}


def test_time_is_shared_fairly(planned, tmp_path, world):
    world.takes = {"one": 40.0, "two": 10.0}
    report = batch(planned, tmp_path, world, Limits(timeout=90))
    given = [float(child.setting("search.timeout")) for child in world.started]
    assert given == pytest.approx([30, 25, 40], abs=0.5)
    # The first took all that it was given, so it may not be the best there is.
    assert [row.cut_short for row in report.rows] == [True, False, False]
    again = World()
    batch(planned, tmp_path, again, Limits(timeout=90))
    assert [child.name for child in again.started] == ["one"]


def test_what_has_no_time_left_is_not_run(planned, tmp_path, world):
    world.takes = {"one": 95.0}
    report = batch(planned, tmp_path, world, Limits(timeout=90))
    assert outcomes(report) == {"one": "proven", "two": "not run", "three": "not run"}


def test_side_by_side(planned, tmp_path, world):
    batch(planned, tmp_path, world, Limits(memory_limit=2000, jobs=2))
    assert world.together == 2
    assert {child.setting("search.memory_limit") for child in world.started} == {"1000"}
    timing_lock = {
        child.command[child.command.index("--timing-lock") + 1] for child in world.started
    }
    assert len(timing_lock) == 1


def test_limits_of_a_config_are_kept_where_they_are_less(planned, tmp_path, world):
    with_timeout = Planned("own", planned[0].config, (*planned[0].overrides, "search.timeout=7"))
    batch([with_timeout], tmp_path, world, Limits(timeout=90))
    assert world.started[0].setting("search.timeout") == "7.0"


def test_one_folder_for_two_runs_is_refused(planned, tmp_path, world):
    twin = Planned("twin", planned[0].config, planned[0].overrides)
    report = batch([planned[0], twin], tmp_path, world)
    assert outcomes(report) == {"one": "proven", "twin": "failed"}
    assert "one writes to the same folder" in report.rows[1].message


def test_two_batches_in_one_folder(planned, tmp_path, world):
    class Nested(World):
        def start(self, command, log):
            with pytest.raises(CalibrateError, match="another run works in this folder"):
                batch(planned, tmp_path, World())
            return super().start(command, log)

    assert len(batch(planned, tmp_path, Nested()).rows) == 3


def test_real_processes(make_job, tmp_path):
    """Two runs, one of a model that is none."""
    good = make_job("good")
    bad = tmp_path / "bad"
    shutil.copytree(good.parent, bad)
    (bad / "model.xml").write_text("no model")
    (bad / "broken.yaml").write_text((bad / "job.yaml").read_text())
    paths = [bad / "broken.yaml", good]
    planned = plan_configs(paths, [], tmp_path / "batch")
    report = run_batch(planned, tmp_path / "batch", Limits(jobs=2), NoProgress())
    assert outcomes(report) == {"broken": "failed", "job": "proven"}
    assert report.rows[0].exit_code == 1
    assert "model.xml" in report.rows[0].message
    assert (tmp_path / "batch" / "job" / "model.bin").is_file()
