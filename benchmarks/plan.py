"""How near `calibrate run --plan` comes to what the run then costs.

    python benchmarks/plan.py configs/zoo_cifar10_resnet20.yaml configs/zoo_mnist.yaml

For each config: the prediction, then the run itself as configured, and once more with a budget of
zero, which makes it search. Prints the ratio of prediction to outcome of each figure, and writes
JSON. The two runs share nothing: caches and output folders are new.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CALIBRATE = (sys.executable, "-P", "-m", "calibrate", "run")
FIGURES = ("seconds", "compilations", "inferences")


def calibrate(words: list[str], folder: Path) -> tuple[dict[str, Any], int]:
    """JSON that a command prints, and the peak memory of its process in bytes."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    output = folder / "stdout.json"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [*CALIBRATE, *words, "--json", "--quiet"], stdout=stream, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 4):
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return json.loads(output.read_text()), usage.ru_maxrss * 1024


def compare(config: str, settings: list[str]) -> dict[str, Any]:
    """Prediction and outcome of one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = [config, *(word for entry in settings for word in ("--set", entry))]
        words += ["--output-dir", str(folder / "out")]
        plan, _ = calibrate([*words, "--plan"], folder)
        report, peak = calibrate(words, folder)
    # Where groups have a choice they are measured also when what is tried first passes.
    chosen = "candidates" in report["cost"]["stages"] and (
        report["cost"]["stages"]["candidates"]["compilations"] > 0
        or "sensitivity" not in plan["plain"]["stages"]
    )
    course = plan["full" if report["recipes"] or chosen else "plain"]
    text = {figure: course[figure] for figure in FIGURES}
    result = {figure: report["cost"][figure] for figure in FIGURES}
    # The timing infers as often as its seconds allow, so with whatever else the machine does.
    text["untimed"] = text["inferences"] - course["stages"]["timing"]["inferences"]
    result["untimed"] = result["inferences"] - report["cost"]["stages"]["timing"]["inferences"]
    text["memory"], result["memory"] = plan["peak_memory_bytes"], peak
    return {
        "config": config,
        "settings": settings,
        "searched": course is plan["full"],
        "probe_seconds": plan["probe_seconds"],
        "predicted": text,
        "found": result,
        "ratio": {figure: round(text[figure] / result[figure], 2) for figure in text},
    }


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--set", action="append", default=[], help="as of `calibrate run`")
    parser.add_argument("--output", type=Path, default=Path("plan.json"))
    words = parser.parse_args()
    rows = []
    for config in words.configs:
        for settings in (words.set, [*words.set, "budget.max_drop=0"]):
            rows.append(compare(config, settings))
            print(json.dumps(rows[-1]), flush=True)
    words.output.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
