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
