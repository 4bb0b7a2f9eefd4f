import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.names import number_names, own_names


def network(shift: int) -> ov.Model:
    """A model in a process whose counter stands elsewhere."""
    for _ in range(shift):
        ops.constant(np.zeros(1, np.float32))
    given = ops.parameter([1, 2], np.float32, name="given")
    first = ops.add(given, ops.constant(np.ones((1, 2), np.float32)))
    first.set_friendly_name("Add_7")
    second = ops.multiply(first, ops.constant(np.ones((1, 2), np.float32)))
    return ov.Model([second], [given], "two")


def names(model: ov.Model) -> list[str]:
    return [
        op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() != "Result"
    ]


@pytest.mark.parametrize("shift", [0, 3])
def test_the_same_names_wherever_the_counter_stands(shift):
    model = network(shift)
    number_names(model, own_names(model))
    assert sorted(names(model)) == ["Add_7", "Constant.0", "Constant.1", "Multiply.0", "given"]


def test_a_numbered_name_that_is_taken_is_passed_over():
    model = network(0)
    model.get_ordered_ops()[0].set_friendly_name("Constant.0")
    number_names(model, own_names(model))
    assert len(set(names(model))) == 5
    assert "Constant.2" in names(model)


def test_numbering_again_changes_nothing():
    model = network(0)
    number_names(model, own_names(model))
    before = names(model)
    number_names(model, {"Add_7"})
    assert names(model) == before
