"""What was done and measured, recorded in the IR itself (`rt_info`)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openvino as ov
from defusedxml import DefusedXmlException, ElementTree

from calibrate.errors import CalibrateError
from calibrate.models.fingerprint import fingerprint

SECTION = "calibrate"
"""The key of `rt_info` under which the certificate stands, as one JSON text."""

WEIGHTS = "weights"
"""The key of the certificate that holds the fingerprint of what was certified."""


def certify(model: ov.Model, certificate: Mapping[str, Any]) -> None:
    """Record a certificate in the model, in place, with the fingerprint of graph and weights."""
    signed = {**certificate, WEIGHTS: fingerprint(model)}
    model.set_rt_info(json.dumps(signed, sort_keys=True), [SECTION, "certificate"])


def certificate_of(model: ov.Model) -> dict[str, Any] | None:
    """The certificate of a model, None where it has none.

    Raises:
        CalibrateError: there is one, and it cannot be read.
    """
    if not model.has_rt_info([SECTION, "certificate"]):
        return None
    try:
        found = json.loads(model.get_rt_info([SECTION, "certificate"]).astype(str))
    except ValueError as error:
        raise CalibrateError(
            f"the certificate cannot be read: {error}", hint="calibrate the model again"
        ) from error
    if not isinstance(found, dict):
        raise CalibrateError(
            "the certificate is not what calibrate writes", hint="calibrate the model again"
        )
    return found


def certificate_in_file(path: Path) -> dict[str, Any] | None:
    """The certificate as the text of an .xml with its .bin beside it holds it.

    For models that cannot be read; None where the file holds none, or is no XML.
    """
    if path.suffix != ".xml" or not path.with_suffix(".bin").is_file():
        return None
    try:
        found = ElementTree.parse(path).find(f"rt_info/{SECTION}/certificate")
        content = json.loads(found.get("value", "")) if found is not None else None
    except (OSError, ValueError, ParseError, DefusedXmlException):
        return None  # whoever read the model has told what is wrong with it
    return content if isinstance(content, dict) and WEIGHTS in content else None


def is_intact(model: ov.Model, certificate: Mapping[str, Any]) -> bool:
    """Whether graph and weights are those that were certified."""
    return certificate.get(WEIGHTS) == fingerprint(model)
