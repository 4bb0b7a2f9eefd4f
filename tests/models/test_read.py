from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
from onnx import TensorProto, helper
from openvino import opset13 as ops
from openvino.op import util

from calibrate.errors import CalibrateError
from calibrate.models.read import read_model


def small() -> ov.Model:
    image = ops.parameter([1, 3, 4, 4], np.float32, name="image")
    image.output(0).set_names({"image"})
    made = ops.convolution(image, np.ones((2, 3, 1, 1), np.float32), [1, 1], [0, 0], [0, 0], [1, 1])
    return ov.Model([made], [image], "small")


def with_state() -> ov.Model:
    given = ops.parameter([1, 2], np.float32, name="x")
    info = util.VariableInfo()
    info.data_shape, info.data_type, info.variable_id = (
        ov.PartialShape([1, 2]),
        ov.Type.f32,
        "seen",
    )
    variable = util.Variable(info)
    before = ops.read_value(ops.constant(np.zeros((1, 2), np.float32)), variable)
    total = ops.add(before, given)
    kept = ops.assign(total, variable)
    return ov.Model(results=[ops.result(total)], sinks=[kept], parameters=[given], name="sum")


def write_onnx(path: Path) -> Path:
    weights = np.ones((2, 3, 1, 1), np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "w"], ["scores"], name="conv")],
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 4, 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 2, 4, 4])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


def write_ir(path: Path, model: ov.Model | None = None) -> Path:
    ov.save_model(model or small(), path, compress_to_fp16=False)
    return path


def empty(folder: Path) -> Path:
    (folder / "empty.onnx").touch()
    return folder / "empty.onnx"


def half(folder: Path) -> Path:
    path = write_onnx(folder / "half.onnx")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def no_weights(folder: Path) -> Path:
    path = write_ir(folder / "m.xml")
    path.with_suffix(".bin").unlink()
    return path


def garbage(folder: Path) -> Path:
    path = write_ir(folder / "m.xml")
    path.write_bytes(b"\x00\xff garbage")
    return path


def half_weights(folder: Path) -> Path:
    path = write_ir(folder / "m.xml")
    weights = path.with_suffix(".bin")
    weights.write_bytes(weights.read_bytes()[:4])
    return path


def no_text(folder: Path) -> Path:
    path = write_ir(folder / "m.xml")
    path.write_bytes(path.read_bytes().replace(b'version="opset1"', b'version="op\xdeset1"'))
    return path


def no_name(folder: Path) -> Path:
    image = ops.parameter([1, 2], np.float32, name="image")
    path = write_ir(folder / "m.xml", ov.Model([ops.relu(image, name="layer")], [image], "small"))
    path.write_bytes(path.read_bytes().replace(b'"layer"', b'"lay\xder"'))
    return path


def suffix(folder: Path) -> Path:
    (folder / "m.xyz").write_bytes(b"x")
    return folder / "m.xyz"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "no.onnx", "no.onnx: there is no such model"),
        (empty, "empty.onnx: the file is empty; export the model again"),
        (half, "half.onnx: OpenVINO cannot read it: "),
        (
            no_weights,
            "m.xml: the weights m.bin are missing beside the .xml; an OpenVINO IR is two files",
        ),
        (garbage, "m.xml: OpenVINO cannot read it: "),
        (half_weights, "m.xml: OpenVINO cannot read it: "),
        (no_text, r"m.xml: OpenVINO cannot read it: Cannot create"),
        (no_name, r"m.xml: a name in it is no text in UTF-8: 'lay\xder'; is the file damaged?"),
        (suffix, "m.xyz: '.xyz' is no model file that is read here; known: .xml, .onnx"),
        (lambda folder: folder, "a folder is read as a TensorFlow saved model, and this one has"),
    ],
)
def test_what_cannot_be_read_gets_one_clear_line(make, message, tmp_path):
    with pytest.raises(CalibrateError) as caught:
        read_model(make(tmp_path))
    text = str(caught.value)
    assert message in text
    assert str(tmp_path) in text
    assert "\n" not in text
    # A place in OpenVINO's sources says nothing to whoever has the file.
    assert ".cpp" not in text


def test_an_ir_and_an_onnx_are_read_as_they_are(tmp_path):
    for path in (write_ir(tmp_path / "m.xml"), write_onnx(tmp_path / "m.onnx")):
        model = read_model(path)
        assert [list(port.shape) for port in model.inputs] == [[1, 3, 4, 4]]
        assert "Convolution" in {op.get_type_name() for op in model.get_ops()}


def test_names_of_an_onnx_are_the_same_whenever_it_is_read(tmp_path):
    path = write_onnx(tmp_path / "m.onnx")
    first, second = (
        [op.get_friendly_name() for op in read_model(path).get_ordered_ops()] for _ in range(2)
    )
    assert first == second
