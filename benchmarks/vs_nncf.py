"""This tool against NNCF's accuracy control: same model, same images, same budget, several seeds.

    python benchmarks/vs_nncf.py configs/zoo_mobilenet_v1.yaml --max-drop 0.005 --seeds 10
    python benchmarks/vs_nncf.py configs/zoo_deeplab_v3.yaml --max-drop 0.005 --seeds 3

For each seed the images are divided in half: one half is given to both tools, the other is seen
by neither and judges both, by the config's first metric, whichever it is; the budget is in its
unit. NNCF gets the prepared model, with its defaults and in a second row with the accurate bias
correction, each in a process of its own; where it fails or takes longer than `--their-timeout`,
that is recorded instead of a row. Models are judged and timed, in turn in one run, with floating
point as it is deployed on this CPU, FP32 itself in FP32. Prints a table and writes JSON.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import openvino as ov
from int8_share import int8_share
from nncf_peer import Question, Way, ask
from world import World, draw, load_one_metric, with_images

from calibrate.commands.run import run
from calibrate.config.quantization import Quantization
from calibrate.config.resolved import Resolved
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.datasets.split import split
from calibrate.quantization.ptq import quantize
from calibrate.quantization.variants import with_integer_weights
from calibrate.runtime.benchmark import Settings, compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.timing_effort import Effort


@dataclass(frozen=True)
class Row:
    """One tool's answer for one seed; drops in the metric's unit, accuracies as fractions.

    The floor is one FP32 pass, one calibration, one INT8 pass and, where the tool does it, decoding
    the images and timing the result; of the same measurements for all tools. Layers are
    convolutions and matrix products as the CPU plugin runs them.
    """

    tool: str
    seed: int
    seconds: float
    floor: float
    compilations: int
    inferences: int
    layers: int
    layers_in_fp32: int
    macs_in_int8: float
    claimed_drop: float
    unseen_drop: float
    unseen_value: float
    latency_ms: float
    speedup: float


@dataclass(frozen=True)
class Made:
    """What a tool made of the given half, before it is judged on the other."""

    tool: str
    model: ov.Model
    seconds: float
    floor: float
    compilations: int
    inferences: int
    claimed_drop: float


def ours(resolved: Resolved, seed: int, folder: Path) -> tuple[Made, float]:
    """Run this tool; the seconds are those of its decoding and timing."""
    dataset = resolved.config.dataset.model_copy(update={"subsample_seed": seed})
    output = resolved.config.output.model_copy(update={"dir": folder})
    config = resolved.config.model_copy(update={"dataset": dataset, "output": output})
    begun = time.monotonic()
    report = run(replace(resolved, config=config))
    seconds = time.monotonic() - begun
    model = ov.Core().read_model(str(report.model.written))
    # Dimensions that are open in the source are open in the written model; it is judged bound.
    model.reshape({name: list(shape) for name, shape in report.model.inputs.items()})
    made = Made(
        "calibrate",
        model,
        seconds,
        report.cost.floor.seconds,
        report.cost.compilations,
        report.cost.inferences,
        report.metrics[resolved.metrics[0].metric.label].result["acceptance"].estimate or 0.0,
    )
    return made, sum(report.cost.stages[name].seconds for name in ("decode", "timing"))


@dataclass(frozen=True)
class Failure:
    """Why a tool gave no row; the seconds are those of its process."""

    tool: str
    seed: int
    seconds: float
    reason: str


PEERS: Mapping[str, Way] = {"nncf": "defaults", "nncf, accurate bias": "accurate bias"}
"""Rows of NNCF's accuracy control, by how they are told."""


class Comparison:
    """One config with its images, and how NNCF is asked."""

    def __init__(
        self,
        resolved: Resolved,
        peers: Mapping[str, Way],
        timeout: float | None,
        *,
        plain: bool = False,
    ) -> None:
        self.resolved = resolved
        self._plain = plain
        self.world = World(resolved)
        self._max_drop = resolved.metrics[0].max_drop
        self._peers = peers
        self._timeout = timeout

    def one_seed(self, seed: int, seconds: float) -> tuple[list[Row], list[Failure]]:
        """All tools on one split, their results timed in turn for so many seconds."""
        world = self.world
        strata = [item.stratum for item in world.items]
        halves = split(world.tensors.digests, strata, acceptance=0.5, seed=1000 + seed)
        ids = tuple(world.items[index].id for index in halves.search)
        with tempfile.TemporaryDirectory() as folder:
            # Nothing that an earlier run measured may help this one.
            os.environ["XDG_CACHE_HOME"] = folder
            calibrated, further = ours(with_images(self.resolved, ids), seed, Path(folder) / "ours")
            # NNCF is given decoded images and times nothing, so neither is in its floor.
            floor = calibrated.floor - further
            made, failures = [calibrated], []
            for tool, execution in self._peers.items():
                question = Question(str(self.resolved.path), execution, ids, self._max_drop)
                begun = time.monotonic()
                text = self._theirs(tool, question, halves.search, floor)
                if isinstance(text, Made):
                    made.append(text)
                else:
                    failures.append(Failure(tool, seed, time.monotonic() - begun, text))
            if self._plain:
                made += [self._untouched(), self._quantized(halves.search)]
            return self._judged(made, halves.acceptance, seed, seconds), failures

    def _untouched(self) -> Made:
        """The prepared FP32 model."""
        return Made("FP32", self.world.model, 0.0, 0.0, 0, 0, 0.0)

    def _quantized(self, given: Sequence[int]) -> Made:
        """NNCF's `quantize` with its defaults on the given half, without a look at accuracy."""
        world, settings = self.world, Quantization()
        begun = time.monotonic()
        feeds = CalibrationBatches(world.tensors, given, world.batch)
        # Integer weights, as they are deployed.
        model = with_integer_weights(
            quantize(world.model, feeds, settings, subset_size=settings.subset_size)
        )
        seconds = time.monotonic() - begun
        return Made("plain INT8", model, seconds, seconds, 0, len(feeds), world.drop(model, given))

    def _theirs(
        self, tool: str, question: Question, given: Sequence[int], floor: float
    ) -> Made | str:
        """NNCF's accuracy control on the given half, or why it gave nothing."""
        with tempfile.TemporaryDirectory() as folder:
            text = ask(question, Path(folder), self._timeout)
            if isinstance(text, str):
                return text
            model = ov.Core().read_model(Path(folder) / "model.xml")
            return Made(
                tool,
                model,
                text.seconds,
                floor,
                text.compilations,
                text.inferences,
                # The drop that NNCF reports: of what it returns, on the images it was given.
                self.world.drop(model, given),
            )

    def _judged(
        self, made: Sequence[Made], unseen: Sequence[int], seed: int, seconds: float
    ) -> list[Row]:
        world = self.world
        models = {"fp32": world.model} | {entry.tool: entry.model for entry in made}
        settings = Settings(types={name: world.type_of(model) for name, model in models.items()})
        timed = compare(
            models, world.tensors, world.costs, effort=Effort(seconds), settings=settings
        )
        timings = timed.timings
        rows = []
        for entry in made:
            share = int8_share(entry.model, world.tensors, world.costs)
            rows.append(
                Row(
                    entry.tool,
                    seed,
                    entry.seconds,
                    entry.floor,
                    entry.compilations,
                    entry.inferences,
                    share.layers,
                    share.layers_in_fp32,
                    share.macs_in_int8,
                    entry.claimed_drop,
                    world.drop(entry.model, unseen),
                    world.value(entry.model, unseen),
                    timings[entry.tool].latency_ms,
                    timings[entry.tool].speedup,
                )
            )
        return rows


def summary(rows: Sequence[Row], unit: str, max_drop: float) -> dict[str, dict[str, float | None]]:
    """Medians, and for the promise means, by tool.

    Args:
        rows: of all seeds.
        unit: of the metric; fractions are told in points.
        max_drop: the budget, in the metric's unit.
    """
    scale, name = (100, ", points") if unit == "fraction" else (1, f", {unit}" if unit else "")
    text: dict[str, dict[str, float | None]] = {}
    for tool in dict.fromkeys(row.tool for row in rows):
        of_tool = [row for row in rows if row.tool == tool]
        gaps = [row.unseen_drop - row.claimed_drop for row in of_tool]
        text[tool] = {
            "seconds": statistics.median(row.seconds for row in of_tool),
            "times the floor": statistics.median(row.seconds / row.floor for row in of_tool),
            "beyond the floor": statistics.median(row.seconds - row.floor for row in of_tool),
            "compilations": statistics.median(row.compilations for row in of_tool),
            "inferences": statistics.median(row.inferences for row in of_tool),
            "layers in fp32": statistics.median(row.layers_in_fp32 for row in of_tool),
            "layers in int8, %": 100
            * statistics.median(1 - row.layers_in_fp32 / row.layers for row in of_tool),
            "multiply-accumulates in int8, %": 100
            * statistics.median(row.macs_in_int8 for row in of_tool),
            "latency, ms": statistics.median(row.latency_ms for row in of_tool),
            "speed-up": statistics.median(row.speedup for row in of_tool),
            f"claimed drop{name}": scale * statistics.mean(row.claimed_drop for row in of_tool),
            f"unseen drop{name}": scale * statistics.mean(row.unseen_drop for row in of_tool),
            f"unseen - claimed{name}": scale * statistics.mean(gaps),
            "its standard error": scale * statistics.stdev(gaps) / len(gaps) ** 0.5
            if len(gaps) > 1
            else None,
            "splits": len(of_tool),
            "splits over budget on unseen images": sum(
                row.unseen_drop > max_drop for row in of_tool
            ),
        }
    return text


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--max-drop", type=float, default=0.005, help="in the metric's unit")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--images", type=int, help="drawn from all, then halved; all by default")
    parser.add_argument("--their-timeout", type=float, help="seconds for a row of NNCF's")
    parser.add_argument("--seconds", type=float, default=6.0, help="of timing, for each seed")
    parser.add_argument("--output", type=Path, default=Path("vs_nncf.json"))
    parser.add_argument("--alone", action="store_true", help="leave NNCF out")
    words = parser.parse_args()
    resolved = load_one_metric(words.config, words.max_drop)
    if words.images:
        resolved = draw(resolved, words.images)
    comparison = Comparison(resolved, {} if words.alone else PEERS, words.their_timeout)
    metric = resolved.metrics[0].metric
    rows: list[Row] = []
    failures: list[Failure] = []
    for seed in range(words.first_seed, words.first_seed + words.seeds):
        result, missed = comparison.one_seed(seed, words.seconds)
        for item in (*map(asdict, result), *map(asdict, missed)):
            print(json.dumps(item), file=sys.stderr, flush=True)
        rows += result
        failures += missed
        # After each seed, so that a run that is stopped has not run for nothing.
        content = {
            "config": words.config.name,
            "cpu": this_cpu().name,
            "metric": metric.label,
            "images": len(comparison.world.items),
            "max_drop": words.max_drop,
            "seeds": seed + 1 - words.first_seed,
            "summary": summary(rows, metric.unit, words.max_drop),
            "failures": [asdict(entry) for entry in failures],
        }
        text = json.dumps({**content, "rows": [asdict(row) for row in rows]}, indent=2)
        words.output.write_text(text + "\n")
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
