"""The mark that keeps an operation in FP32 where the CPU plugin would compute in BF16 or FP16.

OpenVINO writes it into an IR as the attribute `DisablePrecisionConversion` of an operation's
`rt_info`. From Python it cannot be made in memory: `precise_0` becomes it when the model is saved.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path

import openvino as ov

from calibrate.models.bodies import all_operations

_READ = "DisablePrecisionConversion_0"
_WRITTEN = "precise_0"
_UNMARKED = ("Constant", "Parameter", "Result")


def is_pinned(op: ov.Node) -> bool:
    """Whether an operation of a model that was read carries the mark."""
    return _READ in op.get_rt_info()


def pinned_operations(model: ov.Model) -> frozenset[str]:
    """Names of the operations that carry the mark."""
    return frozenset(op.get_friendly_name() for op in all_operations(model) if is_pinned(op))


def with_pins(model: ov.Model, names: Collection[str]) -> ov.Model:
    """A copy of the model in which the named operations carry the mark.

    The CPU plugin obeys it where every operation carries it that it fuses into one.

    Args:
        model: left unchanged.
        names: of operations; those that the model has not are passed over.
    """
    marked = model.clone()
    for op in all_operations(marked):
        if op.get_friendly_name() in names and op.get_type_name() not in _UNMARKED:
            op.get_rt_info()[_WRITTEN] = ""
    with tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        path = Path(folder) / "model.xml"
        ov.save_model(marked, path, compress_to_fp16=False)
        read = ov.Core().read_model(path)
        # A clone holds its weights itself; what was read may still map the file.
        return read.clone()
