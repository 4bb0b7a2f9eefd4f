"""Generated bad certificates in models, weights beside models, batches and configs of other tools.

Each gives its content, a report that says "not as certified", or a `CalibrateError`.
"""

import copy
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper

import calibrate.context.load_model
from calibrate.commands.batch.baseline import read_baseline
from calibrate.commands.batch.plan import plan_batch
from calibrate.commands.verify_file import VerifyOptions, verify_file
from calibrate.config.batch import load_batch
from calibrate.core.progress import NoProgress
from calibrate.migrate.accuracy_checker import Surroundings
from calibrate.migrate.convert import convert
from calibrate.models.certificate import certificate_of, certify
from calibrate.models.model_files import digest_files, model_files
from calibrate.models.read import read_model
from calibrate.models.write import write_model
from calibrate.report.baseline import Tolerances
from calibrate.report.commands.verify import render_verify
from calibrate.report_builder.warm_start import read_warm_start
from tests.faults.generated import (
    COUNT,
    SEEDS,
    as_bytes,
    attempts,
    bytes_changed,
    dumped,
    json_changed,
    text_changed,
)

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"
TOLERANCES = Tolerances(0.0, 0.1, 0.01)
FEWER = max(8, COUNT // 5)
CHECKER = {
    "models": [
        {
            "name": "small",
            "launchers": [{"framework": "openvino", "adapter": "classification"}],
            "datasets": [
                {
                    "name": "thousand",
                    "data_source": "images",
                    "annotation_conversion": {"converter": "imagenet", "annotation_file": "a.txt"},
                    "preprocessing": [
                        {"type": "resize", "size": 256, "aspect_ratio_scale": "greater"},
                        {"type": "crop", "size": 224},
                        {"type": "normalization", "mean": "(123, 117, 104)", "std": 58},
                    ],
                    "postprocessing": [{"type": "resize_prediction_boxes"}],
                    "metrics": [{"type": "accuracy", "top_k": 1, "reference": 71.8}],
                }
            ],
        }
    ]
}
POT = {
    "model": {"model_name": "small", "model": "small.xml", "weights": "small.bin"},
    "engine": {"launchers": CHECKER["models"][0]["launchers"],
               "datasets": CHECKER["models"][0]["datasets"]},
    "compression": {
        "target_device": "CPU",
        "algorithms": [
            {
                "name": "AccuracyAwareQuantization",
                "params": {"preset": "mixed", "stat_subset_size": 200, "maximal_drop": 0.01,
                           "ignored": {"scope": ["a"], "operations": [{"type": "Add"}]}},
            }
        ],
    },
}  # fmt: skip
BATCH = {
    "batch": {
        "base": ["run.yaml"],
        "models": ["model.xml", {"path": "other.xml", "name": "b", "set": {"decoder": None}}],
        "datasets": ["dataset.yaml", {"path": "dataset.yaml", "set": {"metrics[0].top_k": 5}}],
        "budgets": [0.01, {"max_drop": 0.02, "drop_type": "relative"}],
        "set": {"search.recipes": "thorough"},
        "output_dir": "out",
        "jobs": 2,
        "memory_limit": 1024,
    }
}
BATCH_REPORT = {
    "created": "2026-01-01T00:00:00+00:00",
    "seconds": 1.0,
    "version": 2,
    "rows": [
        {
            "name": "a", "config": "a.yaml", "outcome": "accepted", "message": "kept",
            "exit_code": 0, "quantized": True, "speedup": 1.5, "file_bytes": 1000,
            "report": "sample.json", "log": "a.log",
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_certificates_that_agree_with_their_digest(certified, seed, monkeypatch):
    """Whoever edits a certificate can compute its digest anew: nothing in it is trusted."""
    monkeypatch.setattr(calibrate.context.load_model, "try_model", lambda path: None)
    content = certificate_of(read_model(certified))

    def read(path: Path) -> None:
        model = read_model(certified)
        certify(model, json.loads(path.read_bytes()))
        write_model(model, path.with_suffix(".xml"))
        render_verify(verify_file(path.with_suffix(".xml"), VerifyOptions(), NoProgress()))

    path = certified.with_name("changed.json")
    faults = attempts(FEWER, seed, lambda c: dumped(json_changed(content, c)), read, path)
    assert faults == []


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_of_certificates_in_files(certified, seed, monkeypatch):
    monkeypatch.setattr(calibrate.context.load_model, "try_model", lambda path: None)
    text = certified.read_text()
    begin, end = text.index("<calibrate>"), text.index("</calibrate>")
    changed = certified.with_name("changed.xml")
    shutil.copy(certified.with_suffix(".bin"), changed.with_suffix(".bin"))

    def change(chance) -> bytes:
        return as_bytes(text[:begin] + text_changed(text[begin:end], chance) + text[end:])

    def read(path: Path) -> None:
        render_verify(verify_file(path, VerifyOptions(), NoProgress()))

    assert attempts(FEWER, seed, change, read, changed) == []


def with_external_data(folder: Path) -> Path:
    """A convolution whose weights stand in a file of their own."""
    weights = numpy_helper.from_array(np.zeros((64, 3, 3, 3), np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weights"], ["features"])],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 64, 6, 6])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path = folder / "model.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.data", size_threshold=0)
    return path


@pytest.mark.parametrize("seed", SEEDS)
def test_files_of_models_with_external_data(tmp_path, seed):
    original = with_external_data(tmp_path).read_bytes()

    def read(path: Path) -> None:
        assert model_files(path)[0] == path
        digest_files(path)

    def change(chance) -> bytes:
        return bytes_changed(original, chance)

    assert attempts(COUNT, seed, change, read, tmp_path / "changed.onnx") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_batches(tmp_path, seed):
    for name in ("model.xml", "model.bin", "other.xml", "other.bin"):
        (tmp_path / name).write_text("x")
    (tmp_path / "run.yaml").write_text("model: {path: model.xml}")
    (tmp_path / "dataset.yaml").write_text("adapter: {type: images, data_source: .}")
    path = tmp_path / "batch.yaml"
    text = yaml.safe_dump(BATCH)
    path.write_text(text)
    assert plan_batch(load_batch(path))
    for change in (
        lambda c: dumped(json_changed(BATCH, c)),
        lambda c: as_bytes(text_changed(text, c)),
    ):
        assert attempts(FEWER, seed, change, lambda p: plan_batch(load_batch(p)), path) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_configs_of_other_tools(tmp_path, seed):
    around = Surroundings()
    for path, content in ((tmp_path / "pot.json", POT), (tmp_path / "checker.yaml", CHECKER)):
        text = json.dumps(content, indent=1) if content is POT else yaml.safe_dump(content)
        for change in (
            lambda c, content=content: dumped(json_changed(content, c)),
            lambda c, text=text: as_bytes(text_changed(text, c)),
        ):
            assert attempts(FEWER, seed, change, lambda p: convert(p, around), path) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_reports_to_start_from_and_to_compare_with(tmp_path, seed):
    content = json.loads(SAMPLE.read_text())
    (tmp_path / "sample.json").write_bytes(SAMPLE.read_bytes())
    rows = copy.deepcopy(BATCH_REPORT)
    rows["rows"][0]["report"] = str(tmp_path / "sample.json")
    read_baseline_of(tmp_path, rows)

    def change(chance) -> bytes:
        return dumped(json_changed(content, chance))

    path = tmp_path / "report.json"
    assert attempts(FEWER, seed, change, read_warm_start, path) == []
    faults = attempts(
        FEWER,
        seed,
        lambda c: dumped(json_changed(rows, c)),
        lambda p: read_baseline(p, TOLERANCES),
        tmp_path / "batch.json",
    )
    assert faults == []


def read_baseline_of(folder: Path, rows: object) -> None:
    """What is changed has to be readable before."""
    (folder / "batch.json").write_bytes(dumped(rows))
    assert read_baseline(folder / "batch.json", TOLERANCES).reports
