import numpy as np

from calibrate.commands.batch.bundle import bundle_of
from calibrate.config.load import load_config, load_recorded
from calibrate.runtime.executors.blob_store import file_digest

PLUGIN = """
from calibrate import Component


class Halved(Component):
    def __call__(self, sample): return sample
"""


def test_a_bundle_has_all_that_a_run_reads(make_job, tmp_path):
    job = make_job()
    (job.parent / "steps.py").write_text(PLUGIN)
    text = job.read_text().replace(
        "preprocessing:\n", 'preprocessing:\n  - {type: "steps.py:Halved"}\n'
    )
    job.write_text(text.replace("output: {dir: out}", "output: {dir: ../results/out}"))
    (job.parent / "unrelated.bin").write_bytes(b"x")
    bundle = bundle_of(load_config(job))
    assert bundle.root == tmp_path
    assert sorted(bundle.files) == [
        "job/data.npz",
        "job/model.bin",
        "job/model.xml",
        "job/steps.py",
    ]
    assert bundle.config == "job/job.yaml"
    assert bundle.output == "results/out"
    assert all(file_digest(path) == digest for digest, path in bundle.paths.items())


def test_the_config_is_the_same_elsewhere(make_job, tmp_path):
    """Unpacked in another folder it has the digest that results are keyed by."""
    resolved = load_config(make_job())
    bundle = bundle_of(resolved)
    elsewhere = tmp_path / "elsewhere"
    for name in bundle.files:
        target = elsewhere / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((bundle.root / name).read_bytes())
    config = elsewhere / bundle.config
    config.write_text(bundle.text)
    unpacked = load_config(config)
    assert unpacked.digest == resolved.digest
    # What the user has not given, recipes may change: that has to stay so.
    given = resolved.config.quantization.model_fields_set
    assert unpacked.config.quantization.model_fields_set == given


def test_a_folder_of_images_is_taken_whole(tmp_path):
    for label in "ab":
        (tmp_path / "images" / label).mkdir(parents=True)
        (tmp_path / "images" / label / "1.png").write_bytes(label.encode())
    (tmp_path / "model.onnx").write_bytes(b"onnx")
    (tmp_path / "model.onnx.data").write_bytes(np.zeros(4).tobytes())
    content = {
        "model": {"path": "model.onnx"},
        "dataset": {"adapter": {"type": "image_folder", "data_source": "images"}},
        "decoder": {"type": "classification"},
        "metrics": [{"type": "accuracy"}],
        "output": {"dir": "out"},
    }
    bundle = bundle_of(load_recorded(content, tmp_path, shown="test"))
    assert sorted(bundle.files) == [
        "images/a/1.png",
        "images/b/1.png",
        "model.onnx",
        "model.onnx.data",
    ]
