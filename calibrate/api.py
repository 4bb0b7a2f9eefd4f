"""The main job for scripts: `calibrate.run`."""

from collections.abc import Mapping
from pathlib import Path

from calibrate.commands.run import RunOptions
from calibrate.commands.run import run as run_pipeline
from calibrate.config.load import load_config, load_recorded
from calibrate.config.overrides import spell_override
from calibrate.config.resolved import Resolved
from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError
from calibrate.report.schema import Report


def run(
    config: Path | str | Mapping[str, object] | Resolved,
    overrides: Mapping[str, object] | None = None,
    *,
    progress: Progress | None = None,
    force: bool = False,
    wait: bool = False,
) -> Report:
    """Calibrate one model, as `calibrate run` does: the model and `report.json` are written.

    Args:
        config: the path of a YAML file; or what would stand in one, with paths relative to the
            current folder; or what `calibrate.load_config` has given.
        overrides: values by key, `{"budget.max_drop": 0.005}`; relative paths in them are relative
            to the config. Not for a config that is loaded already.
        progress: told what happens; nothing is printed by default.
        force: replace the result of another config or model, and a better one.
        wait: wait for another run in the same output folder instead of being refused.

    Returns:
        The report; whether the budget is met is `report.verdict.passed`.

    Raises:
        CalibrateError: the config, the input or the environment does not allow it. A budget that
            is missed is no error.
    """
    spelled = tuple(spell_override(key, _plain(value)) for key, value in (overrides or {}).items())
    if isinstance(config, Resolved):
        if spelled:
            raise CalibrateError(
                "the config is loaded already", "overrides", "give them to load_config"
            )
        resolved = config
    elif isinstance(config, Mapping):
        resolved = load_recorded(config, Path.cwd(), shown="the config", overrides=spelled)
    else:
        resolved = load_config(Path(config), overrides=spelled)
    return run_pipeline(resolved, progress, conduct=RunOptions(force, wait))


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
