"""What was done and measured, recorded in the IR itself (`rt_info`) and bound to it by digests.

A certificate names three digests: of graph and weights (`weights`), of names, layouts and further
metadata (`metadata`), and of everything that the certificate says, these two included (`content`).
A signature, where there is one, stands beside it; it is over the files (`signed_file`).
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openvino as ov
from defusedxml import DefusedXmlException, ElementTree

from calibrate.core.bounded_json import parse_json
from calibrate.errors import CalibrateError
from calibrate.models.certificate_schema import checked
from calibrate.models.fingerprint import fingerprint

SECTION = "calibrate"
"""The key of `rt_info` under which the certificate stands, as one JSON text."""

_PLACE = [SECTION, "certificate"]
_NOT_METADATA = (
    SECTION,
    "OpenVINO Runtime",
    "Runtime_version",
    "conversion_parameters",
    "nncf",
    "runtime_options",
    "version",
)
"""Keys of `rt_info` that tools write about themselves; runtime options count as graph."""


def certify(model: ov.Model, certificate: Mapping[str, Any]) -> None:
    """Record a certificate in the model, in place, bound to what the model is."""
    bound = {**certificate, "weights": fingerprint(model), "metadata": _metadata_digest(model)}
    bound["content"] = _content_digest(bound)
    model.set_rt_info(json.dumps(bound, sort_keys=True), _PLACE)


def certificate_of(model: ov.Model) -> dict[str, Any] | None:
    """The certificate of a model with every part that `certificate_schema` names, None without.

    Raises:
        CalibrateError: there is one, and it cannot be read or is no certificate of this version.
    """
    text = _text(model, _PLACE)
    if text is None:
        return None
    try:
        content = parse_json(text)
    except ValueError as error:
        raise CalibrateError(
            f"the certificate cannot be read: {error}", hint="calibrate the model again"
        ) from error
    return checked(content)


def certificate_in_file(path: Path) -> dict[str, Any] | None:
    """The certificate as the text of an .xml with its .bin beside it holds it.

    For models that cannot be read; None where the file holds none, or is no XML.
    """
    if path.suffix != ".xml" or not path.with_suffix(".bin").is_file():
        return None
    try:
        element = ElementTree.parse(path).find(f"rt_info/{SECTION}/certificate")
        return None if element is None else checked(parse_json(element.get("value", "")))
    except (OSError, ValueError, ParseError, DefusedXmlException, CalibrateError):
        return None  # whoever read the model has said what is wrong with it


def changed_part(model: ov.Model, certificate: Mapping[str, Any]) -> str | None:
    """What is not as it was certified, in words; None where everything is."""
    if certificate.get("weights") != fingerprint(model):
        return "graph or weights"
    if certificate.get("metadata") != _metadata_digest(model):
        return "names or metadata"
    if certificate.get("content") != _content_digest(certificate):
        return "certificate"
    return None


def is_intact(model: ov.Model, certificate: Mapping[str, Any]) -> bool:
    """Whether graph, weights, metadata and the certificate itself are as they were certified."""
    return changed_part(model, certificate) is None


def _text(model: ov.Model, place: list[str]) -> str | None:
    try:
        return str(model.get_rt_info(place).astype(str)) if model.has_rt_info(place) else None
    except (RuntimeError, TypeError, UnicodeDecodeError) as error:
        raise CalibrateError(
            f"the {place[-1]} is not what calibrate writes", hint="calibrate the model again"
        ) from error


def _content_digest(certificate: Mapping[str, Any]) -> str:
    """Sha256 of the canonical JSON of all parts but `content` itself."""
    parts = {key: value for key, value in certificate.items() if key != "content"}
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _metadata_digest(model: ov.Model) -> str:
    """Sha256 of what a program reads besides the graph: names, layouts, labels of classes."""
    ports = [
        [sorted(port.get_names()), str(getattr(port.get_node(), "get_layout", str)())]
        for port in (*model.inputs, *model.outputs)
    ]
    further = _leaves(
        {key: value for key, value in model.get_rt_info().items() if key not in _NOT_METADATA}
    )
    canonical = json.dumps([ports, sorted(further)])
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _leaves(value: Any, path: str = "") -> list[tuple[str, str]]:  # noqa: ANN401  # as OpenVINO gives it
    """Values of a tree by their path, as the texts that an IR keeps of them."""
    value = value.value if isinstance(value, ov.OVAny) else value
    if isinstance(value, Mapping):
        return [leaf for key, child in value.items() for leaf in _leaves(child, f"{path}/{key}")]
    if isinstance(value, bool):
        return [(path, "YES" if value else "NO")]
    if isinstance(value, list | tuple):
        return [(path, " ".join(text for entry in value for _, text in _leaves(entry)))]
    return [(path, str(value))]
