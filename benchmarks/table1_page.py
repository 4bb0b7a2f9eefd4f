"""The page of docs/ with the results of `table1.py`, one section a machine.

python benchmarks/table1_page.py benchmarks/results/table1_*.json --page docs/speed.md
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NOTES = Path(__file__).parent / "results" / "table1_notes.md"

PUBLISHED: Mapping[str, tuple[str, float, float, float, float]] = {
    "inception_v1": ("Inception v1", 1.28, 1.31, 1.27, 0.93),
    "inception_v3": ("Inception v3", 1.76, 1.76, 1.41, 0.76),
    "inception_v4": ("Inception v4", 1.60, 1.82, 1.21, 0.64),
    "resnet50": ("ResNet-50", 2.15, 1.67, 1.71, 0.78),
    "resnet101": ("ResNet-101", 1.90, 1.77, 1.96, 0.69),
    "densenet201": ("DenseNet-201", 1.58, 1.67, 1.86, 0.68),
    "mobilenet_v1": ("MobileNet v1", 1.60, 1.56, 2.10, 0.77),
    "ssd300_vgg16": ("SSD300 (VGG-16)", 1.42, 1.66, 1.72, 0.84),
    "ssd_mobilenet": ("SSD (MobileNet v1)", 1.50, 1.36, 2.10, 0.90),
}
"""Title, and the speed-up that OpenVINO's first calibration tool was introduced with on AVX-512,
AVX2 and SSE4.2, and its memory of INT8 over FP32's."""

_COLUMN = {"avx512_core": 1, "avx2": 2, "sse41": 3}

_HEAD = """\
# Speed

The first calibration tool for OpenVINO was introduced with a table of nine topologies. This page
shows the same table for calibrate. Each network is built in its published form, with the parameter
count of the literature, and calibrated by `calibrate run` without labels. The exception is SSD on
MobileNet, which is a trained network with labels and the budget of its config. The weights of the
other networks are random, not trained, so their agreement with FP32's answers says nothing about
accuracy; unless the command says otherwise, their budget is large enough to keep no layer in
floating point.

- **Ratios** are the latency of FP32 over that of INT8, both at `inference_precision: f32`, timed in
  turn in one process that is limited to an instruction set by `ONEDNN_MAX_CPU_ISA`. In brackets is
  the 95 % interval of the median. Then follow the ratio of throughputs, the speed-up of plain INT8
  (every layer that NNCF quantizes), and the published figure for this instruction set, which was
  measured on another machine. `avx512_core` is AVX-512 without VNNI. If oneDNN has no kernel for a
  layer at the limit, OpenVINO runs its own kernel at that limit.
- **As deployed** compares with floating point as the CPU plugin runs it by default, which is BF16
  on the machines whose tables have this column.
- **File** and **memory** are ratios of INT8 to FP32: of the file size, and of the peak memory of a
  process that runs the model. **In INT8** is the share of multiply-accumulates that the plugin
  executes at 8 bits. **Seconds** is the time of the whole calibration, followed by its floor: one
  floating-point pass, one calibration pass, one INT8 pass.
- **What stays in floating point** lists the slowest executed layers of the INT8 model that are not
  at 8 bits, with their share of its time.
"""

_MACHINE = """
## {cpu}, {isa}, {cores} cores

OpenVINO {openvino}, NNCF {nncf}; `python benchmarks/table1.py {command}`

### INT8 against FP32

{ratios}

### Size, memory, precision

{sizes}

### What stays in floating point

{floats}
"""

SLIGHT = 0.005
"""Share of the time below which a layer is not listed."""


def page(contents: Sequence[Mapping[str, Any]], notes: str = "") -> str:
    """Return the page.

    Args:
        contents: of each machine, as `table1.py` writes it.
        notes: Markdown between the explanations and the tables.
    """
    machines = []
    for content in contents:
        facts, rows = content["environment"], content["rows"]
        machines.append(
            _MACHINE.format(
                command=content["command"],
                cpu=facts["cpu"],
                isa=facts["instruction_set"],
                cores=facts["cores"],
                openvino=facts["openvino"].split("-")[0],
                nncf=facts["nncf"],
                ratios=_ratios(rows),
                sizes=_sizes(rows),
                floats=_floats(rows),
            )
        )
    return _HEAD + (f"\n{notes.strip()}\n" if notes else "") + "".join(machines)


def _ratios(rows: list[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(limit for row in rows for limit in row["timings"]))
    lines = [f"| topology | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = []
        for limit in columns:
            timing = row["timings"].get(limit)
            cells.append(_cell(row["name"], limit, timing) if timing else "")
        lines.append(f"| {PUBLISHED[row['name']][0]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(name: str, limit: str, timing: Mapping[str, Any]) -> str:
    models = timing["models"]
    int8 = models["int8"]
    low, high = int8["interval"]
    text = f"{int8['speedup']:.2f} ({low:.2f}-{high:.2f}), {int8['throughput_ratio']:.2f}"
    text += f"; plain {models['plain']['speedup']:.2f}"
    if limit in _COLUMN:
        published = PUBLISHED[name][_COLUMN[limit]]
        text += f"; published {published:.2f}"
    return text


def _sizes(rows: list[Mapping[str, Any]]) -> str:
    heads = (
        *("topology", "parameters", "10^9 MACs", "in INT8", "groups"),
        *("FP32 because of", "file", "memory (published)", "seconds (floor)", "compilations"),
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        title, memory = PUBLISHED[row["name"]][0], PUBLISHED[row["name"]][4]
        groups = ", ".join(f"{count} {kind}" for kind, count in row["groups"].items())
        reasons = ", ".join(f"{reason}: {count}" for reason, count in row["floating"].items())
        cost, before, after = row["cost"], row["memory_bytes"][0], row["memory_bytes"][1]
        lines.append(
            f"| {title} | {row['parameters']:,} | {row['macs'] / 1e9:.2f} | "
            f"{row['int8_macs']:.1%} | {groups} | {reasons or 'none'} | "
            f"{row['file_bytes'][1] / row['file_bytes'][0]:.2f} | {after / before:.2f} "
            f"({memory:.2f}) | {cost['seconds']:.0f} ({cost['floor']:.0f}) | "
            f"{cost['compilations']:.0f} |"
        )
    return "\n".join(lines)


def _floats(rows: list[Mapping[str, Any]]) -> str:
    lines = ["| topology | layers |", "|---|---|"]
    for row in rows:
        layers = ", ".join(
            f"{node['kind']} `{node['name']}` {node['precision']} {node['share']:.1%}"
            for node in row["slow_floats"]
            if node["share"] >= SLIGHT
        )
        lines.append(f"| {PUBLISHED[row['name']][0]} | {layers or 'none'} |")
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--page", required=True, type=Path)
    given = parser.parse_args()
    contents = [json.loads(path.read_text(encoding="utf-8")) for path in given.results]
    given.page.write_text(page(contents, NOTES.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
