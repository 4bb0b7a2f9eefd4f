"""Ways to quantize, with everything in INT8: NNCF's defaults, its own tuner, and the recipes.

    python benchmarks/recipes.py --models zoo_mobilenet_v1 zoo_cifar10_resnet20
    python benchmarks/recipes.py --tables

For each model half of the images calibrates and chooses, the other half judges: divergence from
FP32 without labels, and the metric. NNCF's tuner (`tune_hyperparams` of its accuracy control,
without falling layers back afterwards) is given the labels of the half that chooses; this tool's
choice among recipes uses none. The tuner runs in a process of its own; where it fails or takes
longer than `--peer-timeout`, that is told below the table. All models are timed in turn in one
run. Each model's rows are added to the JSON file as soon as they are there; a model that is in it
is not measured again.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from nncf_peer import Question, ask

from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.config.load import load_config
from calibrate.config.quantization import Quantization
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.datasets.split import split
from calibrate.errors import CalibrateError
from calibrate.evaluation.observe import measure_divergence, observe
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.ptq import Quantizer, quantize
from calibrate.quantization.recipe_selection import PLAIN, all_recipes
from calibrate.quantization.recipes.base import RecipeContext
from calibrate.quantization.shared_passes import Images
from calibrate.quantization.variants import with_integer_weights
from calibrate.runtime.benchmark import compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.inference import Network
from calibrate.runtime.timing_effort import Effort
from calibrate.search.sensitivity import clearly_less, summarize

_CHOOSING = 64
"""Images that tell recipes apart, as in a run."""

_TUNER = "nncf, tune_hyperparams"


@dataclass(frozen=True)
class Row:
    """One way to quantize a model.

    Attributes:
        execution: who quantized, and how.
        seconds: of quantizing; what earlier recipes made is not made again. Of the choice: of
            all recipes, and of telling them apart.
        divergence: mean over the judging images.
        error: its standard error.
        metric: on the judging images, as the metric reports it.
        fp32: the same of FP32.
        speedup: latency of FP32 over this model's, median over rounds.
        note: which recipe was chosen.
    """

    execution: str
    seconds: float
    divergence: float
    error: float
    metric: float
    fp32: float
    speedup: float
    note: str = ""


@dataclass(frozen=True)
class Made:
    """A quantized model, and what it cost."""

    execution: str
    model: ov.Model
    seconds: float
    note: str = ""


class Subject:
    """One model with its images divided, FP32 observed on all of them."""

    def __init__(self, config: Path, images: int, calibration: int) -> None:
        resolved = load_config(config)
        count = min(images, len(list(resolved.adapter.items())))
        resolved = load_config(config, overrides=[f"dataset.subsample_size={count}"])
        # Published figures hold for all images, not for some of them.
        metrics = tuple(replace(metric, reference=None) for metric in resolved.metrics)
        resolved = replace(resolved, metrics=metrics)
        with tempfile.TemporaryDirectory() as folder, Bars(Display(quiet=True)) as bars:
            self.context: RunContext = build_context(
                resolved, Costs(time.monotonic), bars, Path(folder)
            )
        self.settings = resolved.config.quantization
        self.fp32 = self.context.baseline.model
        self.kept = find_postprocessing(self.fp32) if self.settings.keep_tail else ()
        tensors = self.context.data.tensors
        halves = split(tensors.digests, [None] * len(tensors), acceptance=0.5, seed=0)
        self.judging = halves.acceptance
        shuffled = np.random.default_rng(0).permutation(halves.search)
        self.choosing = tuple(int(index) for index in shuffled)
        self.calibration = self.choosing[:calibration]
        self.feeds = CalibrationBatches(
            tensors, self.calibration, self.context.baseline.plans[0].batch
        )

    def value(self, seen: Observation, indices: Sequence[int]) -> float:
        """The first metric over samples."""
        metric = self.context.resolved.metrics[0].metric
        ones = np.ones((1, len(indices)), np.int64)
        return float(metric.aggregate(seen.of(0, indices), ones)[0])


def timed(execution: str, make: Callable[[], ov.Model]) -> Made:
    """A model and the seconds that making it took."""
    begun = time.monotonic()
    model = make()
    seconds = time.monotonic() - begun
    return Made(execution, with_integer_weights(model), seconds)


def tuned(subject: Subject, most: int, timeout: float | None) -> Made | str:
    """NNCF's tuner on images that choose, given their labels; the model as a user prepares it.

    Args:
        subject: the model and its images.
        most: of the images.
        timeout: seconds after which it is given up, reading and decoding included.

    Returns:
        The model, or why there is none.
    """
    facts = subject.context.data.tensors.facts
    ids = tuple(facts[index].id for index in subject.choosing[:most])
    question = Question(str(subject.context.resolved.path), "tuner", ids)
    with tempfile.TemporaryDirectory() as folder:
        text = ask(question, Path(folder), timeout)
        if isinstance(text, str):
            return text
        model = ov.Core().read_model(Path(folder) / "model.xml")
        return Made(_TUNER, with_integer_weights(model), text.seconds)


def chosen(subject: Subject, made: Mapping[str, ov.Model]) -> str:
    """The recipe that a thorough run picks: each has to be clearly better than the best so far."""
    context = subject.context
    indices = subject.choosing[:_CHOOSING]
    best, lead = "", None
    for name, model in made.items():
        network = Network(with_integer_weights(model), context.costs)
        values = measure_divergence(network, context.baseline.reference, indices)
        if lead is None or clearly_less(values, lead):
            best, lead = name, values
    return best


def ways(subject: Subject) -> list[Made]:
    """The model in every way but by NNCF's tuner."""
    fp32, feeds, settings = subject.fp32, subject.feeds, subject.settings
    result = [
        timed(
            "nncf.quantize",
            lambda: quantize(
                fp32, feeds, Quantization(target_device="ANY"), subset_size=len(feeds)
            ),
        )
    ]
    whole = time.monotonic()
    quantizer = Quantizer(fp32, feeds, subject.kept)
    made = {}
    plain = quantizer.quantize(settings)
    context = RecipeContext(settings, plain, quantizer, Images(len(feeds), len(feeds)), feeds)
    for recipe in (PLAIN, *all_recipes()):
        name, begun = recipe.precision.name, time.monotonic()
        with suppress(CalibrateError):
            made[name] = recipe.apply(fp32, context).model
            spent = time.monotonic() - begun
            result.append(Made(name, with_integer_weights(made[name]), spent))
    name = chosen(subject, made)
    picked = next(entry.model for entry in result if entry.execution == name)
    return [*result, Made("calibrate's choice", picked, time.monotonic() - whole, name)]


def measured(subject: Subject, made: Sequence[Made], seconds: float) -> list[Row]:
    """What each way gives on the images that judge."""
    context = subject.context
    indices = subject.judging
    models = {"fp32": subject.fp32} | {entry.execution: entry.model for entry in made}
    timings = compare(
        models, context.data.tensors, context.costs, effort=Effort(seconds * len(models))
    ).timings
    before = subject.value(context.baseline.observed, indices)
    rows = []
    for entry in made:
        observation = observe(
            Network(entry.model, context.costs), context.baseline.reference, indices
        )
        damage = summarize(observation.divergences(indices))
        rows.append(
            Row(
                entry.execution,
                entry.seconds,
                damage.mean,
                damage.error,
                subject.value(observation, indices),
                before,
                timings[entry.execution].speedup,
                entry.note,
            )
        )
    return rows


def table(name: str, facts: Mapping[str, Any]) -> str:
    """Markdown of one model's rows."""
    rows = facts["rows"]
    judged = f"{facts['metric']} {rows[0]['fp32']:.4g} in FP32 on {facts['judging']} images"
    given = f"{facts['calibration']} for calibration, {facts['peer_images']} for the tuner"
    lines = [
        f"`{name}`: {judged}, {given}",
        "",
        "| INT8 by | divergence | metric | speed | seconds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        execution = f"{row['way']} ({row['note']})" if row["note"] else row["way"]
        lines.append(
            f"| {execution} | {row['divergence']:.4g} ± {row['error']:.1g} | {row['metric']:.4g} "
            f"| {row['speedup']:.2f} | {row['seconds']:.1f} |"
        )
    if facts.get("tuner_failure"):
        lines += ["", f"{_TUNER}: none, {facts['tuner_failure']}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    configs = Path(__file__).parent.parent / "configs"
    parser.add_argument(
        "--models", nargs="*", default=sorted(path.stem for path in configs.glob("zoo_*.yaml"))
    )
    parser.add_argument("--images", type=int, default=400, help="half choose, half judge")
    parser.add_argument("--calibration", type=int, default=100)
    parser.add_argument("--peer-images", type=int, default=100, help="of the tuner; 0: without it")
    parser.add_argument("--peer-timeout", type=float, help="seconds after which it is given up")
    parser.add_argument("--seconds", type=float, default=3.0, help="of timing, for each way")
    parser.add_argument("--output", type=Path, default=Path("recipes.json"))
    parser.add_argument("--tables", action="store_true", help="print what the file has")
    words = parser.parse_args()
    logging.getLogger("nncf").setLevel(logging.ERROR)
    done: dict[str, Any] = json.loads(words.output.read_text()) if words.output.exists() else {}
    for name in words.models:
        if name in done or words.tables:
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        subject = Subject(configs / f"{name}.yaml", words.images, words.calibration)
        made, failure = ways(subject), ""
        if words.peer_images:
            peer = tuned(subject, words.peer_images, words.peer_timeout)
            failure = peer if isinstance(peer, str) else ""
            made[1:1] = [peer] if isinstance(peer, Made) else []
        rows = measured(subject, made, words.seconds)
        done[name] = {
            "cpu": this_cpu().name,
            "metric": subject.context.resolved.metrics[0].metric.label,
            "judging": len(subject.judging),
            "calibration": len(subject.calibration),
            "peer_images": min(words.peer_images, len(subject.choosing)),
            "tuner_failure": failure,
            "rows": [asdict(row) for row in rows],
        }
        beside = words.output.with_suffix(".part")
        beside.write_text(json.dumps(done, indent=2))
        beside.replace(words.output)
    for name in words.models:
        if name in done:
            print(table(name, done[name]))


if __name__ == "__main__":
    main()
