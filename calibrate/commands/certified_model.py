"""Read a certified model and the records of its certificate."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import openvino as ov

from calibrate.context.load_model import load_untrusted_model
from calibrate.core.text import shown
from calibrate.errors import CalibrateError
from calibrate.models.certificate import (
    certificate_in_file,
    certificate_of,
    changed_part,
)
from calibrate.models.model_files import surplus_bytes
from calibrate.models.signature import read_public_key
from calibrate.models.signed_file import is_file_signed_by
from calibrate.runtime.inference_precision import InferencePrecision


@dataclass(frozen=True, slots=True)
class Certified:
    """A model with its certificate.

    Attributes:
        path: the IR.
        model: model as read; None if it is too damaged to be read.
        certificate: embedded in the model.
        changed: the part that has changed since certification, as text; None if none has.
    """

    path: Path
    model: ov.Model | None
    certificate: Mapping[str, Any]
    changed: str | None

    @property
    def folder(self) -> Path:
        """The folder that paths of the recorded config are relative to."""
        return self.path.absolute().parent / str(self.certificate["folder"])


def read_certified(path: Path, verify_key: Path | None = None) -> Certified:
    """Read a model with its certificate.

    Args:
        path: the model.
        verify_key: public key of the required signature; None requires none.

    Raises:
        CalibrateError: the model or the key cannot be read, or the model has no certificate.
    """
    key = None if verify_key is None else read_public_key(verify_key)
    try:
        model = load_untrusted_model(path)
    except CalibrateError:
        # A changed byte of a shape or an axis can make the model unreadable.
        written = certificate_in_file(path)
        if written is None:
            raise
        return Certified(path, None, written, changed="graph or weights")
    try:
        certificate = certificate_of(model)
    except CalibrateError as error:
        raise CalibrateError(error.message, where=shown(path), hint=error.hint) from error
    if certificate is None:
        raise CalibrateError(
            "the model has no certificate",
            where=shown(path),
            hint="`calibrate run` writes one; `calibrate evaluate` measures any model",
        )
    changed = changed_part(model, certificate)
    if changed is None and surplus_bytes(path):
        changed = "weights file"
    if changed is None and key is not None and not is_file_signed_by(path, key):
        changed = "signature"
    return Certified(path, model, certificate, changed)


def certified_precision(certified: Certified) -> InferencePrecision:
    """Return the inference precision at certification; FP32 for older certificates."""
    deployment = certified.certificate.get("deployment", {})
    recorded = deployment.get("inference_precision", "f32")
    return cast("InferencePrecision", recorded)


def is_cross_fitted(certified: Certified) -> bool:
    """Return whether the certified run was cross-fitted."""
    return bool(certified.certificate["dataset"].get("folds", 1) > 1)


def recorded_value(certified: Certified, label: str, model: str) -> tuple[float, float | None]:
    """Return the certificate's value and drop on the acceptance images.

    In cross-fitting the written model's values are those of the search, on all images: the
    acceptance values may come from two models.
    """
    recorded = certified.certificate["metrics"].get(label)
    if recorded is None:
        raise CalibrateError(
            f"the certificate does not contain {label}",
            where=str(certified.path),
            hint=f"it contains {', '.join(certified.certificate['metrics'])}",
        )
    score = recorded[model]["search" if is_cross_fitted(certified) else "acceptance"]
    return float(score["value"]), score.get("drop")
