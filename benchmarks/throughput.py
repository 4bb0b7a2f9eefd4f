"""Images per second of an evaluation here against OpenVINO's own `benchmark_app -hint throughput`.

    python benchmarks/throughput.py configs/zoo_mobilenet_v1.yaml configs/zoo_cifar10_resnet20.yaml

For each config, FP32 and plain INT8: the search's own evaluation (inference, decoder, metrics and
divergence from FP32) and `benchmark_app` on the same IR, at the same precision, in turn, so that a
busy machine is fair to both. `queue` is OpenVINO's AsyncInferQueue in this process, with one input
and nothing done with the outputs: what benchmark_app measures without the start of a process.
Prints a table and writes JSON.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import openvino as ov

from calibrate.config.load import load_config
from calibrate.config.resolved import Resolved
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.progress import NoProgress
from calibrate.core.tensors import Tensors
from calibrate.evaluation.observe import observe
from calibrate.evaluation.reference import Reference
from calibrate.models.write import write_model
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.report_builder.environment import environment
from calibrate.runtime.inference import Network
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore

PEER = "import sys; from openvino.tools.benchmark.main import main; sys.exit(main())"
RATE = re.compile(r"Throughput:\s+([0-9.]+) FPS")


@dataclass(frozen=True)
class Row:
    """One model at one precision; rates are medians over rounds, images per second."""

    model: str
    precision: str
    batch: int
    evaluation: float
    inference: float
    queue: float
    benchmark_app: float
    ratio: float
    queue_ratio: float


def main() -> None:
    """Measure every config named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path("throughput.json"))
    arguments = parser.parse_args()
    rows: list[Row] = []
    facts = environment()
    print(f"{facts.cpu}, {facts.instruction_set}, {facts.cores} cores; OpenVINO {facts.openvino}")
    print(
        f"{'model':26} {'':5} {'batch':>5} {'evaluation':>11} {'inference':>10} {'queue':>10}"
        f" {'benchmark_app':>14} {'ratio':>7} {'of queue':>8}"
    )
    for path in arguments.configs:
        for row in measured(load_config(path), arguments.seconds, arguments.rounds):
            rows.append(row)
            print(
                f"{row.model:26} {row.precision:5} {row.batch:5} {row.evaluation:9.1f}/s"
                f" {row.inference:8.1f}/s {row.queue:8.1f}/s {row.benchmark_app:12.1f}/s"
                f" {row.ratio:7.1%} {row.queue_ratio:8.1%}",
                flush=True,
            )
    content = {"environment": facts.model_dump(), "rows": [asdict(row) for row in rows]}
    arguments.output.write_text(json.dumps(content, indent=2), encoding="utf-8")
    print(f"Written: {arguments.output}")


def measured(resolved: Resolved, seconds: float, rounds: int) -> list[Row]:
    """A row for FP32 and one for plain INT8."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        context = build_context(resolved, Costs(time.monotonic), NoProgress(), work)
        config = resolved.config
        kept = find_postprocessing(context.baseline.model) if config.quantization.keep_tail else ()
        variant_store = VariantStore(context, kept, lambda: False)
        plain = quantize_plain(variant_store)
        models = {
            FP32: context.baseline.model,
            INT8: variant_store.model(Candidate(plain.precisions)),
        }
        name = config.model.name or config.model.path.stem
        rows = []
        for precision, model in models.items():
            path = work / f"{precision}.xml"
            write_model(model.clone(), path)
            rows.append(_side_by_side((name, precision.name), context, path, (seconds, rounds)))
        return rows


def _side_by_side(
    called: tuple[str, str], context: RunContext, path: Path, effort: tuple[float, int]
) -> Row:
    """Our evaluation, our inference alone, and the peers, in turn."""
    seconds, rounds = effort
    model = ov.Core().read_model(path)
    batch = context.baseline.reference.batch
    network = Network(model, context.costs, batch=batch)
    alone = Network(model, context.costs)
    rates = [
        (
            _evaluated(network, context.baseline.reference, context.data.everything, seconds),
            _inferred(network, context.data.tensors, context.data.everything, seconds),
            _queued(alone, context.data.tensors, seconds),
            _peer(path, seconds),
        )
        for _ in range(rounds)
    ]
    medians = [statistics.median(column) for column in zip(*rates, strict=True)]
    # Round by round, since the machine drifts.
    ratio = statistics.median(evaluation / peer for evaluation, _, _, peer in rates)
    queue_ratio = statistics.median(evaluation / queue for evaluation, _, queue, _ in rates)
    evaluation, inference, queued, app = medians
    return Row(*called, batch, evaluation, inference, queued, app, ratio, queue_ratio)


def _evaluated(
    network: Network, reference: Reference, indices: Sequence[int], seconds: float
) -> float:
    """Images per second of what the search does with a candidate."""
    images, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        observe(network, reference, indices)
        images += len(indices)
    return images / (time.perf_counter() - begun)


def _inferred(network: Network, tensors: Tensors, indices: Sequence[int], seconds: float) -> float:
    """Images per second with outputs that nobody looks at."""
    images, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        network.run(tensors, indices, lambda _, __: None)
        images += len(indices)
    return images / (time.perf_counter() - begun)


def _queued(network: Network, tensors: Tensors, seconds: float) -> float:
    """Images per second of AsyncInferQueue with the same input again and again."""
    queue = ov.AsyncInferQueue(network.compiled)
    feed = tensors.feed([0], 1)
    for request in queue:
        for key, array in feed.items():
            request.set_input_tensor(key, ov.Tensor(array, shared_memory=True))
    images, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        for _ in range(64):
            queue.start_async()
        images += 64
    queue.wait_all()
    return images / (time.perf_counter() - begun)


def _peer(path: Path, seconds: float) -> float:
    """Images per second that benchmark_app reports for the same file."""
    kind = ov.Core().read_model(path).inputs[0].get_element_type().get_type_name()
    command = [sys.executable, "-c", PEER, "-m", str(path), "-d", "CPU", "-hint", "throughput"]
    command += ["-t", str(max(1, round(seconds))), "-infer_precision", "f32", "-ip", kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    matches = RATE.search(done.stdout)
    if matches is None:
        sys.exit(f"benchmark_app fails:\n{done.stdout}{done.stderr}")
    return float(matches[1])


if __name__ == "__main__":
    main()
