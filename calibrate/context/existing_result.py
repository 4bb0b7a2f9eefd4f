"""Find a result that already exists in the output folder, and decide whether to replace it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calibrate.config.digest import influence
from calibrate.config.resolved import Resolved
from calibrate.context.load_model import load_untrusted_model
from calibrate.context.load_source import digest_source, load_source
from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError
from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.model_files import surplus_bytes
from calibrate.store.run_journal import JOURNAL_NAME

_HINT = "choose another --output-dir, or overwrite it with --force"


@dataclass(frozen=True, slots=True)
class ExistingResult:
    """An existing result of the same run in the output folder.

    Attributes:
        passed: whether it is within budget.
        fallen_back: groups in FP32.
        content: digest in the certificate, which covers the whole result.
    """

    passed: bool
    fallen_back: int
    content: str = field(default="", compare=False)


def find_existing_result(
    path: Path, resolved: Resolved, progress: Progress, *, force: bool
) -> ExistingResult | None:
    """Return the result at `path`; None if there is none or `force` replaces it.

    Args:
        path: path of the .xml file to write.
        resolved: this run's config.
        progress: shows a note if the result is damaged.
        force: replace any existing file.

    Raises:
        CalibrateError: it is the result of another config or model, or not a result. A damaged file
            is written again if the folder has the journal of a run.
    """
    if force or not path.exists():
        return None
    try:
        model = load_untrusted_model(path)
        certificate = certificate_of(model)
    except CalibrateError as error:
        if (resolved.config.output.dir / "work" / JOURNAL_NAME).exists():
            progress.note(f"{path} is damaged ({error.message}); it is written again")
            return None
        raise CalibrateError(
            "this file is not a result of calibrate", where=str(path), hint=_HINT
        ) from error
    if certificate is None:
        raise CalibrateError("this model was not written by calibrate", where=str(path), hint=_HINT)
    load_source(resolved)  # a source that cannot be read is reported first
    if certificate["source"]["digest"] != digest_source(resolved.config.model):
        raise CalibrateError("there is the result of another model", where=str(path), hint=_HINT)
    changed = _changed(certificate["config"], resolved.document)
    if changed:
        raise CalibrateError(
            f"there is the result of another config, which differs in {', '.join(changed)}",
            where=str(path),
            hint=_HINT,
        )
    if certificate.get("config_digest") not in (None, resolved.digest):
        raise CalibrateError(
            "there is the result of another config, which differs in values of variables or in "
            "the code of components",
            where=str(path),
            hint=_HINT,
        )
    if not is_intact(model, certificate) or surplus_bytes(path):
        progress.note(f"{path} is not what was written any more; it is written again")
        return None
    return ExistingResult(
        certificate["verdict"]["passed"], len(certificate["not_int8"]), certificate["content"]
    )


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the sections that differ in values that can change a result."""
    earlier, current = influence(before), influence(json.loads(json.dumps(now)))
    keys = {*earlier, *current}
    return sorted(key for key in keys if earlier.get(key) != current.get(key))
