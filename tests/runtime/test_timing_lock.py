import multiprocessing
import time

import pytest

from calibrate.core.progress import CheckedProgress, NoProgress
from calibrate.errors import CalibrateError
from calibrate.runtime.timing_lock import TimingLock


def work(path, ready, until, log):
    """Works until the time is up, telling progress; logs the times of its steps."""
    with TimingLock(path) as timing_lock:
        progress = CheckedProgress(NoProgress(), timing_lock.pause)
        ready.set()
        steps = []
        while time.monotonic() < until:
            progress.advance()
            steps.append(time.monotonic())
            time.sleep(0.005)
        log.put((timing_lock.waited, steps))


def time_alone(path, seconds, log):
    with TimingLock(path) as timing_lock, timing_lock.alone():
        begun = time.monotonic()
        timing_lock.pause()  # who times waits for nobody
        time.sleep(seconds)
        log.put((begun, time.monotonic()))


def test_who_times_is_alone(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, log = context.Event(), context.Queue()
    path = tmp_path / "timing-lock"
    until = time.monotonic() + 4
    worker = context.Process(target=work, args=(path, ready, until, log))
    worker.start()
    assert ready.wait(30)
    timing = context.Queue()
    timers = [context.Process(target=time_alone, args=(path, 0.4, timing)) for _ in range(2)]
    for timer in timers:
        timer.start()
    stretches = sorted(timing.get(timeout=30) for _ in timers)
    waited, steps = log.get(timeout=30)
    for process in (worker, *timers):
        process.join(30)
    (_, first_end), (second_begin, _) = stretches
    assert first_end <= second_begin
    for begin, end in stretches:
        assert not [step for step in steps if begin < step < end]
    if any(begin < until for begin, _ in stretches):
        assert waited > 0


def test_a_run_without_others_does_not_wait():
    with TimingLock(None) as timing_lock, timing_lock.alone():
        timing_lock.pause()
    assert timing_lock.waited == 0


def test_an_orphan_ends(tmp_path):
    with TimingLock(tmp_path / "timing-lock") as timing_lock:
        timing_lock._parent = -1
        with pytest.raises(CalibrateError, match="the batch that this run is a part of has ended"):
            timing_lock.pause()


def test_a_place_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CalibrateError, match="cannot be used"),
        TimingLock(tmp_path / "file" / "timing-lock"),
    ):
        pass
