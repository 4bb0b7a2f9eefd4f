import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.fingerprint import fingerprint
from calibrate.models.pins import is_pinned, pinned_operations, with_pins
from calibrate.models.write import write_model


@pytest.fixture
def model() -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    product = ops.matmul(given, np.eye(4, dtype=np.float32), False, False, name="product")
    return ov.Model([ops.relu(product, name="relu")], [given], "two")


def test_named_operations_are_pinned_and_nothing_else(model):
    pinned = with_pins(model, {"product", "given", "not there"})
    assert pinned_operations(pinned) == {"product"}
    assert pinned_operations(model) == frozenset()
    assert [op.get_friendly_name() for op in pinned.get_ops() if is_pinned(op)] == ["product"]


def test_pins_stay_when_the_model_is_cloned_written_and_read(model, tmp_path):
    pinned = with_pins(model, {"product", "relu"})
    write_model(pinned.clone(), tmp_path / "model.xml")
    read = ov.Core().read_model(tmp_path / "model.xml")
    assert pinned_operations(read) == pinned_operations(pinned.clone()) == {"product", "relu"}
    assert fingerprint(read) == fingerprint(pinned)


def test_a_pinned_model_has_another_fingerprint(model):
    prints = {fingerprint(with_pins(model, names)) for names in ((), ("product",), ("relu",))}
    assert len(prints) == 3
    assert fingerprint(with_pins(model, ())) == fingerprint(model)


def with_bias(*, constant: bool) -> ov.Model:
    given = ops.parameter([1, 64], np.float32, name="given")
    weights = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    product = ops.matmul(given, weights, False, True, name="product")
    bias = np.ones((1, 64), np.float32) if constant else ops.relu(given)
    return ov.Model([ops.relu(ops.add(product, bias, name="bias"), name="relu")], [given], "bias")


ALL = ("product", "bias", "relu")


@pytest.mark.parametrize(
    ("constant", "names", "pinned"),
    [
        (True, ALL, {*ALL, "product/before_bias"}),
        (True, ("product",), {"product"}),
        (True, ("bias",), {"bias"}),
        (False, ALL, {*ALL}),
    ],
)
def test_a_product_is_kept_from_its_bias_where_both_are_pinned(constant, names, pinned):
    model = with_bias(constant=constant)
    assert pinned_operations(with_pins(model, names)) == pinned
    assert len(model.get_ops()) == len(with_bias(constant=constant).get_ops())


def test_what_keeps_a_product_from_its_bias_changes_no_value():
    model = with_bias(constant=True)
    given = np.linspace(-1e3, 1e3, 64, dtype=np.float32)[None]
    compute = [
        ov.Core().compile_model(each, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        for each in (model, with_pins(model, ALL))
    ]
    before, after = (compiled(given)[0] for compiled in compute)
    np.testing.assert_allclose(after, before, rtol=1e-6)


@pytest.mark.skipif(
    "BF16" not in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"),
    reason="this CPU has no BF16 kernels",
)
@pytest.mark.parametrize(("names", "precision"), [((), "bf16"), (ALL, "f32")])
def test_a_pinned_product_with_a_bias_runs_in_fp32(names, precision):
    model = with_pins(with_bias(constant=True), names)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "bf16"})
    info = [op.get_rt_info() for op in compiled.get_runtime_model().get_ordered_ops()]
    ran = {i["layerType"].astype(str): i["runtimePrecision"].astype(str) for i in info}
    assert ran["FullyConnected"] == precision
