"""The table this kind of tool was introduced with: nine topologies, several instruction sets.

    python benchmarks/table1.py --only resnet50 mobilenet_v1 --json table1.json

Each network is built in its published form (`topologies.py`; SSD on MobileNet is the zoo's trained
one), calibrated by `calibrate.run`, and timed against FP32 on every instruction set that this
machine can be held to, both models in turn in one process. Rows are added to the JSON file as they
come; a network that is in it is not measured again. With `--seconds 1 --samples 40` a network
takes one to two minutes on two cores.

Weights are not trained, but drawn; the last layer is set such that each image has an answer of its
own, as clear as a trained network's. So speed, memory and size mean what they mean for trained
weights; agreement with FP32's answers is no accuracy. So by default no budget holds layers back for
drawn weights (a drawn MobileNet loses more than 5 points of agreement in INT8), and the drop is
only printed; SSD on MobileNet keeps the budget of its config.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from int8_share import int8_share
from isa_timing import Models, noise, time_under
from numpy.typing import NDArray
from openvino import opset13 as ops
from PIL import Image
from table1_page import page
from topologies import TOPOLOGIES

from calibrate.api import run
from calibrate.core.costs import Costs
from calibrate.models.macs import multiply_accumulates
from calibrate.report.schema import Report
from calibrate.report_builder.environment import environment
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.memory_footprint import file_bytes, peak_memory
from calibrate.runtime.profiling import profile

ZOO = Path(os.environ.get("CALIBRATE_ZOO", Path(__file__).parents[2] / "shared" / "zoo"))
SSD_MOBILENET = "ssd_mobilenet"
LIMITS = ("sse41", "avx2", "avx512_core", "avx512_core_vnni", "avx512_core_bf16")
"""oneDNN's instruction sets, ascending; those above this CPU's are left out, VNNI too where BF16
is above it, as INT8 runs the same kernels there."""


@dataclass(frozen=True)
class Row:
    """What was measured of one network.

    Attributes:
        name: of the topology.
        parameters: of the network; equal to the published number, which is checked.
        macs: multiply-accumulates of an inference.
        verdict: the report's outcome.
        drops: of each metric on the acceptance images, in its unit.
        groups: how many groups run at which precision.
        floating: groups in floating point by reason.
        int8_macs: share of multiply-accumulates in INT8, 0-1.
        file_bytes: FP32's and the result's.
        memory_bytes: peak of a process that runs it, FP32's and the result's.
        cost: seconds, floor, compilations and inferences of the run.
        slow_floats: executed layers in floating point of the result, the slowest first.
        timings: by instruction set.
    """

    name: str
    parameters: int
    macs: int
    verdict: str
    drops: dict[str, float]
    groups: dict[str, int]
    floating: dict[str, int]
    int8_macs: float
    file_bytes: tuple[int, int]
    memory_bytes: tuple[int, int]
    cost: dict[str, float]
    slow_floats: list[dict[str, Any]]
    timings: dict[str, Any] = field(default_factory=dict)


def images(count: int, side: int) -> NDArray[np.uint8]:
    """[count, side, side, 3]: images of the zoo, or smooth noise without it."""
    paths = sorted((ZOO / "data" / "imagenet_dev" / "images").glob("*"))[:count]
    if len(paths) == count:
        opened = [Image.open(path).convert("RGB").resize((side, side)) for path in paths]
        return np.stack([np.asarray(image) for image in opened])
    random = np.random.default_rng(0)
    small = random.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(entry).resize((side, side))) for entry in small])


def as_input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[N, 3, H, W] in -1 to 1, as the config's preprocessing makes it."""
    scaled = (pixels.astype(np.float32) - 127.5) / 127.5
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def set_head(model: ov.Model, pixels: NDArray[np.uint8]) -> None:
    """Set the last layer, in place, such that image k is clearly of class k.

    The weights of class k are the whitened features of image k; those of classes without an image
    are drawn with the same size.
    """
    features = next(op for op in model.get_ops() if op.get_friendly_name() == "features")
    trunk = ov.Model([ops.result(features.output(0))], model.get_parameters(), "trunk")
    compiled = ov.Core().compile_model(trunk, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows = np.concatenate([compiled(image[None])[0] for image in as_input(pixels)])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-3 * rows.std() + 1e-12
    unit = (rows - mean) / deviation
    head = next(op for op in model.get_ops() if op.get_friendly_name() == "head")
    classes = head.get_output_shape(0)[1]
    drawn = np.random.default_rng(1).standard_normal((classes, unit.shape[1]))
    drawn *= np.linalg.norm(unit, axis=1).mean() / np.linalg.norm(drawn, axis=1, keepdims=True)
    drawn[: len(unit)] = unit
    # A trained network is sure of most answers: scores of about 10 for the class of the image.
    weights = (drawn / deviation).T * (10 / unit.shape[1])
    shift = -(mean @ weights)
    (add,) = {port.get_node() for port in head.output(0).get_target_inputs()}
    head.input(1).replace_source_output(constant(weights))
    add.input(1).replace_source_output(constant(shift[None]))


def constant(values: NDArray[Any]) -> ov.Output:
    """A constant of float32."""
    return ops.constant(values.astype(np.float32)).output(0)


def calibrated(name: str, folder: Path, given: argparse.Namespace) -> tuple[Report, int, Path]:
    """Build and calibrate one network; its report, parameters and FP32 IR."""
    common = {
        "search": {"timeout": given.timeout},
        "deployment": {"inference_precision": "f32"},
        "output": {"dir": str(folder / "out"), "reports": ["json"]},
    }
    if name == SSD_MOBILENET:
        config = Path(__file__).parents[1] / "configs" / "zoo_ssd_mobilenet_v1.yaml"
        changes = {
            "dataset.subsample_size": min(given.samples, 128),
            **{
                f"{part}.{key}": value
                for part, keys in common.items()
                for key, value in keys.items()
            },
        }
        report = run(config, changes)
        weights = ov.Core().read_model(folder / "out" / "work" / "fp32.xml")
        count = sum(
            int(np.prod(op.get_output_shape(0)))
            for op in weights.get_ops()
            if op.get_type_name() == "Constant" and op.get_element_type().is_real()
        )
        return report, count, folder / "out" / "work" / "fp32.xml"
    topology = TOPOLOGIES[name]
    pixels = images(given.samples, topology.side)
    model, parameters = topology.model(name, as_input(pixels[:8]))
    if parameters != topology.parameters:
        raise SystemExit(f"{name}: {parameters} parameters, published {topology.parameters}")
    is_classifier = len(model.outputs) == 1
    if is_classifier:
        set_head(model, pixels)
    path = folder / "fp32.xml"
    ov.save_model(model, path, compress_to_fp16=False)
    np.savez(folder / "images.npz", images=pixels)
    adapter = {
        "type": "arrays",
        "data_source": str(folder / "images.npz"),
        "inputs": {"image": "images"},
    }
    judged: dict[str, object] = (
        {
            "decoder": {"type": "classification", "probabilities": False},
            "metrics": [{"type": "agreement"}],
        }
        if is_classifier
        else {"decoder": {"type": "raw"}, "metrics": [{"type": "cosine_similarity"}]}
    )
    report = run(
        {
            "model": {"path": str(path), "name": name},
            "dataset": {"name": "images", "adapter": adapter},
            "preprocessing": [{"type": "normalization", "mean": 127.5, "std": 127.5}],
            "quantization": {"subset_size": min(32, given.samples)},
            "budget": {"max_drop": given.max_drop},
            **judged,
            **common,
        }
    )
    return report, parameters, path


def measured(name: str, given: argparse.Namespace) -> Row:
    """Everything of one network."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        report, parameters, fp32 = calibrated(name, folder, given)
        result = Path(str(report.model.written))
        model = ov.Core().read_model(result)
        costs, few = Costs(time.perf_counter), noise(model)
        share = int8_share(model, few, costs)
        nodes = [node for node in profile(model, few, costs, inferences=4) if node.names]
        floats = sorted(
            (node for node in nodes if node.precision not in ("i8", "u8")),
            key=lambda node: -node.microseconds,
        )
        total = sum(node.microseconds for node in nodes)
        return Row(
            name=name,
            parameters=parameters,
            macs=sum(multiply_accumulates(ov.Core().read_model(fp32)).values()),
            verdict=report.verdict.outcome,
            drops={
                label: float(metric.result["acceptance"].drop or 0)
                for label, metric in report.metrics.items()
            },
            groups=dict(Counter(group.precision for group in report.groups)),
            floating=dict(Counter(group.reason for group in report.groups if group.reason)),
            int8_macs=share.macs_in_int8,
            file_bytes=(file_bytes(fp32), file_bytes(result)),
            memory_bytes=(peak_memory(fp32), peak_memory(result)),
            cost={
                "seconds": report.cost.seconds,
                "floor": report.cost.floor.seconds,
                "compilations": report.cost.compilations,
                "inferences": report.cost.inferences,
            },
            slow_floats=[
                {
                    "name": node.name,
                    "kind": node.kind,
                    "precision": node.precision,
                    "share": node.microseconds / total,
                }
                for node in floats[:5]
            ],
            timings=timings(fp32, folder / "out" / "work" / "int8.xml", result, given),
        )


def timings(fp32: Path, plain: Path, result: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Times under each limit; BF16 stands beside both where floating point is deployed at it."""
    models: Models = {"fp32": ("f32", fp32), "plain": ("f32", plain), "int8": ("f32", result)}
    known = limits() if given.isa is None else given.isa
    timed = {limit: time_under(limit, models, given.seconds) for limit in known}
    deployed = plugin_default()
    if deployed != "f32" and known:
        models = {
            "float": (deployed, fp32),
            "plain": (deployed, plain),
            "int8": (deployed, result),
        }
        timed[f"{known[-1]}, as deployed"] = time_under(known[-1], models, given.seconds)
    return timed


def limits() -> list[str]:
    """Instruction sets that this machine can be held to."""
    highest = this_cpu().instruction_set
    if highest not in LIMITS:  # AMX, or AVX2 with VNNI
        below = "avx2" if highest.startswith("avx2") else LIMITS[-1]
        return [*(limit for limit in LIMITS[: LIMITS.index(below) + 1]), highest]
    chosen = list(LIMITS[: LIMITS.index(highest) + 1])
    return [limit for limit in chosen if limit != "avx512_core_vnni" or highest == limit]


def main() -> None:
    """Measure what the file has not yet, and write all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [*TOPOLOGIES, SSD_MOBILENET]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--isa", nargs="+", choices=limits(), help="all of these by default")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each timing")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds of a search")
    parser.add_argument(
        "--max-drop", type=float, default=0.9, help="for drawn weights: of agreement or cosine"
    )
    parser.add_argument("--json", type=Path, default=Path("table1.json"))
    given = parser.parse_args()
    content: Mapping[str, Any] = (
        json.loads(given.json.read_text()) if given.json.exists() else {"rows": []}
    )
    rows: list[dict[str, Any]] = list(content["rows"])
    for name in given.only:
        if name in {row["name"] for row in rows}:
            continue
        begun = time.perf_counter()
        rows.append(json.loads(json.dumps(asdict(measured(name, given)))))
        print(f"{name}: {time.perf_counter() - begun:.0f} s", flush=True)
        facts = environment().model_dump()
        result = {"environment": facts, "command": " ".join(sys.argv[1:]), "rows": rows}
        given.json.write_text(json.dumps(result, indent=1))
    print(page([json.loads(given.json.read_text())]))


if __name__ == "__main__":
    main()
