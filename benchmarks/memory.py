"""Peak memory of a run as images grow in number, beside what `calibrate run --plan` predicts.

    python benchmarks/memory.py configs/zoo_ssd_mobilenet_v1.yaml --images 200 1000

Where the dataset has fewer images, copies that differ by a few pixels stand in for more. Each run
and each plan is a process of its own with new caches. `peak` is what the process itself had
resident at most; `all` is the most that it and its children had together, looked at ten times a
second. Prints a table and the growth, and writes JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from calibrate.config.load import load_config

CALIBRATE = (sys.executable, "-P", "-m", "calibrate", "run")
EVERY = 0.1
"""Seconds between two looks at the processes."""


@dataclass(frozen=True)
class Row:
    """One number of images; memory in MiB, resident."""

    images: int
    peak: float
    everything: float
    predicted: float
    seconds: float
    inferences: int


def main() -> None:
    """Run every number of images named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--images", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--no-plan", action="store_true", help="leave the prediction out")
    parser.add_argument("--output", type=Path, default=Path("memory.json"))
    words = parser.parse_args()
    print(
        f"{'images':>7} {'peak':>10} {'all':>10} {'predicted':>10} {'time':>8} {'inferences':>11}"
    )
    rows = []
    for images in words.images:
        rows.append(measured(words.config, images, words.settings, plan=not words.no_plan))
        row = rows[-1]
        print(
            f"{row.images:>7} {row.peak:6.0f} MiB {row.everything:6.0f} MiB "
            f"{row.predicted:6.0f} MiB"
            f" {row.seconds:6.0f} s {row.inferences:>11,}",
            flush=True,
        )
    growth = rows[-1].peak / rows[0].peak - 1
    print(f"growth of the peak from {rows[0].images} to {rows[-1].images} images: {growth:+.1%}")
    content = {"config": str(words.config), "settings": words.settings, "growth": growth}
    words.output.write_text(
        json.dumps({**content, "rows": [asdict(row) for row in rows]}, indent=2)
    )
    print(f"Written: {words.output}")


def measured(config: Path, images: int, settings: Sequence[str], *, plan: bool) -> Row:
    """One run, and its prediction before it."""
    with tempfile.TemporaryDirectory(prefix="calibrate-memory-") as name:
        folder = Path(name)
        path = _config(config.resolve(), images, folder)
        words = [str(path), *(word for entry in settings for word in ("--set", entry))]
        predicted = 0.0
        if plan:
            predicted = calibrate([*words, "--plan"], folder)[0]["peak_memory_bytes"] / (1 << 20)
        begun = time.monotonic()
        report, peak, everything = calibrate(words, folder)
        seconds = time.monotonic() - begun
        inferences = report["cost"]["inferences"]
        return Row(images, peak, everything, predicted, seconds, inferences)


def calibrate(words: Sequence[str], folder: Path) -> tuple[dict[str, Any], float, float]:
    """JSON that a command prints; MiB resident at most, of its process and with its children."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    output = folder / "stdout.json"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [*CALIBRATE, *words, "--json", "--quiet"], stdout=stream, env=environment
        )
        together, peak = 0.0, 0.0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            together = max(together, _resident(watched))
            peak = max(peak, _high_water(process.pid))
            time.sleep(EVERY)
    if process.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return json.loads(output.read_text()), peak, together


def _config(config: Path, images: int, folder: Path) -> Path:
    """The config with its images multiplied, in a folder of its own."""
    adapter = {
        "type": f"{Path(__file__).resolve().parent / 'many.py'}:Copies",
        "config": str(config),
        "samples": images,
    }
    resolved = load_config(config)
    document = resolved.document
    document["model"]["path"] = str(resolved.config.model.path.resolve())
    document["dataset"] = {"name": "copies", "adapter": adapter}
    document["output"] = {"dir": str(folder / "out")}
    for metric in document["metrics"]:
        # Copies weigh some images more than others, so published values do not hold of them.
        metric.update(reference=None, abs_threshold=None)
    path = folder / "many.yaml"
    path.write_text(json.dumps(document))
    return path


def _resident(process: psutil.Process) -> float:
    total = 0.0
    try:
        for entry in (process, *process.children(recursive=True)):
            total += entry.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / (1 << 20)


def _high_water(pid: int) -> float:
    """`VmHWM`; unlike getrusage's it is not inherited from the parent."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    result = [int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")]
    return result[0] / 1024 if result else 0.0


if __name__ == "__main__":
    main()
