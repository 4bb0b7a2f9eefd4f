"""Verify a model file: read its certificate, find its config, measure it again."""

from dataclasses import dataclass
from pathlib import Path

from calibrate.commands.certified_model import Certified, read_certified
from calibrate.commands.verify import not_intact, verify
from calibrate.config.load import load_config, load_recorded
from calibrate.config.overrides import spell_override
from calibrate.config.resolved import Resolved
from calibrate.core.costs import Costs
from calibrate.core.progress import Progress
from calibrate.core.temporary import temporary_folder
from calibrate.report.commands.verify import VerifyReport
from calibrate.runtime.inference_precision import InferencePrecision


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Options of the verification.

    Attributes:
        config: config to use instead of the recorded one.
        overrides: `key.path=value` each.
        max_drop: another budget, absolute.
        inference_precision: type of floating-point operations; the certified one by default.
        allow_plugins: execute Python files that a given config names.
        recorded_plugins: execute Python files that the certificate names.
        verify_key: public key that has to have signed the certificate.
    """

    config: Path | None = None
    overrides: tuple[str, ...] = ()
    max_drop: float | None = None
    inference_precision: InferencePrecision | None = None
    allow_plugins: bool = True
    recorded_plugins: bool = False
    verify_key: Path | None = None


def verify_file(model: Path, options: VerifyOptions, progress: Progress) -> VerifyReport:
    """Check that a model is unchanged since certification and keeps its budget on this CPU.

    Nothing is written beside the model: its folder may be read-only.

    Args:
        model: the certified IR.
        options: config, budget, keys.
        progress: reports the stages.

    Raises:
        CalibrateError: the model has no certificate, or its config or data cannot be read.
    """
    certified = read_certified(model, options.verify_key)
    if certified.changed is not None:
        return not_intact(certified)
    with temporary_folder() as folder:
        resolved = _resolved(certified, options, folder)
        return verify(
            certified,
            resolved,
            max_drop=options.max_drop,
            inference_precision=options.inference_precision,
            progress=progress,
            costs=Costs(lambda: 0.0),
        )


def _resolved(certified: Certified, options: VerifyOptions, folder: Path) -> Resolved:
    """Load the given config or the recorded one; the verified model replaces a missing source."""
    overrides = (_path_override("output.dir", folder), *options.overrides)
    if options.config is not None:
        return load_config(options.config, overrides=overrides, allow_plugins=options.allow_plugins)
    # Models of an earlier version have only the config with all defaults.
    recorded = certified.certificate.get("config_given") or certified.certificate["config"]
    # Samples that set the ranges are not needed to judge the model.
    content = {key: value for key, value in recorded.items() if key != "calibration"}
    named = any(text.startswith("model.path=") for text in overrides)
    if not named and not (certified.folder / content["model"]["path"]).exists():
        overrides = (*overrides, _path_override("model.path", certified.path.absolute()))
    return load_recorded(
        content,
        certified.folder,
        shown=f"{certified.path} (recorded config)",
        overrides=overrides,
        allow_plugins=options.allow_plugins and options.recorded_plugins,
    )


def _path_override(key: str, path: Path) -> str:
    return spell_override(key, str(path))
