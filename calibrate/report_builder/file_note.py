"""Explain a written model whose files are not smaller than those of its source."""

from collections import Counter
from pathlib import Path

import openvino as ov

from calibrate.models.bodies import all_operations

_FLOATS = {"f32": "FP32", "f16": "FP16", "bf16": "BF16"}


def file_note(source: ov.Model, source_bytes: int | None, written: Path) -> str:
    """Describe what the bytes of a written IR store, if they are not fewer than the source's.

    Args:
        source: source as read, before anything is simplified.
        source_bytes: bytes of all files of the source; None where it has none.
        written: the .xml file; the .bin file lies beside it.

    Returns:
        Empty where the files are smaller than the source's, or mostly weights.
    """
    weights = written.with_suffix(".bin")
    if source_bytes is None or not written.is_file() or not weights.is_file():
        return ""
    text_bytes, weight_bytes = written.stat().st_size, weights.stat().st_size
    if text_bytes + weight_bytes < source_bytes or text_bytes < weight_bytes:
        return ""
    stored = _stored_type(source)
    of_source = f" The source stores its weights in {stored}." if stored else ""
    certificate_bytes = _certificate_bytes(written)
    of_certificate = (
        f", {certificate_bytes / 1e3:.0f} kB are the certificate" if certificate_bytes else ""
    )
    return (
        "The file is not smaller than the source's because the network is small: "
        f"{(text_bytes - certificate_bytes) / 1e3:.0f} kB of it describe the operations as text "
        f"(.xml), {weight_bytes / 1e3:.0f} kB are weights (.bin){of_certificate}.{of_source}"
    )


def _certificate_bytes(written: Path) -> int:
    """Return how many bytes the section `rt_info` of the whole model takes, which ends an IR."""
    text = written.read_bytes()
    begin = text.rfind(b"<rt_info>", text.rfind(b"</edges>"))
    return 0 if begin < 0 else len(text) - begin


def _stored_type(model: ov.Model) -> str:
    """Return the floating-point type that holds most bytes of a model's constants, or nothing."""
    held: Counter[str] = Counter()
    for operation in all_operations(model):
        if operation.get_type_name() != "Constant":
            continue
        kind = operation.get_element_type().to_string()
        if kind in _FLOATS:
            held[kind] += operation.get_byte_size()
    return _FLOATS[held.most_common(1)[0][0]] if held else ""
