"""What identifies a model's arithmetic: its graph and its weights, whatever file holds them."""

import hashlib
import json

import openvino as ov

from calibrate.models.bodies import bodies_of
from calibrate.models.pins import is_pinned


def fingerprint(model: ov.Model) -> str:
    """Sha256 over every operation, its attributes, its weights and what feeds it.

    Names, the order of the file and its offsets do not count, nor does `rt_info` but for the
    options and the marks that the plugin obeys: a model has the same fingerprint in memory,
    written and read again. Any changed weight gives another.
    """
    known: dict[str, bytes] = {}
    inputs = {port.get_node().get_friendly_name(): i for i, port in enumerate(model.inputs)}
    for op in model.get_ordered_ops():
        name = op.get_friendly_name()
        known[_key(op)] = _digest(op, known, inputs.get(name, -1))
    ends = [known[_key(port.get_node())] for port in model.outputs]
    ends += sorted(known[_key(op)] for op in _dead_ends(model))
    return hashlib.sha256(b"".join(ends) + _options(model)).hexdigest()


def _dead_ends(model: ov.Model) -> list[ov.Node]:
    """What no output depends on: updates of states, and inputs that nothing reads."""
    unread = [port.get_node() for port in model.inputs if not port.get_target_inputs()]
    return [*model.get_sinks(), *unread]


def _options(model: ov.Model) -> bytes:
    """Runtime options; nothing where there are none, as models without them always had it."""
    if not model.has_rt_info(["runtime_options"]):
        return b""
    options = model.get_rt_info(["runtime_options"]).value
    return json.dumps(
        {name: str(value) for name, value in options.items()}, sort_keys=True
    ).encode()


def _digest(op: ov.Node, known: dict[str, bytes], position: int) -> bytes:
    hashed = hashlib.sha256(op.get_type_name().encode())
    if op.get_type_name() == "Constant":
        port = op.output(0)
        hashed.update(f"{port.get_element_type()}{list(port.get_shape())}".encode())
        # The tensor, not `data`: types of less than a byte stay packed.
        # `tobytes`: `bytes` of a 0-d integer is that many zeros.
        hashed.update(op.get_tensor_view().data.tobytes())
        return hashed.digest()
    hashed.update(f"{position}{_attributes(op)}".encode())
    if is_pinned(op):
        hashed.update(b"pinned")
    for port in op.input_values():
        hashed.update(known[_key(port.get_node())] + port.get_index().to_bytes(4, "big"))
    for body in bodies_of(op):
        hashed.update(fingerprint(body).encode())
    return hashed.digest()


def _key(op: ov.Node) -> str:
    # Not the friendly name, which is not always unique in what an exporter wrote.
    return str(op.get_name())


def _attributes(op: ov.Node) -> str:
    """Attributes in a stable order; numbers as an IR keeps them, in six digits."""
    return json.dumps(_rounded(op.get_attributes()), sort_keys=True, default=str)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value
