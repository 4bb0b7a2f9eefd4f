import pytest

from calibrate.migrate.keys import Keys
from calibrate.migrate.launcher import model_of
from calibrate.migrate.notes import Notes
from calibrate.migrate.places import Places


def converted(launcher: dict[str, object], given: str | None = None) -> tuple[dict, Notes]:
    notes = Notes()
    keys = Keys(launcher, "launcher", notes)
    part = model_of(keys, "net", Places(), given)
    keys.finish()
    return part, notes


@pytest.mark.parametrize(
    ("launcher", "given", "ours"),
    [
        (
            {"framework": "onnx_runtime", "model": "net.onnx", "batch": 4},
            None,
            {"path": "${MODELS_DIR:-.}/net.onnx", "name": "net"},
        ),
        (
            {"framework": "dlsdk", "device": "CPU", "model": "a/net.xml", "weights": "a/net.bin"},
            None,
            {"path": "${MODELS_DIR:-.}/a/net.xml", "name": "net"},
        ),
        ({"framework": "openvino"}, "/m/net.xml", {"path": "/m/net.xml", "name": "net"}),
        ({"framework": "openvino"}, None, {"path": "net.xml", "name": "net"}),
        (
            {
                "framework": "tf",
                "model": "/m/net.pb",
                "inputs": [{"name": "x", "type": "INPUT", "shape": "1,224,224,3"}],
            },
            None,
            {"path": "/m/net.pb", "name": "net", "inputs": {"x": {"shape": [1, 224, 224, 3]}}},
        ),
        (
            {
                "model": "/m/net.xml",
                "inputs": [
                    {"name": "info", "type": "IMAGE_INFO"},
                    {"name": "size", "type": "ORIG_IMAGE_INFO"},
                    {"name": "flag", "type": "CONST_INPUT", "value": 1.0},
                    {"name": "scale", "type": "CONST_INPUT", "value": "1, 2"},
                    {"name": "clip", "type": "INPUT", "layout": "NCDHW"},
                ],
            },
            None,
            {
                "path": "/m/net.xml",
                "name": "net",
                "inputs": {
                    "info": {"source": "im_info"},
                    "size": {"source": "source_size"},
                    "flag": {"value": 1.0},
                    "scale": {"value": [1.0, 2.0]},
                    "clip": {"layout": "NCDHW"},
                },
            },
        ),
    ],
)
def test_models(launcher, given, ours):
    part, notes = converted(launcher, given)
    assert part == ours
    assert notes.full


def test_a_model_of_the_command_line_is_to_fill_in():
    _, notes = converted({"framework": "openvino"})
    assert [note.where for note in notes.of("fill_in")] == ["launcher.model"]


@pytest.mark.parametrize(
    ("launcher", "where"),
    [
        ({"framework": "caffe", "model": "a.prototxt"}, "launcher.framework"),
        ({"device": "GPU"}, "launcher.device"),
        ({"model": "a.xml", "weights": "b.bin"}, "launcher.weights"),
        ({"inputs": [{"name": "i", "type": "CONST_INPUT"}]}, "launcher.inputs[0].type"),
        ({"inputs": [{"name": "i", "value": ".*lr.*"}]}, "launcher.inputs[0].value"),
        ({"unheard_of": 1}, "launcher.unheard_of"),
    ],
)
def test_what_is_lost_is_reported(launcher, where):
    _, notes = converted(launcher)
    assert where in [note.where for note in notes.of("lost")]
