"""This tool against NNCF's accuracy control: same model, same images, same budget, several seeds.

    python benchmarks/vs_nncf.py configs/zoo_mobilenet_v1.yaml --max-drop 0.005 --seeds 10

For each seed the images are divided in half: one half is given to both tools, the other is seen
by neither and judges both. NNCF gets the prepared model, with its defaults and in a second row
with the accurate bias correction. Models are timed in turn in one run. Prints a table and writes
JSON.
"""

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino as ov

from calibrate.config.load import load_config
from calibrate.config.resolved import Resolved
from calibrate.contracts.component import Adapter
from calibrate.contracts.costs import Costs
from calibrate.contracts.sample import Item, Sample
from calibrate.contracts.tensors import Tensors
from calibrate.data.tensors import Chain, Keeping, bind_plans, load
from calibrate.evaluate.inference import Network
from calibrate.evaluate.observation import Judge, Reference, observe, observe_reference
from calibrate.evaluate.profile import convolution_precisions
from calibrate.evaluate.timing import compare
from calibrate.model.prepare import prepare
from calibrate.pipeline import run
from calibrate.quantize.ptq import quiet
from calibrate.search.folds import split
from calibrate.stages.ground import read_source


@dataclass(frozen=True)
class Half:
    """Some of an adapter's items; stands where an adapter stands."""

    adapter: Adapter
    ids: frozenset[str]

    def items(self) -> Sequence[Item]:
        """Those whose id is listed."""
        return [item for item in self.adapter.items() if item.id in self.ids]

    def read(self, item: Item) -> Sample:
        """As the adapter reads it."""
        return self.adapter.read(item)

    def sources(self) -> Sequence[Path]:
        """As the adapter's."""
        return self.adapter.sources()

    def label_names(self) -> Sequence[str]:
        """As the adapter's."""
        return self.adapter.label_names()


@dataclass(frozen=True)
class Row:
    """One tool's answer for one seed; drops as fractions.

    The floor is one FP32 pass, one calibration, one INT8 pass and, where the tool does it, the
    timing of the result; of the same measurements for all tools.
    """

    tool: str
    seed: int
    seconds: float
    floor: float
    compilations: int
    inferences: int
    layers: int
    layers_in_fp32: int
    claimed_drop: float
    unseen_drop: float
    speedup: float


class Counter:
    """Counts what NNCF compiles and infers."""

    def __init__(self) -> None:
        self.compilations = 0
        self.inferences = 0


class World:
    """All images decoded once, and FP32's evidence on them."""

    def __init__(self, resolved: Resolved) -> None:
        source, plans = read_source(resolved)
        chain = Chain(resolved.adapter, resolved.steps)
        self.items = list(resolved.adapter.items())
        self.plans = bind_plans(chain, self.items[0], plans)
        folder = Path(tempfile.mkdtemp())
        keep = Keeping("error", 8 << 30, folder)
        self.tensors: Tensors = load(chain, self.items, self.plans, keep=keep, advance=lambda: None)
        self.model = prepare(source, self.plans).model
        self.costs = Costs(time.monotonic)
        self.metric = resolved.metrics[0].metric
        judge = Judge(resolved.decoder, (self.metric,))
        everything = range(len(self.tensors))
        network = Network(self.model, self.costs)
        self.fp32, self.reference = observe_reference(
            network, self.tensors, everything, judge, lambda: None
        )
        self.judge: Judge = judge

    def drop(self, model: ov.Model, indices: Sequence[int]) -> float:
        """FP32 minus the model on some images, in the metric's good direction."""
        reference: Reference = self.reference
        seen = observe(Network(model, self.costs), reference, indices)
        ones = np.ones((1, len(indices)), np.int64)
        before = self.metric.aggregate(self.fp32.of(0, indices), ones)[0]
        after = self.metric.aggregate(seen.of(0, indices), ones)[0]
        sign = 1 if self.metric.higher_is_better else -1
        return float(sign * (before - after))


def layers(model: ov.Model) -> tuple[int, int]:
    """Convolutions and matrix products of the runtime model, and how many are not at 8 bits."""
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    precisions = convolution_precisions(compiled)
    return len(precisions), sum(p not in ("i8", "u8") for p in precisions.values())


def ours(resolved: Resolved, given: Half, seed: int, folder: Path) -> tuple[Row, ov.Model, float]:
    """Run this tool on the given half; the seconds are those of its timing."""
    dataset = resolved.config.dataset.model_copy(update={"subsample_seed": seed})
    output = resolved.config.output.model_copy(update={"dir": folder})
    config = resolved.config.model_copy(update={"dataset": dataset, "output": output})
    begun = time.monotonic()
    report = run(replace(resolved, config=config, adapter=given))
    timing = report.cost.stages["timing"].seconds
    seconds = time.monotonic() - begun
    model = ov.Core().read_model(str(report.model.written))
    label = resolved.metrics[0].metric.label
    claimed = report.metrics[label].result["acceptance"].estimate
    total, kept = layers(model)
    return (
        Row(
            "calibrate",
            seed,
            seconds,
            report.cost.floor.seconds,
            report.cost.compilations,
            report.cost.inferences,
            total,
            kept,
            claimed or 0.0,
            0.0,
            0.0,
        ),
        model,
        timing,
    )


def theirs(
    world: World, given: Sequence[int], max_drop: float, seed: int, *, accurate: bool
) -> tuple[Row, ov.Model]:
    """Run NNCF's accuracy control on the given half."""
    counter = Counter()
    feeds = [world.tensors.feed([index], 1) for index in given]
    position = {id(feed): index for feed, index in zip(feeds, given, strict=True)}
    claimed: list[float] = []

    def validate(compiled: ov.CompiledModel, data: Iterable[Any]) -> tuple[float, list[float]]:
        counter.compilations += 1
        request = compiled.create_infer_request()
        names = [min(port.get_names()) for port in compiled.outputs]
        hits = []
        for feed in data:
            counter.inferences += 1
            found = request.infer(feed, share_inputs=True)
            outputs = {n: array[0] for n, array in zip(names, found.values(), strict=True)}
            facts = world.tensors.facts[position[id(feed)]]
            prediction = world.judge.decoder.predict(outputs, facts)
            hits.append(float(world.metric.score(prediction, facts.annotation, facts)[0]))
        claimed.append(sum(hits) / len(hits))
        return claimed[-1], hits

    dataset = nncf.Dataset(feeds)
    begun = time.monotonic()
    with quiet():
        model = nncf.quantize_with_accuracy_control(
            world.model.clone(),
            calibration_dataset=dataset,
            validation_dataset=dataset,
            validation_fn=validate,
            max_drop=max_drop,
            fast_bias_correction=not accurate,
        )
    seconds = time.monotonic() - begun
    total, kept = layers(model)
    name = "nncf, accurate bias" if accurate else "nncf"
    row = Row(
        name,
        seed,
        seconds,
        0.0,
        counter.compilations,
        counter.inferences + len(given),
        total,
        kept,
        # The drop that NNCF reports: of what it returns, on the images that it was given.
        world.drop(model, given),
        0.0,
        0.0,
    )
    return row, model


def one_seed(
    resolved: Resolved, world: World, seed: int, max_drop: float, peers: Sequence[bool]
) -> list[Row]:
    """All tools on one split, their results timed in turn."""
    strata = [item.stratum for item in world.items]
    halves = split(world.tensors.digests, strata, acceptance=0.5, seed=1000 + seed)
    ids = frozenset(world.items[index].id for index in halves.search)
    found: list[tuple[Row, ov.Model]] = []
    with tempfile.TemporaryDirectory() as folder:
        # Nothing that an earlier run measured may help this one.
        os.environ["XDG_CACHE_HOME"] = folder
        row, model, timing = ours(resolved, Half(resolved.adapter, ids), seed, Path(folder))
        found.append((row, model))
        found += [
            theirs(world, halves.search, max_drop, seed, accurate=accurate) for accurate in peers
        ]
        models = {"fp32": world.model} | {row.tool: model for row, model in found}
        timings = compare(models, world.tensors, world.costs, seconds=6.0)
        return [
            replace(
                row,
                # NNCF times nothing, so no timing is in its floor.
                floor=found[0][0].floor - (timing if row.tool.startswith("nncf") else 0.0),
                unseen_drop=world.drop(model, halves.acceptance),
                speedup=timings[row.tool].speedup,
            )
            for row, model in found
        ]


def summary(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Medians, and for the promise means, by tool."""
    told = {}
    for tool in dict.fromkeys(row.tool for row in rows):
        own = [row for row in rows if row.tool == tool]
        gaps = [row.unseen_drop - row.claimed_drop for row in own]
        told[tool] = {
            "seconds": statistics.median(row.seconds for row in own),
            "times the floor": statistics.median(row.seconds / row.floor for row in own),
            "beyond the floor": statistics.median(row.seconds - row.floor for row in own),
            "compilations": statistics.median(row.compilations for row in own),
            "inferences": statistics.median(row.inferences for row in own),
            "layers in fp32": statistics.median(row.layers_in_fp32 for row in own),
            "speed-up": statistics.median(row.speedup for row in own),
            "claimed drop, points": 100 * statistics.mean(row.claimed_drop for row in own),
            "unseen drop, points": 100 * statistics.mean(row.unseen_drop for row in own),
            "unseen - claimed, points": 100 * statistics.mean(gaps),
            "its standard error": 100 * statistics.stdev(gaps) / len(gaps) ** 0.5
            if len(gaps) > 1
            else float("nan"),
        }
    return told


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--max-drop", type=float, default=0.005)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--output", type=Path, default=Path("vs_nncf.json"))
    parser.add_argument("--alone", action="store_true", help="leave NNCF out")
    words = parser.parse_args()
    logging.getLogger("nncf").setLevel(logging.ERROR)
    resolved = load_config(words.config, overrides=[f"budget.max_drop={words.max_drop}"])
    # Published figures hold for all images, not for half of them.
    metrics = tuple(replace(metric, reference=None) for metric in resolved.metrics)
    resolved = replace(resolved, metrics=metrics)
    world = World(resolved)
    rows: list[Row] = []
    for seed in range(words.seeds):
        peers = () if words.alone else (False, True)
        found = one_seed(resolved, world, seed, words.max_drop, peers)
        for row in found:
            print(json.dumps(asdict(row)), file=sys.stderr, flush=True)
        rows += found
        # After each seed, so that a run that is stopped has not run for nothing.
        content = {
            "config": words.config.name,
            "max_drop": words.max_drop,
            "seeds": seed + 1,
            "summary": summary(rows),
        }
        told = json.dumps({**content, "rows": [asdict(row) for row in rows]}, indent=2)
        words.output.write_text(told + "\n")
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
