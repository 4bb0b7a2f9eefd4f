"""Plain INT8 of a transformer is made by the settings that change its outputs less."""

import json

import numpy as np
import openvino as ov
import pytest

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore
from tests.miniatures.sequences import bert, outlier_channels


@pytest.mark.parametrize(
    ("build", "arrays", "quantization", "model_type"),
    [
        (outlier_channels, {"x": (8, 32)}, {}, "transformer"),
        (outlier_channels, {"x": (8, 32)}, {"model_type": None}, None),
        (bert, {"ids": (8,), "mask": (8,)}, {}, None),
    ],
)
def test_the_model_type_is_the_one_that_diverges_less(
    build, arrays, quantization, model_type, tmp_path
):
    random = np.random.default_rng(0)
    samples = {
        name: random.standard_normal((24, *shape)).astype(np.float32)
        if name == "x"
        else random.integers(0, 2, (24, *shape))
        for name, shape in arrays.items()
    }
    np.savez(tmp_path / "data.npz", **samples)
    ov.save_model(build(), tmp_path / "model.xml", compress_to_fp16=False)
    document = {
        "model": {"path": "model.xml"},
        "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz"}},
        "decoder": {"type": "raw"},
        "metrics": [{"type": "cosine_similarity"}],
        "quantization": quantization,
        "output": {"dir": "out"},
    }
    (tmp_path / "config.yaml").write_text(json.dumps(document))
    resolved = load_config(tmp_path / "config.yaml")
    costs = Costs(lambda: 0.0)
    context = build_context(resolved, costs, NoProgress(), tmp_path / "work")
    store = VariantStore(context, (), lambda: False)
    quantize_plain(store)
    assert store.context.resolved.config.quantization.model_type == model_type
    assert all(group.operations for group in store.groups)
