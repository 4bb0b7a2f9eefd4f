"""Runs from Python objects: models, iterables, metrics as functions."""

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

import calibrate
from calibrate.commands.from_python.function_metric import StoredModel
from calibrate.commands.from_python.samples import Samples, collect, write_samples
from calibrate.errors import CalibrateError, PluginError

CONFIG = {
    "quantization": {"subset_size": 16},
    "search": {"objective": "size", "ranking_subset_size": 12},
}


def network() -> ov.Model:
    """[1, 3, 12, 12] `image` to [1, 4] `scores`."""
    random = np.random.default_rng(0)
    image = ops.parameter([1, 3, 12, 12], np.float32, name="image")
    image.output(0).set_names({"image"})
    weights = random.normal(0, 0.3, (16, 3, 3, 3)).astype(np.float32)
    features = ops.relu(ops.convolution(image, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    weights = random.normal(0, 0.3, (16, 16, 3, 3)).astype(np.float32)
    features = ops.relu(ops.convolution(features, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    pooled = ops.reduce_mean(features, np.array([2, 3]), keep_dims=False)
    classes = random.normal(0, 1, (16, 4)).astype(np.float32)
    scores = ops.matmul(pooled, classes, False, False)
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "small")


@pytest.fixture(scope="module")
def data():
    """60 samples with the network's own answers as labels."""
    random = np.random.default_rng(1)
    tints = random.normal(0, 1, (60, 3, 1, 1))
    images = random.normal(tints, 1, (60, 3, 12, 12)).astype(np.float32)
    compiled = ov.Core().compile_model(network(), "CPU")
    return [(image, int(compiled(image[None])[0].argmax())) for image in images]


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)
    return {"max_drop": 0.05, "output_dir": tmp_path / "out", "config": CONFIG}


def correct(outputs, target):
    return float(outputs["scores"].argmax() == target)


def validate(model, items):
    """As NNCF's accuracy control is given it."""
    port = model.output(0)
    return float(np.mean([model(image)[port].argmax() == label for image, label in items])), None


def test_a_model_an_iterable_and_a_metric(data, options):
    calls = []
    report = calibrate.run(network(), data, "accuracy", callbacks=[calls.append], **options)
    assert report.metrics["accuracy@1"].fp32["acceptance"].value == 1.0
    assert (options["output_dir"] / "model.xml").exists()
    assert calls == [report]


@pytest.mark.parametrize("form", [{"metric": correct}, {"validation_fn": validate}])
def test_a_function_judges_as_the_metric_does(data, options, form):
    report = calibrate.run(network(), data, **form, **options)
    (label,) = report.metrics
    assert label in ("correct", "validate")
    named = calibrate.run(
        network(), data, "accuracy", **options | {"output_dir": options["output_dir"] / "named"}
    )
    ours = report.metrics[label].int8["acceptance"].value
    assert ours == named.metrics["accuracy@1"].int8["acceptance"].value


def test_a_changed_function_is_another_run(data, options):
    calibrate.run(network(), data, correct, **options)
    with pytest.raises(CalibrateError, match="result of another config"):
        calibrate.run(network(), data, lambda outputs, target: 1.0, **options)


def test_a_function_that_raises_is_named_with_the_sample(data, options):
    def broken(outputs, target):
        return outputs["no such output"]

    with pytest.raises(PluginError, match=r"sample \d+.*broken fails: KeyError"):
        calibrate.run(network(), data, broken, **options)


def test_batches_of_tensors(data):
    class Loader:
        batch_size = 8

        def __iter__(self):
            for start in range(0, 60, 8):
                part = data[start : start + 8]
                yield np.stack([image for image, _ in part]), np.array([y for _, y in part])

    samples = collect(Loader())
    assert samples.inputs[""].shape == (60, 3, 12, 12)
    assert [int(target) for target in samples.targets] == [label for _, label in data]


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([], "the iterable gives no samples"),
        ([np.zeros(3), np.zeros(4)], "differ in shape"),
        ([{"a": np.zeros(3)}, {"b": np.zeros(3)}], "element 1 has the inputs b"),
        ([(np.zeros(3), 1), np.zeros(3)], "1 of 2 samples have a target"),
        (["text"], "an input is str, which is no array of numbers"),
        (5, "int is no iterable of samples; give a list"),
        (
            [(np.zeros((8, 3, 12, 12)), np.zeros(8, int))],
            r"\[8, 3, 12, 12\] and 8 targets; give batched=True if it is a batch of 8 samples",
        ),
    ],
)
def test_unfit_data_is_refused(elements, message):
    with pytest.raises(CalibrateError, match=message):
        collect(elements)


def test_an_input_named_as_the_targets_are_written_is_refused(tmp_path):
    samples = Samples({"": np.zeros((2, 3))}, (0, 1))
    with pytest.raises(CalibrateError, match="an input 'target', the name under which targets"):
        write_samples(tmp_path / "samples.npz", samples, ["target"], np.array([0, 1]))


@pytest.mark.parametrize("name", ["file", "allow_pickle", "a/b", "x"])
def test_an_input_may_have_any_other_name(tmp_path, name):
    rows = np.arange(6.0).reshape(2, 3)
    path = tmp_path / "samples.npz"
    write_samples(path, Samples({name: rows}, ()), [name], np.array([0, 1]))
    with np.load(path, allow_pickle=False) as stored:
        assert stored.files == [name, "target"]
        assert (stored[name] == rows).all()


def test_an_element_of_several_targets_may_be_one_sample():
    elements = [(np.zeros((8, 3, 12)), np.arange(8)), (np.zeros((8, 3, 12)), np.arange(8))]
    assert collect(elements, batched=False).inputs[""].shape == (2, 8, 3, 12)
    assert collect(elements, batched=True).inputs[""].shape == (16, 3, 12)


def test_a_misspelt_metric_is_named(data, options):
    with pytest.raises(CalibrateError, match="unknown metric 'acuracy'; did you mean 'accuracy'"):
        calibrate.run(network(), data, "acuracy", **options)


def test_one_of_metric_and_validation_function(data, options):
    with pytest.raises(CalibrateError, match="exactly one of metric and validation_fn"):
        calibrate.run(network(), data, **options)


def test_stored_outputs_are_called_as_a_compiled_model():
    model = StoredModel({"scores": np.arange(3), "boxes": np.zeros((2, 4))})
    result = model({"image": None})
    assert result[0].tolist() == [[0, 1, 2]]
    assert result[model.output("boxes")].shape == (1, 2, 4)
    assert result["boxes"].shape == (1, 2, 4)


def test_a_torch_module(data, options):
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(800, 4)
    ).eval()
    pairs = [(image, 0) for image, _ in data]
    with torch.no_grad():
        pairs = [(image, int(module(torch.from_numpy(image[None])).argmax())) for image, _ in pairs]
    report = calibrate.run(module, pairs, "accuracy", **options)
    assert report.metrics["accuracy@1"].fp32["acceptance"].value == 1.0
