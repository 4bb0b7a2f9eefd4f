"""Pickles of plain containers and numpy arrays, read without running anything they name.

A pickle is a program. This reader knows the few names by which numpy pickles an array, and puts
harmless records in their place; every other name is refused before it is imported.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.errors import CalibrateError

LARGEST = 1 << 29
"""Bytes of a pickle; CIFAR's largest has 155 MB."""

_DTYPES = {"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"}

# What Python's unpickler raises on a broken or hostile stream.
_BROKEN = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


class _Dtype:
    """Stands in for a pickled `numpy.dtype` of numbers."""

    def __init__(self, name: str | bytes = b"", *_: object) -> None:
        self.name = name.decode("ascii") if isinstance(name, bytes) else name
        self.order = "|"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        self.order = order.decode("ascii") if isinstance(order, bytes) else order

    def real(self) -> np.dtype[Any]:
        if self.name not in _DTYPES or self.order not in ("<", ">", "|", "="):
            raise ValueError(f"arrays of {self.name!r} are not read")
        return np.dtype(self.order + self.name)


class _Array:
    """Stands in for a pickled `numpy.ndarray`."""

    def __init__(self, *_: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def real(self) -> NDArray[Any]:
        _, shape, dtype, fortran, data = self.state
        content = data.encode("latin-1") if isinstance(data, str) else data
        order: Any = "F" if fortran else "C"
        return np.frombuffer(content, dtype.real()).reshape(shape, order=order)


class _Reconstructed(_Array):
    """Stands in for numpy's `_frombuffer`, by which newer pickles make an array."""

    def __init__(self, data: bytes, dtype: _Dtype, shape: tuple[int, ...], order: str) -> None:
        super().__init__()
        self.state = (1, shape, dtype, order == "F", bytes(data))


def _encode(text: str, _: str) -> bytes:
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """Empty bytes, which old protocols write as a call without arguments."""
    return b""


_CORES = ("numpy.core", "numpy._core")
_ALLOWED: dict[tuple[str, str], Callable[..., object]] = {
    **{(f"{core}.multiarray", "_reconstruct"): _Array for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _Reconstructed for core in _CORES},
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
    ("builtins", "bytes"): _no_bytes,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as the base says
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is never run")
        return _ALLOWED[module, name]


def load_plain(data: bytes, where: str) -> object:
    """The content of a pickle of containers, strings, numbers and numeric numpy arrays.

    Strings of Python 2 come as bytes. Arrays stand at the top or directly in a dictionary.

    Args:
        data: the bytes of the file.
        where: the file, for messages.

    Raises:
        CalibrateError: the pickle is broken, too large, or names anything else.
    """
    if len(data) > LARGEST:
        raise CalibrateError(f"the pickle is over {LARGEST >> 20} MiB", where)
    try:
        content = _Reader(io.BytesIO(data), encoding="bytes").load()
        if isinstance(content, dict):
            return {key: _real(value) for key, value in content.items()}
        return _real(content)
    except _BROKEN as error:
        reason = str(error) or type(error).__name__
        raise CalibrateError(f"the pickle cannot be read ({reason})", where) from error


def _real(value: object) -> object:
    return value.real() if isinstance(value, _Array | _Dtype) else value
