"""Variants that only compress weights, and the choices that they leave to a search."""

import pytest

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FP32
from calibrate.quantization.weight_compression import weight_bytes
from calibrate.search.compressed_variants import (
    compressed_precisions,
    scaled_precisions,
)
from calibrate.search.measure_groups import could_be_faster, count_saturation, measure_group_costs

AWQ = {"int4_weights": {"mode": "int4_sym", "awq": True}}


@pytest.mark.parametrize(
    ("precisions", "compression", "compressed", "scaled"),
    [
        (["int8"], {}, [], []),
        (["int8", "int8_weights"], {}, ["int8_weights"], []),
        (["int8_weights", "int4_weights"], {}, ["int8_weights", "int4_weights"], []),
        (["int8_weights", "int4_weights"], AWQ, ["int8_weights", "int4_weights"], ["int4_weights"]),
    ],
)
def test_precisions_of_a_config(precisions, compression, compressed, scaled):
    settings = Quantization.model_validate(
        {"precisions": precisions, "weight_compression": compression}
    )
    assert [p.name for p in compressed_precisions(settings, "f32")] == compressed
    assert [p.name for p in scaled_precisions(settings, "bf16")] == scaled
    assert all(p.compute_type == "bf16" for p in compressed_precisions(settings, "bf16"))


def test_compressed_weights_are_bytes_and_a_search_where_there_is_a_choice(make_searches):
    (search,) = make_searches("quantization.precisions=[int8_weights]", "split.cross_fit=false")
    store = search.variant_store
    (precision,) = store.models
    assert store.first == precision
    before = weight_bytes(store.context.baseline.model)
    after = weight_bytes(store.models[precision])
    # One byte for four, and a scale for each channel.
    assert 0.24 < sum(after.values()) / sum(before.values()) < 0.35
    assert not could_be_faster(store, store.plain)
    for group, cost in zip(store.groups, measure_group_costs(store).groups, strict=True):
        assert cost[precision] == sum(after.get(name, 0) for name in group.operations)
        assert cost[FP32] == sum(before.get(name, 0) for name in group.operations)
    assert count_saturation(store) == {}  # nothing is multiplied in integers


def test_int8_beside_compressed_weights_is_a_choice(make_searches):
    (search,) = make_searches(
        "quantization.precisions=[int8,int8_weights]", "split.cross_fit=false"
    )
    store = search.variant_store
    assert [precision.name for precision in store.models] == ["int8", "int8_weights"]
    assert could_be_faster(store, store.plain)
