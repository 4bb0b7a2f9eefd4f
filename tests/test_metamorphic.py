"""What may change nothing, changes nothing: order, batch, streams, a quantization of nothing."""

import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.cli.main import run as command
from calibrate.commands.run import run
from calibrate.config.load import load_config
from calibrate.config.quantization import Quantization
from calibrate.context.run_context import build_context
from calibrate.core.annotation import BoxSet, ClassLabel, MaskTarget
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.progress import NoProgress
from calibrate.core.sample import Facts, Geometry
from calibrate.core.tensors import Tensors
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.classification import Classification
from calibrate.decoders.segmentation import Segmentation
from calibrate.evaluation.observe import observe, observe_reference
from calibrate.evaluation.reference import Task
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.agreement import Agreement
from calibrate.metrics.coco_precision import CocoPrecision
from calibrate.metrics.f1 import F1
from calibrate.metrics.map import VocMap
from calibrate.metrics.mean_iou import MeanIou
from calibrate.metrics.pixel_accuracy import PixelAccuracy
from calibrate.models.fingerprint import fingerprint
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import quantize
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.runtime.inference import PRECISION, Network

SIDE, COUNT, CLASSES = 8, 24, 3


def network(batch: int, noise: float, outputs: int) -> ov.Model:
    """[batch, 3, 8, 8] to `map` [batch, C, 8, 8]; its mean `scores` [batch, C]; `boxes`."""
    random = np.random.default_rng(0)
    image = ops.parameter([batch, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    shape = (CLASSES, 3, 3, 3)
    weights = random.normal(0, 1, shape) + noise * random.normal(0, 1, shape)
    unit = [1, 1]
    made = ops.convolution(image, weights.astype(np.float32), unit, unit, unit, unit, name="conv")
    made.output(0).set_names({"map"})
    if outputs == 1:
        return ov.Model([made], [image], "segmenter")
    mean = ops.reduce_mean(made, np.array([2, 3]), keep_dims=False)
    mean.output(0).set_names({"scores"})
    if outputs == 0:
        return ov.Model([mean], [image], "classifier")
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(1, 16, 2) / 4
    corners = np.concatenate([grid, grid + 0.25], -1).astype(np.float32)
    pooled = ops.avg_pool(ops.sigmoid(made), [2, 2], [0, 0], [0, 0], [2, 2], exclude_pad=True)
    scores = ops.transpose(
        ops.reshape(pooled, np.array([0, CLASSES, 16]), special_zero=True), np.array([0, 2, 1])
    )
    first = ops.slice(scores, np.array([0]), np.array([1]), np.array([1]), np.array([2]))
    boxes = ops.add(ops.multiply(first, np.float32(0.05)), corners)
    scores.output(0).set_names({"scores"})
    boxes.output(0).set_names({"boxes"})
    return ov.Model([boxes, scores], [image], "detector")


def labels_of(outputs: int, random: np.random.Generator, number: int):
    if outputs == 0:
        return ClassLabel(number % CLASSES)
    if outputs == 1:
        return MaskTarget(random.integers(0, CLASSES, (SIDE, SIDE), np.uint8))
    places = random.permutation(16)[:3]
    boxes = np.stack([places % 4, places // 4, places % 4 + 1, places // 4 + 1], 1) * (SIDE / 4)
    flags = np.zeros(3, np.bool_)
    return BoxSet(
        boxes.astype(np.float32),
        random.integers(0, CLASSES, 3),
        flags,
        flags,
        np.full(3, (SIDE / 4) ** 2, np.float32),
        str(number),
    )


JUDGES = {
    0: Task(Classification(probabilities=False), (Accuracy(), F1(), Agreement())),
    1: Task(Segmentation(), (MeanIou(), PixelAccuracy(), Agreement())),
    2: Task(
        BoxesScores(nms_threshold=None),
        (CocoPrecision(threshold=0.5), VocMap(include_boundaries=False)),
    ),
}
TASKS = pytest.mark.parametrize("task", [0, 1, 2], ids=["classes", "masks", "boxes"])


def images_of(task: int) -> Tensors:
    random = np.random.default_rng(1)
    inputs = random.normal(random.normal(0, 1, (COUNT, 3, 1, 1)), 1, (COUNT, 3, SIDE, SIDE))
    place = Geometry(SIDE, SIDE, SIDE, SIDE)
    facts = tuple(
        Facts(f"s{number}", labels_of(task, random, number), place) for number in range(COUNT)
    )
    digests = tuple(f"d{number}" for number in range(COUNT))
    return Tensors((inputs.astype(np.float32),), facts, digests)


def measured(task: int, tensors: Tensors, *, batch: int = 1, streams: int = 1) -> list[float]:
    """Each metric's value of one model, then that of another, and how far it is from the first."""
    judge, costs = JUDGES[task], Costs(lambda: 0.0)
    indices = range(len(tensors))
    properties = {**PRECISION, "NUM_STREAMS": streams}
    first = Network(network(batch, 0.0, task), costs, properties)
    observed, reference = observe_reference(first, tensors, indices, judge, lambda: None)
    other = observe(Network(network(batch, 0.4, task), costs, properties), reference, indices)
    ones = np.ones((1, len(tensors)), np.int64)
    values = [
        float(metric.aggregate(entry.of(position, indices), ones)[0])
        for entry in (observed, other)
        for position, metric in enumerate(judge.metrics)
    ]
    return [*values, float(other.divergences(indices).mean())]


def shuffled(tensors: Tensors) -> Tensors:
    order = np.random.default_rng(2).permutation(len(tensors))
    return Tensors(
        tuple(array[order] for array in tensors.inputs),
        tuple(tensors.facts[index] for index in order),
        tuple(tensors.digests[index] for index in order),
    )


@TASKS
def test_the_world_is_one_in_which_something_could_change(task):
    *values, divergence = measured(task, images_of(task))
    first, other = values[: len(values) // 2], values[len(values) // 2 :]
    assert first != other
    assert all(0 <= value <= 1 for value in values)
    assert divergence > 0


@TASKS
def test_the_order_of_the_images_changes_nothing(task):
    images = images_of(task)
    assert measured(task, shuffled(images)) == pytest.approx(measured(task, images), abs=1e-12)


@TASKS
@pytest.mark.parametrize(("batch", "streams"), [(1, 2), (1, 5), (4, 1), (7, 2), (COUNT, 1)])
def test_batch_and_streams_change_nothing(task, batch, streams):
    images = images_of(task)
    alone = measured(task, images)
    result = measured(task, images, batch=batch, streams=streams)
    assert result[:-1] == pytest.approx(alone[:-1], abs=1e-12)
    # Kernels of another batch may round sums otherwise.
    assert result[-1] == pytest.approx(alone[-1], rel=1e-4)


@TASKS
def test_copies_change_no_value(task):
    images = images_of(task)
    twice = Tensors(
        tuple(np.concatenate([array, array]) for array in images.inputs),
        images.facts * 2,
        images.digests * 2,
    )
    result, alone = measured(task, twice), measured(task, images)
    if task == 2:
        # Precision is interpolated at ranks, between which copies stand.
        assert result == pytest.approx(alone, abs=0.02)
    else:
        assert result == pytest.approx(alone, abs=1e-9)


@TASKS
def test_a_model_with_every_group_in_fp32_is_fp32(task):
    images, judge, costs = images_of(task), JUDGES[task], Costs(lambda: 0.0)
    model = network(1, 0.0, task)
    settings = Quantization()
    feeds = [images.feed([index], 1) for index in range(8)]
    quantized = quantize(model, feeds, settings, subset_size=len(feeds))
    groups = find_groups(quantized)
    assert groups
    variants = Variants(model, {INT8: quantized}, groups)
    nothing = with_integer_weights(compose(variants, Candidate.uniform(groups, FP32)))
    observed, reference = observe_reference(
        Network(model, costs), images, range(COUNT), judge, lambda: None
    )
    observation = observe(Network(nothing, costs), reference, range(COUNT))
    assert observation.divergences(range(COUNT)).max() < 1e-12
    for position in range(len(judge.metrics)):
        for entry, fp32 in zip(
            observation.of(position, range(COUNT)), observed.of(position, range(COUNT)), strict=True
        ):
            np.testing.assert_equal(entry, fp32)


IGNORED = "quantization.ignored_scope.patterns=['.*']"


def test_a_run_that_may_quantize_nothing_gives_fp32(make_job, capfd):
    config = make_job()
    report = run(load_config(config, overrides=[IGNORED]))
    facts = report.metrics["accuracy@1"]
    assert {score.drop for score in facts.int8.values()} == {0.0}
    for images, score in facts.fp32.items():
        assert score.value == facts.int8[images].value == facts.result[images].value
    assert {group.precision for group in report.groups} == {"fp32"}
    assert report.verdict.passed
    assert not report.changes
    result = config.parent / "out" / "model.xml"
    models = ["-m", str(config.parent / "model.xml"), "-m", str(result)]
    assert command(["evaluate", str(config), *models, "--json", "-q"]) == 0
    second = json.loads(capfd.readouterr().out)["models"][1]
    assert second["divergence"] < 1e-12
    assert second["metrics"][0]["drop"]["estimate"] == 0.0


def test_copies_of_every_image_leave_the_interval_as_wide(make_job, capfd):
    config = make_job()
    models = ["-m", str(config.parent / "model.xml"), "-m", str(worse(config))]
    words = ["evaluate", str(config), *models, "--json", "-q"]
    assert command(words) == 0
    single = json.loads(capfd.readouterr().out)
    rearrange(config, lambda count: np.tile(np.arange(count), 2))
    assert command(words) == 0
    twice = json.loads(capfd.readouterr().out)
    assert twice["images"] == 2 * single["images"]
    before, after = (entry["models"][1]["metrics"][0]["drop"] for entry in (single, twice))
    assert before["low"] < before["estimate"] < before["high"]
    for end in ("estimate", "low", "high"):
        assert after[end] == pytest.approx(before[end])


def worse(config: Path) -> Path:
    """The job's model with noise on every weight of its convolutions."""
    model = ov.Core().read_model(config.parent / "model.xml")
    random = np.random.default_rng(3)
    for op in model.get_ops():
        if op.get_type_name() == "Convolution":
            old = op.input_value(1).get_node().data
            noisy = old * (1 + 0.5 * random.normal(0, 1, old.shape))
            op.input(1).replace_source_output(ops.constant(noisy.astype(np.float32)).output(0))
    path = config.parent / "worse.xml"
    ov.save_model(model, path, compress_to_fp16=False)
    return path


def rearrange(config: Path, order) -> None:
    with np.load(config.parent / "data.npz") as data:
        images, labels = data["images"], data["labels"]
    chosen = order(len(images))
    np.savez(config.parent / "data.npz", images=images[chosen], labels=labels[chosen])


def test_the_order_of_a_dataset_changes_neither_sets_nor_fp32(make_job):
    config = make_job()

    def seen() -> list[tuple[set[str], float]]:
        resolved = load_config(config)
        context = build_context(resolved, Costs(lambda: 0.0), NoProgress(), config.parent / "work")
        digests = context.data.tensors.digests
        return [
            (
                {digests[index] for index in chosen},
                context.scores.value(context.baseline.observed, 0, chosen),
            )
            for chosen in (context.data.search, context.data.acceptance)
        ]

    before = seen()
    rearrange(config, lambda count: np.random.default_rng(6).permutation(count))
    assert seen() == before


def test_the_order_of_a_dataset_changes_no_byte_of_the_model(make_job):
    config = make_job()

    def made(folder: str) -> tuple[str, list[float | None]]:
        report = run(load_config(config, overrides=[f"output.dir={folder}"]))
        result = [metric.result["acceptance"].estimate for metric in report.metrics.values()]
        return fingerprint(ov.Core().read_model(config.parent / folder / "model.xml")), result

    before = made("one")
    rearrange(config, lambda count: np.argsort(np.random.default_rng(6).random(count)))
    after = made("other")
    assert after[0] == before[0]
    # Sums of floats in another order.
    assert after[1] == pytest.approx(before[1], rel=1e-12)
