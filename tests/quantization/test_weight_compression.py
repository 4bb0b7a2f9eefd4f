"""Weights alone compressed: what NNCF makes, where it stands, and how groups take their part."""

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.config.quantization import IgnoredScope, Quantization
from calibrate.config.weight_compression import BUILT_IN, WeightCompression
from calibrate.core.precision import FP32, INT8, Candidate, Precision, compressed_weights
from calibrate.errors import CalibrateError
from calibrate.models.fingerprint import fingerprint
from calibrate.models.read import read_model
from calibrate.models.write import write_model
from calibrate.quantization.groups import find_groups, with_weights
from calibrate.quantization.ptq import quantize
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.quantization.weight_compression import (
    compress,
    compressed_ports,
    group_size_of,
    set_group_size,
    weight_bytes,
)

WIDTH = 64
INT8_WEIGHTS = compressed_weights("int8_weights", 8)
INT8_SYM_WEIGHTS = compressed_weights("int8_sym_weights", 8)
INT4_WEIGHTS = compressed_weights("int4_weights", 4)
SCALED = compressed_weights("int4_awq_weights", 4)
COMPRESSIONS = {
    INT8_WEIGHTS: BUILT_IN["int8_weights"],
    INT4_WEIGHTS: BUILT_IN["int4_weights"],
    INT8_SYM_WEIGHTS: WeightCompression(mode="int8_sym"),
    SCALED: WeightCompression(
        mode="int4_asym", group_size=32, all_layers=True, awq=True, scale_estimation=True
    ),
}


def build() -> ov.Model:
    """Products in a row, one behind an activation, a gate, two that share weights, a residual."""
    random = np.random.default_rng(0)

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.2, shape).astype(np.float32)

    rows = ops.parameter([1, 8, WIDTH], np.float32, name="rows")
    rows.output(0).set_names({"rows"})
    first = ops.matmul(rows, weights(WIDTH, WIDTH), False, True, name="first")
    first = ops.add(first, weights(1, 1, WIDTH), name="first_bias")
    second = ops.matmul(ops.relu(first), weights(WIDTH, WIDTH), False, True, name="second")
    up = ops.matmul(second, weights(WIDTH, WIDTH), False, True, name="up")
    gate = ops.matmul(second, weights(WIDTH, WIDTH), False, True, name="gate")
    gated = ops.multiply(up, ops.swish(gate), name="gated")
    down = ops.add(ops.matmul(gated, weights(WIDTH, WIDTH), False, True, name="down"), second)
    shared = ops.constant(weights(WIDTH, WIDTH), name="shared")
    get_or_compute = ops.relu(ops.matmul(down, shared, False, True, name="once"))
    twice = ops.matmul(get_or_compute, shared, False, True, name="twice")
    scores = ops.matmul(twice, weights(10, WIDTH), False, True, name="classes")
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [rows], "products")


class Toy:
    def __init__(self) -> None:
        self.model = build()
        random = np.random.default_rng(1)
        self.feeds = [{0: random.normal(0, 1, (1, 8, WIDTH)).astype(np.float32)} for _ in range(6)]
        self.compressed = {name: self.compress(settings) for name, settings in COMPRESSIONS.items()}
        self.int8 = quantize(self.model, self.feeds, Quantization(), subset_size=6)

    def compress(self, settings: WeightCompression, **scope: object) -> ov.Model:
        ignored = IgnoredScope.model_validate(scope)
        return compress(self.model, self.feeds, settings, ignored, where="here")

    def outputs(self, model: ov.Model) -> NDArray[np.float32]:
        compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return np.concatenate([compiled(feed)[0] for feed in self.feeds])


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy()


@pytest.fixture(scope="module")
def alone(toy) -> Variants:
    """Weights only: no INT8 to start from."""
    groups = with_weights((), toy.model, toy.compressed, [SCALED])
    return Variants(toy.model, toy.compressed, groups)


@pytest.fixture(scope="module")
def beside(toy) -> Variants:
    """Weights beside INT8."""
    models = {INT8: toy.int8, **toy.compressed}
    groups = with_weights(find_groups(toy.int8), toy.model, toy.compressed, [SCALED])
    return Variants(toy.model, models, groups)


def uniform(variants: Variants, precision: Precision) -> Candidate:
    return Candidate.uniform(variants.groups, precision)


def types(model: ov.Model, name: str) -> set[str]:
    """Element types of the constants behind an operation's weights."""
    op = next(op for op in model.get_ops() if op.get_friendly_name() == name)
    names, open_ = set(), [op.input_value(1).get_node()]
    while open_:
        node = open_.pop()
        if node.get_type_name() == "Constant":
            names.add(node.output(0).get_element_type().to_string())
        open_ += [value.get_node() for value in node.input_values()]
    return names


def test_every_layer_with_weights_is_found_in_network_order(toy):
    ports = compressed_ports(toy.model, toy.compressed[INT8_WEIGHTS])
    layers = ["first", "second", "up", "gate", "down", "once", "twice", "classes"]
    assert sorted(ports) == sorted(layers)
    assert set(ports.values()) == {(1,)}
    assert compressed_ports(toy.model, toy.model) == {}


def test_what_cannot_change_alone_is_one_group(alone):
    together = [group.operations for group in alone.groups if len(group.operations) > 1]
    # AWQ may move a scale over the gate's product; one constant has one precision.
    assert [set(names) for names in together] == [{"up", "down"}, {"once", "twice"}]
    assert all(group.precisions[-1] == FP32 for group in alone.groups)


def test_without_awq_layers_around_a_product_are_groups_of_their_own(toy):
    made = {INT8_WEIGHTS: toy.compressed[INT8_WEIGHTS]}
    groups = with_weights((), toy.model, made)
    assert {len(group.operations) for group in groups} == {1, 2}
    assert ("up",) in {group.operations for group in groups}


@pytest.mark.parametrize("kind", ["alone", "beside"])
def test_composed_to_nothing_is_fp32_exactly(toy, kind, request):
    variants = request.getfixturevalue(kind)
    made = compose(variants, uniform(variants, FP32))
    assert np.array_equal(toy.outputs(made), toy.outputs(toy.model))


@pytest.mark.parametrize("kind", ["alone", "beside"])
@pytest.mark.parametrize("precision", COMPRESSIONS)
def test_composed_of_all_is_the_variant_exactly(toy, kind, precision, request):
    variants = request.getfixturevalue(kind)
    made = with_integer_weights(compose(variants, uniform(variants, precision)))
    assert np.array_equal(toy.outputs(made), toy.outputs(toy.compressed[precision]))
    assert not np.array_equal(toy.outputs(made), toy.outputs(toy.model))
    assert fingerprint(made) == fingerprint(toy.compressed[precision])


def test_int8_composed_beside_weights_is_still_int8(toy, beside):
    made = compose(beside, uniform(beside, INT8))
    assert np.array_equal(toy.outputs(made), toy.outputs(toy.int8))


@pytest.mark.parametrize(
    ("precision", "stored"),
    [
        (INT8_WEIGHTS, {"u8", "f16"}),
        (INT8_SYM_WEIGHTS, {"i8", "f16"}),
        (INT4_WEIGHTS, {"i4", "f16", "i64"}),
        (FP32, {"f32"}),
    ],
)
def test_a_group_takes_its_own_weights_and_no_others(toy, beside, precision, stored):
    index = next(i for i, g in enumerate(beside.groups) if "second" in g.operations)
    for others in (FP32, INT8_SYM_WEIGHTS):
        candidate = uniform(beside, others).replaced(index, precision)
        made = compose(beside, candidate)
        assert types(made, "second") == stored
        assert types(made, "first") == ({"f32"} if others == FP32 else {"i8", "f16"})


def test_int4_int8_full_int8_and_fp32_stand_side_by_side(toy, beside):
    wanted = {"first": INT4_WEIGHTS, "second": INT8, "up": FP32, "classes": INT8_WEIGHTS}
    candidate = uniform(beside, FP32)
    for name, precision in wanted.items():
        index = next(i for i, group in enumerate(beside.groups) if name in group.operations)
        candidate = candidate.replaced(index, precision)
    made = with_integer_weights(compose(beside, candidate))
    result = [types(made, name) & {"i4", "u8", "i8"} for name in wanted]
    assert result == [{"i4"}, {"i8"}, set(), {"u8"}]
    assert np.isfinite(toy.outputs(made)).all()
    # What was composed owns its parts: the variants are as they were.
    again = compose(beside, uniform(beside, INT4_WEIGHTS))
    assert np.array_equal(toy.outputs(again), toy.outputs(toy.compressed[INT4_WEIGHTS]))


def test_awq_scales_activations_and_weights_and_both_are_taken(toy, alone):
    scaled = toy.compressed[SCALED]
    plain = toy.compress(COMPRESSIONS[SCALED].model_copy(update={"awq": None}))
    assert multiplications(scaled) > multiplications(plain)
    for index, group in enumerate(alone.groups):
        if "twice" in group.operations:
            continue  # NNCF scales a shared weight for one of its readers, which spoils the other
        candidate = Candidate.only(len(alone.groups), index, SCALED)
        difference = toy.outputs(compose(alone, candidate)) - toy.outputs(toy.model)
        # A scale that was taken on one side alone would be off by far more than rounding.
        assert np.abs(difference).max() < 0.25 * np.abs(toy.outputs(toy.model)).max()


def multiplications(model: ov.Model) -> int:
    return sum(op.get_type_name() == "Multiply" for op in model.get_ops())


def test_bytes_count_what_is_stored(toy):
    fp32, int8, int4 = (
        weight_bytes(model)["second"]
        for model in (toy.model, toy.compressed[INT8_WEIGHTS], toy.compressed[SCALED])
    )
    assert fp32 == 4 * WIDTH * WIDTH
    assert int8 == WIDTH * WIDTH + WIDTH * (2 + 1)  # a scale and a zero point a row
    assert WIDTH * WIDTH / 2 < int4 < 0.6 * WIDTH * WIDTH
    assert weight_bytes(toy.model)["twice"] == 0  # it shares its weights with an earlier one


def test_the_runtime_option_goes_with_the_weights_and_into_the_file(toy, tmp_path):
    models = {}
    for size in (0, 64):
        donor = toy.compressed[INT8_WEIGHTS].clone()
        set_group_size(donor, size)
        models[size] = donor
    assert fingerprint(models[0]) != fingerprint(models[64])
    assert fingerprint(models[0]) != fingerprint(toy.compressed[INT8_WEIGHTS])
    groups = with_weights((), toy.model, {INT8_WEIGHTS: models[64]})
    variants = Variants(toy.model, {INT8_WEIGHTS: models[64]}, groups)
    entry = Candidate.only(len(groups), 1, INT8_WEIGHTS)
    made = with_integer_weights(compose(variants, entry))
    assert group_size_of(made) == 64
    assert group_size_of(compose(variants, uniform(variants, FP32))) is None
    write_model(made, tmp_path / "made.xml")
    read = read_model(tmp_path / "made.xml")
    assert fingerprint(read) == fingerprint(made)
    compiled = ov.Core().compile_model(read, "CPU")
    assert int(compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE")) == 64


def test_an_ignored_layer_keeps_its_weights(toy):
    made = toy.compress(BUILT_IN["int8_weights"], names=["second"])
    assert "second" not in compressed_ports(toy.model, made)
    assert "first" in compressed_ports(toy.model, made)


def test_ratio_leaves_int8_to_the_most_sensitive(toy):
    settings = WeightCompression(mode="int4_sym", group_size=32, all_layers=True, ratio=0.5)
    made = toy.compress(settings)
    names = compressed_ports(toy.model, made)
    stored = [types(made, name) for name in names]
    assert any("i4" in entry for entry in stored)
    assert any("u8" in entry for entry in stored)


def test_what_nncf_refuses_is_reported_in_place(toy):
    settings = WeightCompression(
        mode="int4_sym", group_size=48, group_size_fallback_mode="error", all_layers=True
    )
    with pytest.raises(CalibrateError, match="NNCF") as raised:
        toy.compress(settings)
    assert raised.value.where == "here"
