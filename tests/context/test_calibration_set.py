"""Calibration samples of a dataset of their own."""

import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.load import load_config
from calibrate.context.calibration_set import with_calibration
from calibrate.context.dataset import Data, Fold
from calibrate.context.run_context import build_context
from calibrate.context.store_backend import StoreBackend
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.models.names import operations_of
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore

COUNT, FURTHER = 40, 12


class Notes(NoProgress):
    """Keeps the notes."""

    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def network() -> ov.Model:
    """[?, 4] through a matrix product to `y` [?, 4]."""
    x = ops.parameter([-1, 4], np.float32, name="x")
    x.output(0).set_names({"x"})
    y = ops.matmul(ops.relu(x), np.eye(4, dtype=np.float32) + 0.1, False, True, name="product")
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "product")


@pytest.fixture
def job(tmp_path):
    """Writes a config whose calibration samples are `scale` times as large as the others."""

    def make(scale: float, **changes):
        random = np.random.default_rng(0)
        data = random.uniform(0, 1, (COUNT, 4)).astype(np.float32)
        further = (scale * random.uniform(0, 1, (FURTHER, 4))).astype(np.float32)
        further[:2] = data[:2]
        np.savez(tmp_path / "data.npz", x=data)
        np.savez(tmp_path / "further.npz", x=further)
        ov.save_model(network(), tmp_path / "model.xml", compress_to_fp16=False)
        document = {
            "model": {"path": "model.xml"},
            "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz"}},
            "calibration": {"adapter": {"type": "arrays", "data_source": "further.npz"}},
            "decoder": {"type": "raw"},
            "metrics": [{"type": "cosine_similarity"}],
            "search": {"recipes": "default"},
            "output": {"dir": "out"},
            **changes,
        }
        (tmp_path / "config.yaml").write_text(json.dumps(document))
        return tmp_path / "config.yaml"

    return make


def quantized(path, tmp_path, notes) -> tuple[VariantStore, float]:
    """The store, and the largest value that the input's range holds."""
    folder = tmp_path / "models"
    folder.mkdir(exist_ok=True)
    costs = Costs(lambda: 0.0)
    resolved = load_config(path)
    context = build_context(resolved, costs, notes, tmp_path / "work", StoreBackend(folder))
    store = VariantStore(context, (), lambda: False)
    model = store.model(quantize_plain(store))
    quantizers = [op for op in model.get_ops() if op.get_type_name() == "FakeQuantize"]
    product = operations_of(model)["product"]
    (activation,) = [
        op for op in quantizers if op in {s.get_node() for s in product.input_values()}
    ]
    return store, float(activation.input_value(2).get_node().data.max())


def test_ranges_are_those_of_the_calibration_samples(job, tmp_path):
    notes = Notes()
    store, high = quantized(job(3.0), tmp_path, notes)
    assert 2.0 < high < 3.1
    images = store.context.data
    assert len(images.calibration) == FURTHER - 2
    assert images.everything == tuple(range(COUNT))
    assert images.calibrated == frozenset()
    assert notes.notes[:1] == [
        f"2 of {FURTHER} calibration samples are in the dataset too and are left out"
    ]
    # Other samples of the same number are another calibration.
    assert quantized(job(1.0), tmp_path, notes)[1] < 1.1


def test_a_subsample_is_drawn_by_its_own_seed(job, tmp_path):
    section = {
        "adapter": {"type": "arrays", "data_source": "further.npz"},
        "subsample_size": 6,
        "subsample_seed": 3,
    }
    store, _ = quantized(job(3.0, calibration=section), tmp_path, Notes())
    assert 4 <= len(store.context.data.calibration) <= 6


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (13, "the calibration dataset has 12 samples, 13 are asked for"),
        (1, "subsample_size: has to be at least 2"),
    ],
)
def test_too_few(job, tmp_path, size, message):
    section = {
        "adapter": {"type": "arrays", "data_source": "further.npz"},
        "subsample_size": size,
    }
    with pytest.raises(CalibrateError, match=message):
        quantized(job(3.0, calibration=section), tmp_path, Notes())


def test_the_same_samples_again_are_refused(job):
    resolved = load_config(job(1.0))
    samples = Tensors((np.zeros((3, 1)),), tuple(map(Facts, "abc")), ("a", "b", "c"))
    data = Data(samples, (), (Fold((0,), (1, 2)),))
    with pytest.raises(CalibrateError, match="0 of 3 calibration samples are not in the dataset"):
        with_calibration(resolved, data, samples, NoProgress())
