"""What a certificate has to hold, by type: whoever reads one relies on nothing else."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calibrate.core.text import shown
from calibrate.errors import CalibrateError

VERSION = 2
"""Raised when a field is renamed, removed or given another meaning."""

_HINT = "calibrate the model again"


_PathText = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=4096)]


class _Section(BaseModel):
    """A part of the certificate; fields that only reports know may stand beside these."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class _Source(_Section):
    name: str
    digest: str


class _Dataset(_Section):
    name: str
    digest: str
    acceptance: int
    search: int
    folds: int = 1


class _Verdict(_Section):
    summary: str
    passed: bool


class _Score(_Section):
    value: float
    drop: float | None = None
    estimate: float | None = None


class _Scores(_Section):
    acceptance: _Score
    search: _Score


class _Budget(_Section):
    absolute: float


class _Metric(_Section):
    unit: str
    fp32: _Scores
    result: _Scores
    budget: _Budget


class _Environment(_Section):
    cpu: str
    instruction_set: str
    openvino: str
    nncf: str
    calibrate: str


class _Model(_Section):
    path: _PathText


class _Config(_Section):
    model: _Model


class _Deployment(_Section):
    inference_precision: Literal["f32", "bf16", "f16"] = "f32"


class _Certificate(_Section):
    version: int
    source: _Source
    dataset: _Dataset
    verdict: _Verdict
    metrics: dict[str, _Metric]
    not_int8: dict[str, str]
    environment: _Environment
    deployment: _Deployment = _Deployment()
    config: _Config
    config_given: _Config | None = None
    config_digest: str | None = None
    folder: _PathText
    weights: str = Field(pattern="^[0-9a-f]{64}$")
    metadata: str = Field(pattern="^[0-9a-f]{64}$")
    content: str = Field(pattern="^[0-9a-f]{64}$")


def checked(content: object) -> dict[str, Any]:
    """The certificate itself, if every part has the type that readers rely on.

    Raises:
        CalibrateError: it is of another version, or a part is missing or of another type.
    """
    if not isinstance(content, dict):
        raise CalibrateError("the certificate is not what calibrate writes", hint=_HINT)
    try:
        # JSON can escape letters that no text and no path has.
        json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise CalibrateError(
            "the certificate is not what calibrate writes: it holds half a letter (a surrogate)",
            hint=_HINT,
        ) from error
    version = content.get("version")
    if version != VERSION:
        raise CalibrateError(
            f"the certificate is of version {shown(str(version)[:20])}, "
            f"and this calibrate reads version {VERSION}",
            hint=f"{_HINT}, or use the version of calibrate that wrote it",
        )
    try:
        _Certificate.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = shown(".".join(str(part) for part in first["loc"])[:120])
        raise CalibrateError(
            f"the certificate is not what calibrate writes: {place}: {shown(first['msg'])}",
            hint=_HINT,
        ) from error
    return content
