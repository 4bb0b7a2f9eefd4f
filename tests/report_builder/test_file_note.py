import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.report_builder.file_note import file_note


def network(kind: type[np.floating]) -> ov.Model:
    image = ops.parameter([1, 4], kind, name="image")
    weights = ops.constant(np.ones((4, 4), kind))
    halves = ops.split(ops.matmul(image, weights, False, False), 1, 2)
    return ov.Model([halves.output(0), halves.output(1)], [image], "net")


@pytest.mark.parametrize(
    ("kind", "source", "text", "weights", "note"),
    [
        (
            np.float16,
            120_000,
            100_000,
            36_000,
            (
                "The file is not smaller than the source's because the network is small: 100 kB of "
                "it describe the operations as text (.xml), 36 kB are weights (.bin). The source "
                "stores its weights in FP16."
            ),
        ),
        (np.float32, 200_000, 100_000, 36_000, ""),  # smaller
        (np.float32, 120_000, 36_000, 100_000, ""),  # mostly weights
        (np.float32, None, 100_000, 36_000, ""),  # a function, no file
    ],
)
def test_the_note(tmp_path, kind, source, text, weights, note):
    path = tmp_path / "net.xml"
    path.write_bytes(b"x" * text)
    path.with_suffix(".bin").write_bytes(b"x" * weights)
    assert file_note(network(kind), source, path) == note


def test_the_certificate_is_counted_apart_from_the_operations(tmp_path):
    path = tmp_path / "net.xml"
    certificate = b"<rt_info>" + b"x" * 9_000 + b"</rt_info></net>"
    path.write_bytes(b"<rt_info>" + b"x" * 20_000 + b"</edges>" + certificate)
    path.with_suffix(".bin").write_bytes(b"x" * 1_000)
    assert file_note(network(np.float32), 5_000, path) == (
        "The file is not smaller than the source's because the network is small: 20 kB of it "
        "describe the operations as text (.xml), 1 kB are weights (.bin), 9 kB are the "
        "certificate. The source stores its weights in FP32."
    )


def test_nothing_written_has_no_note(tmp_path):
    assert file_note(network(np.float32), 1, tmp_path / "missing.xml") == ""
