"""Compressed weights are tuned in a run, and layers that fall back leave the others tuned."""

import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate
from calibrate.core.progress import NoProgress
from calibrate.quantization.finetune.decompression import find_decompressions
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.variant_store import VariantStore

WIDTH, COUNT = 32, 60


def network() -> ov.Model:
    """Two matrix products, [?, 32] to `y` [?, 32]."""
    random = np.random.default_rng(0)
    x = ops.parameter([-1, WIDTH], np.float32, name="x")
    x.output(0).set_names({"x"})
    y = x
    for number in range(2):
        weights = random.standard_normal((WIDTH, WIDTH)).astype(np.float32) / WIDTH**0.5
        y = ops.matmul(y, weights, False, True, name=f"product{number}")
        y = ops.tanh(y) if number == 0 else y
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "products")


@pytest.fixture
def store(tmp_path) -> VariantStore:
    ov.save_model(network(), tmp_path / "model.xml", compress_to_fp16=False)
    data = np.random.default_rng(1).standard_normal((COUNT, WIDTH)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=data)
    document = {
        "model": {"path": "model.xml"},
        "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz"}},
        "decoder": {"type": "raw"},
        "metrics": [{"type": "cosine_similarity"}],
        "quantization": {
            "precisions": ["int4_weights"],
            "weight_compression": {
                "int4_weights": {"mode": "int4_sym", "group_size": 16, "all_layers": True}
            },
        },
        "search": {"objective": "size", "finetune": {"updates": 20}},
        "split": {"cross_fit": False},
        "deployment": {"inference_precision": "f32"},
        "output": {"dir": "out"},
    }
    (tmp_path / "config.yaml").write_text(json.dumps(document))
    resolved = load_config(tmp_path / "config.yaml")
    context = build_context(resolved, Costs(lambda: 0.0), NoProgress(), tmp_path / "work")
    store = VariantStore(context, (), lambda: False)
    quantize_plain(store)
    return store


def test_tuned_weights_lead_and_combine_with_layers_that_fall_back(store):
    search = RecipeSearch(store)
    plain = store.plain
    (candidate,) = search.fine_tuned()
    (precision,) = set(candidate)
    assert (precision.name, precision.weight_bits) == ("int4_weights-fine-tuned", 4)
    assert [tried.precision.name for tried in search.tried] == ["int4_weights", precision.name]
    assert search.tried[1].divergence < search.tried[0].divergence
    store.offer(precision)
    assert all(group.precisions[:2] == (precision, *set(plain)) for group in store.groups)
    assert store.plain == plain

    tuned = find_decompressions(store.compose(candidate), store.context.baseline.model)
    mixed = Candidate((precision, FP32))
    (left,) = find_decompressions(store.compose(mixed), store.context.baseline.model)
    assert np.array_equal(left.integers, tuned[0].integers)
    assert not np.array_equal(left.scale, _scale(store.compose(plain), store))


def _scale(model, store):
    return find_decompressions(model, store.context.baseline.model)[0].scale
