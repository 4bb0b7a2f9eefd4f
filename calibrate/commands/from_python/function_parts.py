"""List what the results of a Python function depend on: source, defaults and enclosed values."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_DATA = (*_PLAIN, np.ndarray, list, tuple, set, frozenset, Mapping)


def function_parts(value: object) -> Iterator[bytes]:
    """Yield the parts of a function, or of any value that it uses, for a digest.

    A function counts by its source, its defaults and the values that it encloses; arrays and
    containers by their content; other objects by the source of their class and by their
    attributes. Nothing depends on an address in memory, which differs between processes.
    """
    return _parts(value, ())


def _parts(value: object, outer: tuple[object, ...]) -> Iterator[bytes]:
    """Yield the parts of a value; nothing for one of `outer`, which contain it."""
    if isinstance(value, _PLAIN):
        yield value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        return
    if any(value is container for container in outer):
        return
    yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
    contents = next(list_contents for kind, list_contents in _CONTENTS if isinstance(value, kind))
    for part in contents(value):
        yield from _parts(part, (*outer, value))


def _of_function(function: FunctionType) -> Iterator[object]:
    yield _source(function) or function.__code__
    yield from (function.__defaults__, function.__kwdefaults__)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            yield None  # a name that is not assigned yet


def _of_array(array: NDArray[Any]) -> Iterator[object]:
    yield from (str(array.dtype), array.shape)
    yield array.ravel().tolist() if array.dtype.hasobject else array.tobytes()


def _of_object(value: object) -> Iterator[object]:
    yield getattr(value, "__qualname__", getattr(value, "__name__", ""))
    yield _source(value if isinstance(value, type) else type(value))
    if not isinstance(value, type | ModuleType):
        yield {
            name: attribute
            for name, attribute in getattr(value, "__dict__", {}).items()
            if isinstance(attribute, _DATA)
        }


def _sorted(values: Iterable[object]) -> list[str]:
    """Return the representations of the members of a set, whose order differs between processes."""
    return sorted(map(repr, values))


_CONTENTS: tuple[tuple[type, Callable[[Any], Iterable[object]]], ...] = (
    (FunctionType, _of_function),
    (MethodType, lambda method: (method.__func__, method.__self__)),
    (CodeType, lambda code: (code.co_code, code.co_names, code.co_consts)),
    (partial, lambda call: (call.func, call.args, call.keywords)),
    (np.ndarray, _of_array),
    (Mapping, lambda mapping: mapping.items()),
    (set, _sorted),
    (frozenset, _sorted),
    (list, iter),
    (tuple, iter),
    (object, _of_object),
)
"""By type, the first that fits: returns the values that a value consists of."""


def _source(value: type | FunctionType) -> bytes:
    """Return the source of a function or class; empty without a file that contains it."""
    try:
        return inspect.getsource(value).encode("utf-8", "surrogatepass")
    except (OSError, TypeError):
        return b""
