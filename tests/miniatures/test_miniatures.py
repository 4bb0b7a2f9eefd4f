"""Every structural miniature ends with a model that another process reads, or with a reason."""

import pytest

from tests.miniatures import control_flow, files, images
from tests.miniatures.end_to_end import hold_to_the_end

MINIATURES = (
    *images.MINIATURES,
    *control_flow.MINIATURES,
    *files.MINIATURES,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)


NIGHTLY = {
    *("hard swish", "PReLU", "Swin", "transposed convolution", "grouped convolution"),
    *("1-D convolution", "pixels, normalized inside", "weights behind arithmetic", "top five"),
    *("neither NCHW nor NHWC", "300 layers", "FP16 weights", "bfloat16 input", "FP16 file"),
    *("ONNX quantized anew", "dynamically quantized ONNX, anew", "duplicate names"),
}
"""Close to another one of the table, which every change runs."""


def marks(name: str, *, slow: bool) -> list[pytest.MarkDecorator]:
    if name in NIGHTLY:
        return [pytest.mark.slow, pytest.mark.exhaustive]
    return [pytest.mark.slow] if slow else []


@pytest.mark.parametrize(
    "miniature",
    [
        pytest.param(each, id=each.name, marks=marks(each.name, slow=each.slow))
        for each in MINIATURES
    ],
)
def test_from_the_file_to_a_model_or_a_reason(miniature, tmp_path):
    hold_to_the_end(miniature, tmp_path)
