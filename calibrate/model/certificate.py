"""What was done and measured, recorded in the IR itself (`rt_info`)."""

import json
from collections.abc import Mapping
from typing import Any

import openvino as ov

SECTION = "calibrate"
"""The key of `rt_info` under which the certificate stands, as one JSON text."""


def certify(model: ov.Model, certificate: Mapping[str, Any]) -> None:
    """Record a certificate in the model, in place."""
    model.set_rt_info(json.dumps(certificate, sort_keys=True), [SECTION, "certificate"])


def certificate_of(model: ov.Model) -> dict[str, Any] | None:
    """The certificate of a model, None where it has none."""
    if not model.has_rt_info([SECTION, "certificate"]):
        return None
    found: dict[str, Any] = json.loads(model.get_rt_info([SECTION, "certificate"]).astype(str))
    return found
