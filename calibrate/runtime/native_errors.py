"""Errors of OpenVINO while it compiles and runs a model, as errors of the model."""

from collections.abc import Iterator
from contextlib import contextmanager

from calibrate.core.resource_errors import resource_error
from calibrate.errors import CalibrateError
from calibrate.models.openvino_errors import error_reason

HINT = "does `benchmark_app -d CPU` run it?"


@contextmanager
def native_errors() -> Iterator[None]:
    """Report what OpenVINO raises here, as a context or as a decorator.

    Raises:
        CalibrateError: the CPU plugin refuses the model, or memory or threads do not suffice.
    """
    try:
        yield
    except RuntimeError as error:
        if type(error) is not RuntimeError:  # a RecursionError, for instance, is Python's
            raise
        raise resource_error(error) or CalibrateError(
            f"the CPU plugin cannot compile or run the model: {error_reason(error)}", hint=HINT
        ) from error
