import importlib.util
from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context.cache_keys import (
    arithmetic_facts,
    component_digest,
    digest_of,
    model_digest,
    tensors_digest,
)
from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Facts, Geometry
from calibrate.core.tensors import Tensors
from calibrate.metrics.accuracy import Accuracy

TENSORS = Tensors(
    (np.arange(6, dtype=np.float32).reshape(2, 3),),
    (Facts("a", ClassLabel(1)), Facts("b", ClassLabel(2))),
    ("x", "y"),
)


def changed(**changes):
    return replace(TENSORS, **changes)


@pytest.mark.parametrize(
    "other",
    [
        changed(inputs=(TENSORS.inputs[0] + 1,)),
        changed(inputs=(TENSORS.inputs[0].reshape(2, 3, 1),)),
        changed(inputs=(TENSORS.inputs[0].view(np.int32),)),
        changed(facts=(Facts("a", ClassLabel(1)), Facts("b", ClassLabel(3)))),
        changed(facts=(Facts("a", ClassLabel(1)), Facts("c", ClassLabel(2)))),
        changed(facts=(TENSORS.facts[0], Facts("b", ClassLabel(2), Geometry(4, 4, 2, 2)))),
        changed(digests=("x", "z")),
    ],
)
def test_whatever_changes_of_the_samples_changes_the_digest(other):
    assert tensors_digest(other) != tensors_digest(TENSORS)


def test_a_copy_has_the_same_digest():
    copy = changed(inputs=(np.asfortranarray(TENSORS.inputs[0]),))
    assert tensors_digest(copy) == tensors_digest(TENSORS)


def test_a_name_of_any_bytes_has_a_digest():
    assert tensors_digest(changed(facts=(Facts("\udcff"), Facts("b")))) != tensors_digest(TENSORS)


def test_parts_do_not_run_into_each_other():
    assert digest_of(["ab", "c"]) != digest_of(["a", "bc"])


def network(name: str, value: float) -> ov.Model:
    given = ops.parameter([1, 4], np.float32, name="given")
    return ov.Model([ops.add(given, np.full(4, value, np.float32), name=name)], [given], "one")


def test_a_model_counts_with_weights_and_names():
    def named(model):
        for op in model.get_ops():
            if op.get_type_name() != "Add":
                op.set_friendly_name(op.get_type_name())
        return model_digest(model)

    assert named(network("a", 1.0)) == named(network("a", 1.0))
    assert named(network("a", 1.0)) != named(network("a", 2.0))
    assert named(network("a", 1.0)) != named(network("b", 1.0))


def test_a_metric_counts_with_its_parameters():
    assert component_digest(Accuracy(top_k=1)) == component_digest(Accuracy(top_k=1))
    assert component_digest(Accuracy(top_k=1)) != component_digest(Accuracy(top_k=5))


def test_the_key_contains_the_code_of_a_custom_component(tmp_path):
    def loaded(code):
        path = tmp_path / "own.py"
        path.write_text(code)
        spec = importlib.util.spec_from_file_location("own_component", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(__import__("sys").modules, "own_component", module)
            return component_digest(module.Own())

    assert loaded("class Own:\n    a = 1\n") != loaded("class Own:\n    a = 2\n")


def test_versions_are_facts():
    assert {"openvino", "nncf", "calibrate", "instruction set"} == set(arithmetic_facts())
