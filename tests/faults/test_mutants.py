"""Model files damaged in many ways: each is read or refused, and what crashes is kept away.

`CALIBRATE_FAULTS=long` tries a thousand of each kind, and of a zoo model as well.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
from onnx import TensorProto, helper, numpy_helper

LONG = os.environ.get("CALIBRATE_FAULTS") == "long"
COUNT = 1000 if LONG else 15
KINDS = (
    [("onnx", kind) for kind in ("bytes", "graph")]
    + [("xml", kind) for kind in ("bytes", "weights", "values", "elements")]
    + [("external", kind) for kind in ("bytes", "weights")]
)


def write_onnx(path: Path) -> None:
    """A small classifier of the operations that exporters write."""
    random = np.random.default_rng(0)
    weights = {
        "w1": random.normal(0, 1, (8, 3, 3, 3)),
        "b1": random.normal(0, 1, 8),
        "w2": random.normal(0, 1, (8, 1, 3, 3)),
        "scale": np.ones(8),
        "shift": np.zeros(8),
        "w3": random.normal(0, 1, (8, 5)),
        "b3": np.zeros(5),
        "low": np.array(0.0),
        "high": np.array(6.0),
        "sizes": np.array([1.0, 1.0, 2.0, 2.0]),
    }
    initializers = [
        numpy_helper.from_array(np.asarray(value, np.float32), name)
        for name, value in weights.items()
    ]
    initializers.append(numpy_helper.from_array(np.array([1, 8], np.int64), "shape"))
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Clip", ["c1", "low", "high"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], group=8, pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c2", "scale", "shift", "shift", "scale"], ["n2"]),
        helper.make_node("Relu", ["n2"], ["r2"]),
        helper.make_node("Resize", ["r2", "", "sizes"], ["u2"], mode="nearest"),
        helper.make_node("MaxPool", ["u2"], ["m2"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Concat", ["m2", "r1"], ["k"], axis=1),
        helper.make_node("Split", ["k"], ["s1", "s2"], axis=1, num_outputs=2),
        helper.make_node("Add", ["s1", "s2"], ["a"]),
        helper.make_node("GlobalAveragePool", ["a"], ["g"]),
        helper.make_node("Reshape", ["g", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 5])],
        initializers,
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)


def small(folder: Path) -> Path:
    write_onnx(folder / "model.onnx")
    return folder / "model.onnx"


def as_kind(path: Path, ending: str, folder: Path) -> Path:
    """The model as ONNX or as IR; converted elsewhere, since this process forks no OpenVINO."""
    if ending == "onnx":
        return path
    if ending == "external":
        target, form = folder / "external.onnx", {"location": "external.data", "size_threshold": 0}
        onnx.save(onnx.load(path), target, save_as_external_data=True, **form)
        return target
    target = folder / "model.xml"
    ov.save_model(ov.Core().read_model(path), target, compress_to_fp16=False)
    return target


def attempts(original: Path, kind: str, folder: Path, count: int) -> dict[str, int]:
    script = Path(__file__).with_name("attempts.py")
    command = [sys.executable, script, original, kind, "0", str(count), folder]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr
    print(f"{original.parent.name} {original.name} {kind}: {done.stdout}")  # noqa: T201  # figures
    ends: dict[str, int] = json.loads(done.stdout)
    assert sum(ends.values()) == count
    assert not ends.keys() & {"crash", "hang", "traceback"}, (ends, done.stderr[-2000:])
    return ends


@pytest.mark.parametrize(("ending", "kind"), KINDS)
def test_every_mutant_is_read_or_refused(tmp_path, ending, kind):
    (tmp_path / "tried").mkdir()
    original = as_kind(small(tmp_path), ending, tmp_path)
    ends = attempts(original, kind, tmp_path / "tried", COUNT)
    assert ends.get("refused", 0) > 0, "mutants that nothing refuses test nothing"


@pytest.mark.skipif(not LONG, reason="CALIBRATE_FAULTS=long")
@pytest.mark.zoo
@pytest.mark.parametrize(("ending", "kind"), KINDS)
def test_every_mutant_of_a_real_model(zoo, tmp_path, ending, kind):
    (tmp_path / "tried").mkdir()
    source = zoo / "models" / "cifar10_resnet20" / "model.onnx"
    attempts(as_kind(source, ending, tmp_path), kind, tmp_path / "tried", COUNT)
