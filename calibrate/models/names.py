"""Names of operations that are the same in every process.

An operation without a name of its own is called after a counter of the process, `Constant_1280`.
What is written with such a name differs from run to run although nothing else does, and a name
in an ignored scope would match another operation tomorrow.
"""

import re
from collections import Counter
from collections.abc import Collection

import openvino as ov

from calibrate.models.bodies import all_operations


def own_names(model: ov.Model) -> frozenset[str]:
    """Names that the operations of a model that was just read have from its file."""
    return frozenset(
        op.get_friendly_name() for op in model.get_ops() if op.get_friendly_name() != op.get_name()
    )


def operations_of(model: ov.Model) -> dict[str, ov.Node]:
    """The operations of a model by their names."""
    return {op.get_friendly_name(): op for op in model.get_ops()}


def every_operation_of(model: ov.Model) -> dict[str, ov.Node]:
    """The operations of a prepared model and of the bodies in it, by their names."""
    return {op.get_friendly_name(): op for op in all_operations(model)}


def number_names(model: ov.Model, kept: Collection[str]) -> None:
    """Rename operations called after the counter by their type and position, in place.

    Args:
        model: whose operations are renamed: `Constant_1280` to `Constant.3`, the third such.
        kept: names that stay, even if they look like the counter's.
    """
    operations = model.get_ordered_ops()
    taken = {op.get_friendly_name() for op in operations}
    counts: Counter[str] = Counter()
    for op in operations:
        name, kind = op.get_friendly_name(), op.get_type_name()
        # Not `kind` itself: a folded constant may carry the name of what was folded.
        if name in kept or not re.fullmatch(r"[A-Z][A-Za-z0-9]*_\d+", name):
            continue
        while (numbered := f"{kind}.{counts[kind]}") in taken:
            counts[kind] += 1
        taken.add(numbered)
        op.set_friendly_name(numbered)


def unreadable_name(model: ov.Model) -> str | None:
    """A name of the model, an operation or a tensor that is no UTF-8, its bytes escaped.

    OpenVINO takes names as bytes; Python, reports and configs need text. None where all are.
    """
    try:
        model.get_friendly_name()
        for op in model.get_ops():
            op.get_friendly_name()
            for port in op.outputs():
                port.get_names()
    except UnicodeDecodeError as error:
        return error.object.decode(errors="backslashreplace")
    return None
