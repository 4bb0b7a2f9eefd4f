"""The whole story on a small network with random weights whose own answers are the labels."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray
from openvino import opset13 as ops

import calibrate.context.footprints
import calibrate.context.performance
from calibrate.cli.main import run as command
from calibrate.commands.run import run
from calibrate.commands.run_options import RunOptions
from calibrate.config.load import load_config
from calibrate.context.dataset import split_samples
from calibrate.context.observe_models import SampleSet
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.models.certificate import certificate_of
from calibrate.models.read import read_model
from calibrate.report.load import load_report
from calibrate.report.schema import Report

SIDE, COUNT, CLASSES = 12, 60, 5
DUPLICATES = 10
CONFIG = """
model: {path: model.xml}
dataset:
  name: noise
  adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, label_key: labels}
preprocessing:
  - {type: normalization, mean: 127.5, std: 127.5}
decoder: {type: classification, probabilities: false}
metrics: [{type: accuracy}]
quantization: {subset_size: 16}
search: {objective: size, ranking_subset_size: 12}
budget: {max_drop: 0.5}
deployment: {inference_precision: f32}
split: {cross_fit: false}
output: {dir: out}
"""


def network(inputs: NDArray[np.float32] | None = None) -> ov.Model:
    """Three convolutions, one of which INT8 spoils, pooled to five scores that vary with images."""
    random = np.random.default_rng(0)
    image = ops.parameter([-1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    result, channels = image, 3
    for number in range(3):
        weights = random.normal(0, 1 / (3 * channels**0.5), (8, channels, 3, 3))
        weights[::4] *= 20 if number == 1 else 1
        result = ops.convolution(
            result, weights.astype(np.float32), [1, 1], [1, 1], [1, 1], [1, 1], name=f"conv{number}"
        )
        result = ops.relu(ops.add(result, random.normal(0, 0.1, (1, 8, 1, 1)).astype(np.float32)))
        channels = 8
    pooled = ops.reduce_mean(result, np.array([2, 3]), keep_dims=False)
    if inputs is None:
        return ov.Model([pooled], [image], "trunk")
    features = infer(network(), inputs)
    classes = random.normal(0, 1, (8, CLASSES)) / (features.std(0)[:, None] + 1e-6)
    shift = -(features.mean(0) @ classes)[None]
    scores = ops.matmul(pooled, classes.astype(np.float32), False, False, name="classes")
    scores = ops.add(scores, shift.astype(np.float32))
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "tiny")


def infer(model: ov.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([compiled(entry[None])[0] for entry in inputs])


def ready(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return ((images.astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)


@dataclass(frozen=True)
class Job:
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def run(self, *overrides: str, force: bool = False) -> Report:
        resolved = load_config(self.folder / "run.yaml", overrides=overrides)
        return run(resolved, conduct=RunOptions(force=force))

    def sets(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], dict[str, tuple[int, ...]]]:
        """Images and labels in the order of the tensors, and the three sets of indices."""
        resolved = load_config(self.folder / "run.yaml")
        gallery = SampleSet(resolved, NoProgress(), self.folder / "aside", Costs(lambda: 0.0))
        tensors, _ = gallery.tensors(read_model(self.folder / "model.xml"))
        result = split_samples(resolved.config, tensors)
        with np.load(self.folder / "data.npz") as data:
            order = [int(facts.id) for facts in tensors.facts]
            sets = {
                "calibration": result.calibration,
                "search": result.search,
                "acceptance": result.acceptance,
            }
            return data["images"][order], data["labels"][order], sets


def make(folder: Path) -> Job:
    random = np.random.default_rng(1)
    noise = random.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    tints = random.integers(0, 256, (COUNT, 1, 1, 3), dtype=np.uint8)
    images = (noise // 2 + tints // 2).astype(np.uint8)
    images = np.concatenate([images, images[:DUPLICATES]])
    model = network(ready(images))
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    labels = infer(model, ready(images)).argmax(1)
    assert len(set(labels.tolist())) > 2, "a network that says one thing tests nothing"
    np.savez(folder / "data.npz", images=images, labels=labels)
    (folder / "run.yaml").write_text(CONFIG)
    return Job(folder)


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory):
    """No seconds of timing, no processes of their own, no cache of the user's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calibrate.context.performance, "SECONDS", 0.1)
        patched.setattr(calibrate.context.footprints, "peak_memory", lambda _: 1 << 20)
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def job(tmp_path) -> Job:
    return make(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Job, Report]:
    """Everything in INT8, within a wide budget."""
    job = make(tmp_path_factory.mktemp("finished"))
    return job, job.run()


def written(job: Job) -> dict[str, bytes]:
    return {name: (job.out / name).read_bytes() for name in ("model.xml", "model.bin")}


def test_files_and_report(finished):
    job, report = finished
    names = {path.name for path in job.out.iterdir()}
    assert {"model.xml", "model.bin", "report.json"} <= names
    assert not [name for name in names if name.startswith(".")]
    loaded = load_report(job.out / "report.json")
    assert loaded == report
    assert report.verdict.passed
    assert {group.precision for group in report.groups} <= {
        "int8",
        "kernel-bias",
        "kernel-bias-min-max",
    }
    facts = report.metrics["accuracy@1"]
    assert facts.fp32["acceptance"].value == facts.fp32["search"].value == 1.0
    assert report.cost.inferences > 0
    assert report.model.written == str(job.out / "model.xml")


def test_the_size_is_that_of_the_files_with_the_certificate(finished):
    job, report = finished
    assert report.performance["result"].file_bytes == sum(map(len, written(job).values()))


def test_plain_openvino_gives_what_the_report_claims(finished):
    job, report = finished
    images, labels, sets = job.sets()
    chosen = list(sets["acceptance"])
    model = ov.Core().read_model(job.out / "model.xml")
    answers = infer(model, ready(images[chosen])).argmax(1)
    claimed = report.metrics["accuracy@1"].result["acceptance"].value
    assert float((answers == labels[chosen]).mean()) == pytest.approx(claimed)


def test_convolutions_run_at_eight_bits(finished):
    job, _ = finished
    model = ov.Core().read_model(job.out / "model.xml")
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    precisions = [
        op.get_rt_info()["runtimePrecision"].astype(str)
        for op in compiled.get_runtime_model().get_ops()
        if op.get_rt_info()["layerType"].astype(str) == "Convolution"
    ]
    assert precisions.count("i8") + precisions.count("u8") == 3
    stored = {op.get_element_type() for op in model.get_ops() if op.get_type_name() == "Constant"}
    assert ov.Type.i8 in stored


def test_the_model_carries_its_certificate(finished):
    job, report = finished
    result = certificate_of(ov.Core().read_model(job.out / "model.xml"))
    assert result["source"]["digest"] == report.model.digest
    assert result["dataset"]["digest"] == report.dataset.digest
    assert result["metrics"]["accuracy@1"]["result"]["acceptance"]["value"] == (
        report.metrics["accuracy@1"].result["acceptance"].value
    )
    assert result["not_int8"] == {}


def test_the_three_sets_are_kept_apart_by_content(finished):
    job, report = finished
    images, _, sets = job.sets()
    contents = {
        name: {images[index].tobytes() for index in indices} for name, indices in sets.items()
    }
    assert not contents["acceptance"] & contents["search"]
    assert not contents["acceptance"] & contents["calibration"]
    assert len(sets["acceptance"]) + len(sets["search"]) == COUNT + DUPLICATES
    # Duplicates stay on one side, so content is counted once on each.
    assert len(contents["acceptance"]) + len(contents["search"]) == COUNT
    assert (report.dataset.acceptance, report.dataset.search) == (
        len(sets["acceptance"]),
        len(sets["search"]),
    )


def test_the_same_run_made_again_is_the_same_byte_for_byte(finished, tmp_path):
    job, first = finished
    names = shutil.ignore_patterns("out", "aside")
    again = Job(Path(shutil.copytree(job.folder, tmp_path / "again", ignore=names)))
    second = again.run()
    assert written(again) == written(job)
    assert second.metrics == first.metrics
    assert second.groups == first.groups


def test_another_seed_divides_otherwise(job, finished):
    report = job.run("dataset.subsample_seed=1")
    assert report.dataset.seed == 1
    assert certificate_of(read_model(job.out / "model.xml"))["dataset"]["seed"] == 1
    assert written(job)["model.bin"] != written(finished[0])["model.bin"]


def test_the_tightest_budget_has_an_answer(job):
    report = job.run("budget.max_drop=0")
    drop = report.metrics["accuracy@1"].result["acceptance"].drop or 0.0
    assert report.verdict.passed == (drop <= report.metrics["accuracy@1"].budget.absolute + 1e-9)
    assert (job.out / "model.xml").is_file()
    assert load_report(job.out / "report.json") == report


def test_out_of_time_has_an_answer_too(job):
    report = job.run("search.timeout=0.001", "budget.max_drop=0")
    assert (job.out / "model.xml").is_file()
    assert report.verdict.looks
    assert sum(point.measured_damage is not None for point in report.front) == 0
    assert report.verdict.floating_point_reason == "time"
    assert {group.reason for group in report.groups} == {"timeout"}


def test_accept_confident_asks_for_the_whole_interval(job):
    report = job.run("budget.accept=confident", "budget.max_drop=0.01")
    low, high = report.metrics["accuracy@1"].result["acceptance"].interval or (0.0, 0.0)
    assert report.verdict.passed == (high <= 0.01 + 1e-9)
    assert low <= high


def test_of_fp32_as_the_answer_nothing_is_estimated(job):
    report = job.run("budget.accept=confident", "search.timeout=0.001", "budget.max_drop=0.01")
    assert {group.precision for group in report.groups} == {"fp32"}
    judged = report.metrics["accuracy@1"].result["acceptance"]
    assert (judged.interval, judged.method) == ((0.0, 0.0), "floating-point model")
    assert (report.verdict.outcome, report.verdict.passed) == ("floating_point", True)


@pytest.mark.parametrize("batch", [4])
def test_a_static_batch_gives_the_same_answer(job, finished, batch):
    model = ov.Core().read_model(job.folder / "model.xml").clone()
    model.reshape([batch, 3, SIDE, SIDE])
    ov.save_model(model, job.folder / "batched.xml", compress_to_fp16=False)
    report = job.run("model.path=batched.xml")
    plain = finished[1].metrics["accuracy@1"]
    result = report.metrics["accuracy@1"]
    assert result.fp32["acceptance"].value == plain.fp32["acceptance"].value == 1.0
    assert report.verdict.passed


def test_exit_codes_and_summary(job, capfd):
    words = ["run", str(job.folder / "run.yaml"), "--no-progress"]
    assert command(words) == 0
    captured = capfd.readouterr()
    assert "accuracy@1" in captured.out
    assert "Calibrating" in captured.err
    assert "Traceback" not in captured.err
    # Nothing of NNCF's own talk.
    assert not re.search(r"INFO|nncf", captured.err)


def test_over_budget_is_exit_code_4_with_the_model_written(job, capfd, monkeypatch):
    from calibrate.search import acceptance as accept

    original: Callable[..., object] = accept.judge

    def refusing(*args: object, **kwargs: object) -> object:
        from dataclasses import replace

        return replace(original(*args, **kwargs), outcome="over")

    monkeypatch.setattr(accept, "judge", refusing)
    once = ["--set", "search.acceptance_looks=1"]
    assert command(["run", str(job.folder / "run.yaml"), "--json", "-q", *once]) == 4
    output = json.loads(capfd.readouterr().out)
    assert output["verdict"]["passed"] is False
    assert (job.out / "model.xml").is_file()


def test_what_is_wrong_late_leaves_an_older_result_alone(job, monkeypatch):
    earlier = job.run()
    before = written(job)

    def fails(*_: object, **__: object) -> None:
        raise CalibrateError("no room")

    monkeypatch.setattr("calibrate.commands.written_model.write_model", fails)
    with pytest.raises(CalibrateError, match="no room"):
        job.run("dataset.subsample_seed=3", force=True)
    assert written(job) == before
    assert load_report(job.out / "report.previous.json") == earlier
    assert json.loads((job.out / "report.json").read_text())["problems"] == ["no room"]


@pytest.mark.parametrize("section", ["range_facts", "prediction_diffs"])
def test_a_section_that_fails_costs_itself_alone(job, monkeypatch, section):
    def fails(*_: object) -> None:
        raise IndexError("nothing at 7")

    monkeypatch.setattr(f"calibrate.commands.run.{section}", fails)
    report = job.run()
    name = {"range_facts": "ranges", "prediction_diffs": "differences"}[section]
    assert (job.out / "model.xml").is_file()
    assert report.verdict.passed
    (note,) = [note for note in report.notes if "missing" in note]
    assert note.startswith(f"The section `{name}` of this report is missing: IndexError: nothing")
    assert "Traceback" in (job.out / "work" / f"section-{name}.log").read_text()
    assert load_report(job.out / "report.json") == report


def test_in_cross_fitting_every_image_judges_and_chooses(job):
    report = job.run("split.cross_fit=true")
    facts = report.metrics["accuracy@1"]
    assert report.dataset.folds == 2
    assert report.dataset.search == report.dataset.acceptance == COUNT + DUPLICATES
    assert facts.result["acceptance"].interval != (0.0, 0.0)
    assert "cross-fitted samples" in report.verdict.summary
    # Both halves chose the same, so what was judged is what was written.
    assert facts.result["acceptance"].value == facts.result["search"].value
