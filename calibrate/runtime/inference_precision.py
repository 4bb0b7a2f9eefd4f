"""The floating-point type that the CPU plugin computes in where a model is deployed."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, cast

import openvino as ov

from calibrate.core.precision import FLOATS, ComputeType
from calibrate.errors import CalibrateError

InferencePrecision = Literal["auto", "f32", "bf16", "f16"]
"""As OpenVINO's `INFERENCE_PRECISION_HINT`; `auto`: what the plugin chooses on this CPU."""

_HINT = "INFERENCE_PRECISION_HINT"
_CAPABILITIES: Mapping[ComputeType, str] = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}


def deployed_type(setting: InferencePrecision) -> ComputeType:
    """Return the floating-point type of `deployment.inference_precision` on this CPU.

    Raises:
        CalibrateError: this CPU has no kernels of the type, so that the plugin would run FP32.
    """
    if setting == "auto":
        return plugin_default()
    if not is_native(setting):
        title = FLOATS[setting].title
        raise CalibrateError(
            f"this CPU has no {title} kernels, and OpenVINO would run FP32 instead",
            where="deployment.inference_precision",
            hint="leave it out (`auto`), or run on a CPU of the kind that the model is for",
        )
    return setting


@cache
def plugin_default() -> ComputeType:
    """Return the floating-point type that the CPU plugin chooses by default on this CPU."""
    return cast("ComputeType", ov.Core().get_property("CPU", _HINT).to_string())


@cache
def is_native(compute_type: ComputeType) -> bool:
    """Return whether the CPU plugin has kernels of a floating-point type on this CPU."""
    capabilities = ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return _CAPABILITIES[compute_type] in capabilities


def with_precision(hint: Mapping[str, Any], compute_type: ComputeType) -> dict[str, Any]:
    """Return plugin properties with an inference precision."""
    return {**hint, _HINT: compute_type}
