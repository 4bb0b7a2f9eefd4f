"""Floating-point weights stored as FP16, as OpenVINO's `compress_to_fp16` stores them."""

import tempfile
from pathlib import Path

import openvino as ov


def with_half_weights(model: ov.Model) -> ov.Model:
    """A copy whose floating-point constants are FP16, converted back when it is compiled.

    Values that FP16 cannot hold stay as they are; so does what is stored as integers.

    Args:
        model: left unchanged.
    """
    with tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        path = Path(folder) / "model.xml"
        ov.save_model(model, path, compress_to_fp16=True)
        # A clone holds its weights itself; what was read may still map the file.
        return ov.Core().read_model(path).clone()
