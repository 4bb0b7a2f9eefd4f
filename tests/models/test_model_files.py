import numpy as np
import onnx
import openvino as ov
import pytest
from onnx import TensorProto, helper, numpy_helper
from openvino import opset13 as ops

from calibrate.models.model_files import digest_files, model_files, surplus_bytes
from calibrate.models.write import write_model


def save_onnx(path, value: float, *, location: str | None) -> None:
    """A sum with 1,000 weights, in the file itself or in one beside it."""
    weights = numpy_helper.from_array(np.full((1, 1000), value, np.float32), "weights")
    shape = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1000])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1000])
    node = helper.make_node("Add", ["x", "weights"], ["y"])
    model = helper.make_model(helper.make_graph([node], "sum", [shape], [out], [weights]))
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(
        model,
        path,
        save_as_external_data=location is not None,
        location=location,
        size_threshold=0,
    )


@pytest.mark.parametrize("location", ["weights.data", "a" * 200, "deep.bin"])
def test_external_data_of_onnx_is_part_of_the_model(tmp_path, location):
    path = tmp_path / "model.onnx"
    save_onnx(path, 1.0, location=location)
    assert model_files(path) == (path, tmp_path / location)
    before = digest_files(path)
    graph = path.read_bytes()
    (tmp_path / location).unlink()
    save_onnx(path, 2.0, location=location)
    assert path.read_bytes() == graph
    assert digest_files(path) != before


def test_without_external_data_it_is_one_file(tmp_path):
    path = tmp_path / "model.onnx"
    save_onnx(path, 1.0, location=None)
    (tmp_path / "other.data").write_bytes(b"x")
    assert model_files(path) == (path,)


@pytest.mark.parametrize("name", [b"../secret", b"/etc/passwd", b"\xff\xfe", b"a\0b", b""])
def test_a_name_that_leads_elsewhere_is_no_weight(tmp_path, name):
    (tmp_path / "secret").write_bytes(b"x")
    path = tmp_path / "folder" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"\x0a\x08location\x12" + bytes([len(name)]) + name)
    assert model_files(path) == (path,)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["m.xml", "m.bin"], ["m.xml", "m.bin"]),
        (["m.pdmodel", "m.pdiparams", "n.pdiparams"], ["m.pdmodel", "m.pdiparams"]),
        (["m.pdmodel"], ["m.pdmodel"]),
        (["m.json", "m.pdiparams"], ["m.json", "m.pdiparams"]),
        (["m.tflite", "m.bin"], ["m.tflite"]),
        (["m.onnx"], ["m.onnx"]),
    ],
)
def test_weights_beside_the_file(tmp_path, names, expected):
    for name in names:
        (tmp_path / name).write_bytes(name.encode() if name != "m.onnx" else b"")
    assert [file.name for file in model_files(tmp_path / names[0])] == expected
    before = digest_files(tmp_path / names[0])
    (tmp_path / expected[-1]).write_bytes(b"other weights")
    assert digest_files(tmp_path / names[0]) != before


def test_a_folder_is_all_it_holds(tmp_path):
    (tmp_path / "model" / "variables").mkdir(parents=True)
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"a")
    (tmp_path / "model" / "variables" / "data").write_bytes(b"b")
    before = digest_files(tmp_path / "model")
    (tmp_path / "model" / "variables" / "data").write_bytes(b"c")
    assert digest_files(tmp_path / "model") != before


def test_weights_that_are_not_there(tmp_path):
    (tmp_path / "m.xml").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        digest_files(tmp_path / "m.xml")


def test_links_in_a_circle_are_no_weights(tmp_path):
    (tmp_path / "circle").symlink_to("circle")
    path = tmp_path / "model.onnx"
    save_onnx(path, 1.0, location="weights")
    path.write_bytes(path.read_bytes().replace(b"weights", b"circle\0"[:6].ljust(7, b"/")))
    assert model_files(path) == (path,)


def test_bytes_after_the_weights_of_an_ir(tmp_path):
    path = tmp_path / "model.xml"
    given = ops.parameter([1, 4], np.float32)
    write_model(ov.Model([ops.add(given, np.ones(4, np.float32))], [given], "sum"), path)
    assert surplus_bytes(path) == 0
    with path.with_suffix(".bin").open("ab") as weights:
        weights.write(b"\0\1")
    assert surplus_bytes(path) == 2
