"""Check a user's component against its contract while it runs, and attribute errors to it.

Every method that calibrate calls is wrapped: an exception, or a result of the wrong type, becomes a
`PluginError` with the class and method, the line of the user's file and the sample.
"""

import functools
import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from calibrate.core.component import Component
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts, Item, Sample
from calibrate.errors import CalibrateError, PluginError

_GUARDED = "_calibrate_guarded"


def guarded(class_: type[Component]) -> type[Component]:
    """Wrap the methods of a plugin's class; built-in components need no guard.

    The wrappers are set on the class itself: a subclass could not be pickled by its name.
    """
    if _GUARDED in vars(class_):
        return class_
    setattr(class_, _GUARDED, True)
    for name, fault in _FAULTS.items():
        method = inspect.getattr_static(class_, name, None)
        if isinstance(method, FunctionType) and not method.__module__.startswith("calibrate."):
            setattr(class_, name, _wrapped(class_, method, fault))
    return class_


Fault = Callable[[Any, tuple[Any, ...]], str]
"""Describes what is wrong with a method's result, given its arguments; empty if nothing is."""


def _wrapped(class_: type[Component], method: FunctionType, fault: Fault) -> Callable[..., Any]:
    called = f"{class_.__name__}.{method.__name__}"

    @functools.wraps(method)
    def call(self: Component, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        try:
            result = method(self, *args, **named)
        except (CalibrateError, MemoryError):
            raise
        except Exception as error:
            # The exception of a user's component reaches the user.
            message = f"{called} fails with {type(error).__name__}: {error}"
            place = _raised_at(error, method)
            raise PluginError(message + _on_sample((*args, *named.values())), place) from error
        wrong = fault(result, args)
        if wrong:
            where = f"{method.__code__.co_filename}:{method.__code__.co_firstlineno}"
            raise PluginError(
                f"{called} {wrong}{_on_sample((*args, *named.values()))}",
                where,
                "docs/guides/plugins.md shows what each method returns",
            )
        return result

    return call


def _raised_at(error: BaseException, method: FunctionType) -> str:
    """Return the deepest line of the user's own file in the exception's traceback."""
    file = method.__code__.co_filename
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    line = frames[-1].lineno if frames else method.__code__.co_firstlineno
    return f"{file}:{line}"


def _on_sample(args: tuple[Any, ...]) -> str:
    for value in args:
        if isinstance(value, Facts | Sample | Item):
            return f", on sample {value.id}"
    return ""


def _items(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    if not isinstance(result, Sequence):
        return f"returns {_kind(result)}, not a list of Item"
    strange = [entry for entry in result if not isinstance(entry, Item)]
    return f"returns a list with {_kind(strange[0])} in it, not Item alone" if strange else ""


def _paths(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = isinstance(result, Sequence) and all(isinstance(entry, Path) for entry in result)
    return "" if right else f"returns {_kind(result)}, not a list of Path"


def _texts(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = (
        isinstance(result, Sequence)
        and not isinstance(result, str)
        and all(isinstance(entry, str) for entry in result)
    )
    return "" if right else f"returns {_kind(result)}, not a list of str"


def _sample(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    return "" if isinstance(result, Sample) else f"returns {_kind(result)}, not a Sample"


def _prediction(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = isinstance(result, Prediction)
    return "" if right else f"returns {_kind(result)}, not a prediction such as ClassScores"


def _arrays(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = isinstance(result, Mapping) and all(isinstance(a, np.ndarray) for a in result.values())
    return "" if right else f"returns {_kind(result)}, not a mapping of names to arrays"


def _parameters(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = isinstance(result, Mapping) and all(isinstance(name, str) for name in result)
    return "" if right else f"returns {_kind(result)}, not a mapping of parameters to values"


def _distance(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    right = isinstance(result, int | float | np.number) and not isinstance(result, bool)
    return "" if right else f"returns {_kind(result)}, not one number"


def _evidence(result: Any, _: tuple[Any, ...]) -> str:  # noqa: ANN401
    if isinstance(result, Mapping):
        return _arrays(result, ())
    right = isinstance(result, np.ndarray) and result.ndim == 1 and result.dtype.kind in "fiub"
    return "" if right else f"returns {_kind(result)}, not numbers [K] as a numpy array"


def _values(result: Any, args: tuple[Any, ...]) -> str:  # noqa: ANN401
    sets = len(args[1]) if len(args) > 1 else None
    right = isinstance(result, np.ndarray) and result.dtype.kind in "fiu"
    if right and result.ndim == 1 and sets in (None, len(result)):
        return ""
    return (
        f"returns {_kind(result)}, not a value for each of the {sets or ''} sets in `counts`, "
        "an array [B]"
    )


def _kind(result: Any) -> str:  # noqa: ANN401
    if isinstance(result, np.ndarray):
        return f"an array {list(result.shape)} of {result.dtype}"
    if isinstance(result, list | tuple) and result:
        return f"{type(result).__name__} of {type(result[0]).__name__}"
    return type(result).__name__


_FAULTS: Mapping[str, Fault] = {
    "items": _items,
    "read": _sample,
    "sources": _paths,
    "label_names": _texts,
    "__call__": _sample,
    "predict": _prediction,
    "auto_parameters": _parameters,
    "signature": _arrays,
    "divergence": _distance,
    "problems": _texts,
    "score": _evidence,
    "aggregate": _values,
}
