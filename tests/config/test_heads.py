"""Configs with a list of decoders."""

import pytest

from calibrate.config.load import load_recorded
from calibrate.errors import CalibrateError

DECODERS = [
    {"name": "age", "type": "regression", "output": "a"},
    {"name": "gender", "type": "classification", "output": "g"},
]
METRICS = [{"type": "mae", "decoder": "age"}, {"type": "accuracy", "decoder": "gender"}]


def load(folder, decoder, metrics):
    (folder / "net.onnx").touch()
    (folder / "faces.csv").write_text("file,age,gender\n")
    adapter = {"type": "csv", "annotation": "faces.csv", "file_column": "file"}
    content = {
        "model": {"path": "net.onnx"},
        "dataset": {"adapter": adapter},
        "decoder": decoder,
        "metrics": metrics,
        "output": {"dir": "out"},
    }
    return load_recorded(content, folder, shown="config.yaml")


def test_decoders_and_metrics_by_name(tmp_path):
    resolved = load(tmp_path, DECODERS, METRICS)
    assert list(resolved.decoder.decoders) == ["age", "gender"]
    assert [judged.metric.label for judged in resolved.metrics] == [
        "age mae",
        "gender accuracy@1",
    ]
    recorded = load_recorded(resolved.document, tmp_path, shown="config.yaml")
    assert recorded.digest == resolved.digest
    assert [part["name"] for part in resolved.given["decoder"]] == ["age", "gender"]


@pytest.mark.parametrize(
    ("decoder", "metrics", "message"),
    [
        (DECODERS, [{"type": "mae"}], "metrics[0].decoder: there are several decoders"),
        (DECODERS, [{"type": "mae", "decoder": "aeg"}], "there is no decoder 'aeg'; did you mean"),
        ([*DECODERS, DECODERS[0]], METRICS, "decoder[2].name: the name 'age' is given twice"),
        (DECODERS[0] | {"name": 3}, [{"type": "mae"}], "decoder.name: unknown key"),
        ({"type": "regression"}, METRICS[:1], "there is one decoder only"),
        ([{"type": "regression"}], METRICS[:1], "decoder[0].name: the key is missing"),
        ([], METRICS, "decoder"),
    ],
)
def test_mistakes(tmp_path, decoder, metrics, message):
    with pytest.raises(CalibrateError) as caught:
        load(tmp_path, decoder, metrics)
    assert message in str(caught.value)
