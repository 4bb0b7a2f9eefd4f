"""A batch on a worker whose client is killed three times: nothing is measured twice."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from calibrate.cli.main import run
from calibrate.report.load import load_report
from calibrate.store.run_journal import JOURNAL_NAME
from tests.fixtures.worker_processes import comparable, scheduler, start_worker, wait_for_workers

CLIENT = """
import sys
import calibrate.commands.batch.cluster_host as host
from calibrate.cli.main import run
host._is_shared = lambda *_: False
sys.exit(run(sys.argv[1:]))
"""
"""A client whose workers do not see its files."""
STAGES = ("fp32", "int8", "recipes", "sensitivity", "candidates", "acceptance")


def recorded(folder: Path) -> int:
    """Bytes of what runs under a folder have recorded; the journals themselves are in use."""
    return sum(path.stat().st_size for path in folder.rglob(JOURNAL_NAME))


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_batch_killed_three_times_measures_nothing_twice(make_job, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    jobs = [str(make_job(name)) for name in ("one", "two")]
    further = ["--set", "budget.max_drop=0.0", "-q"]
    assert run(["run", *jobs, *further, "--output-dir", "here"]) in (0, 4)
    worker = tmp_path / "worker"
    with scheduler(tmp_path) as address:
        start_worker(address, worker)
        wait_for_workers(address, 1)
        command = ["run", *jobs, *further, "--cluster", address, "--output-dir", "there"]
        kept = []
        for _ in range(3):
            before = recorded(worker)
            client = subprocess.Popen([sys.executable, "-c", CLIENT, *command])
            while recorded(worker) == before:
                assert client.poll() is None, "it ended before it was killed"
                time.sleep(0.2)
            client.kill()
            client.wait()
            kept.append(recorded(worker))
        client = subprocess.run([sys.executable, "-c", CLIENT, *command], check=False)
        assert client.returncode in (0, 4)
    assert max(kept) > 0  # a run whose result has arrived is kept no more
    for name in ("job", "job-2"):
        here, there = (tmp_path / place / name for place in ("here", "there"))
        assert (here / "model.bin").read_bytes() == (there / "model.bin").read_bytes()
        assert comparable(here / "report.json") == comparable(there / "report.json")
        first, second = (load_report(path / "report.json").cost.stages for path in (here, there))
        for stage in STAGES:
            if stage in first:
                assert second[stage].inferences == first[stage].inferences, stage
