"""The README's table: accuracy and speed of FP32, plain INT8, this tool and NNCF on real models.

    python benchmarks/readme_table.py --seeds 3 && python docs/generate.py

For each seed the images are divided in half, as in `vs_nncf.py`: all tools get one half, the other
judges them, and their models are timed in turn. Writes `docs/readme_table.json` after every split,
from which `docs/generate.py` fills the table; the zoo's models are needed (`CALIBRATE_ZOO`).
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vs_nncf import Comparison, Row
from world import draw, load_one_metric

from calibrate.runtime.cpu import this_cpu
from calibrate.version import __version__

ROOT = Path(__file__).parents[1]
MODELS = {
    "MobileNet v1 0.75 (ImageNet)": ("configs/zoo_mobilenet_v1.yaml", 0.005),
    "FastestDet (COCO)": ("configs/zoo_fastestdet.yaml", 0.005),
    "DeepLab v3 (VOC classes)": ("configs/zoo_deeplab_v3.yaml", 0.01),
}
"""Config and budget of each row, in the metric's unit."""
TOOLS = ("FP32", "plain INT8", "calibrate", "nncf")


def entry(rows: Sequence[Row]) -> dict[str, float]:
    """Mean and range over splits of one tool's metric on unseen images and of its speed-up."""
    values, speeds = ([getattr(r, name) for r in rows] for name in ("unseen_value", "speedup"))
    return {
        "value": statistics.mean(values),
        "drop": statistics.mean(row.unseen_drop for row in rows),
        "drop_low": min(row.unseen_drop for row in rows),
        "drop_high": max(row.unseen_drop for row in rows),
        "speedup": statistics.median(speeds),
        "speedup_low": min(speeds),
        "speedup_high": max(speeds),
    }


def main() -> None:
    """Measure all models, one split after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, help="drawn from all, then halved; all by default")
    parser.add_argument("--their-timeout", type=float, default=1200, help="seconds for NNCF")
    parser.add_argument("--seconds", type=float, default=6.0, help="of timing, for each split")
    parser.add_argument("--only", choices=list(MODELS), help="one of the models")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "readme_table.json")
    words = parser.parse_args()
    content: dict[str, Any] = {
        "cpu": f"{this_cpu().name}, {this_cpu().instruction_set}",
        "date": datetime.now(UTC).date().isoformat(),
        "calibrate": __version__,
        "models": {},
    }
    for name, (config, max_drop) in MODELS.items():
        if words.only not in (None, name):
            continue
        resolved = load_one_metric(ROOT / config, max_drop)
        if words.images:
            resolved = draw(resolved, words.images)
        comparison = Comparison(resolved, {"nncf": "defaults"}, words.their_timeout, plain=True)
        metric, rows, failures = resolved.metrics[0].metric, [], []
        for seed in range(words.seeds):
            result, missed = comparison.one_seed(seed, words.seconds)
            rows += result
            failures += [f"{item.tool}: {item.reason}" for item in missed]
            print(f"{name}, split {seed + 1} of {words.seeds}", file=sys.stderr, flush=True)
            by_tool = {tool: [row for row in rows if row.tool == tool] for tool in TOOLS}
            content["models"][name] = {
                "metric": metric.label,
                "unit": metric.unit,
                "budget": max_drop,
                "images": len(comparison.world.items) // 2,
                "splits": seed + 1,
                "failures": failures,
                "deployed": comparison.world.deployed,
                "tools": {
                    tool: entry(measurements)
                    for tool, measurements in by_tool.items()
                    if measurements
                },
            }
            words.output.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
