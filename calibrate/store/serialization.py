"""A record as bytes and back: JSON with numpy arrays in it, no pickle."""

import io
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.store.base import Content

_ARRAY = "__array__"
_LENGTH = struct.Struct(">Q")


def pack(content: Content) -> bytes:
    """The bytes of a record: the length of its JSON, the JSON, and the arrays as `.npy` in turn.

    NaN and infinities keep their places; an array comes back with its dtype, shape and bits.
    """
    arrays: list[NDArray[Any]] = []
    skeleton = json.dumps(_lifted(content, arrays), separators=(",", ":")).encode()
    packed = io.BytesIO()
    packed.write(_LENGTH.pack(len(skeleton)))
    packed.write(skeleton)
    for array in arrays:
        np.lib.format.write_array(packed, array, allow_pickle=False)
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, Any]:
    """The record of its bytes; the arrays are copies that may be written to.

    Raises:
        ValueError: the bytes are not a record's.
    """
    stream = io.BytesIO(packed)
    try:
        (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
        skeleton = json.loads(stream.read(length))
    except struct.error as error:
        raise ValueError("a record without its length") from error
    arrays = []
    while stream.tell() < len(packed):
        arrays.append(np.lib.format.read_array(stream, allow_pickle=False))
    content = _put_back(skeleton, arrays)
    if not isinstance(content, dict):
        raise TypeError("a record is a mapping")
    return content


def _lifted(value: Any, arrays: list[NDArray[Any]]) -> Any:  # noqa: ANN401  # any JSON value
    """The value with arrays replaced by their positions."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {_ARRAY: len(arrays) - 1}
    if isinstance(value, dict):
        return {str(key): _lifted(entry, arrays) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_lifted(entry, arrays) for entry in value]
    return value


def _put_back(value: Any, arrays: list[NDArray[Any]]) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {key: _put_back(entry, arrays) for key, entry in value.items()}
    if isinstance(value, list):
        return [_put_back(entry, arrays) for entry in value]
    return value
