"""The Python API of the commands: `calibrate.run`, `check`, `evaluate`, ..."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

import openvino as ov

from calibrate.commands import analyze as analyze_command
from calibrate.commands import benchmark as benchmark_command
from calibrate.commands import check as check_command
from calibrate.commands import evaluate as evaluate_command
from calibrate.commands.from_python.function_metric import SampleMetric, ValidationFunction
from calibrate.commands.from_python.resolve import PythonRun, resolve_python
from calibrate.commands.run import run as run_pipeline
from calibrate.commands.run_options import RunOptions
from calibrate.commands.verify_file import VerifyOptions, verify_file
from calibrate.config.load import load_config, load_recorded
from calibrate.config.overrides import spell_override
from calibrate.config.resolved import Resolved
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress, Progress
from calibrate.errors import CalibrateError
from calibrate.report.commands.analyze import AnalyzeReport
from calibrate.report.commands.benchmark import BenchmarkReport
from calibrate.report.commands.check import CheckReport
from calibrate.report.commands.evaluate import EvaluateReport, Which
from calibrate.report.commands.verify import VerifyReport
from calibrate.report.schema import Report
from calibrate.runtime.benchmark import Settings

Config = Path | str | Mapping[str, object] | Resolved
Overrides = Mapping[str, object]
Callback = Callable[[Report], object]

_CONFIG_SUFFIXES = (".yaml", ".yml")


@overload
def run(
    config: Config,
    overrides: Overrides | None = None,
    *,
    progress: Progress | None = None,
    force: bool = False,
    wait: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Report: ...


@overload
def run(
    model: Path | str | ov.Model | object,
    data: Iterable[object],
    metric: str | Mapping[str, Any] | SampleMetric | None = None,
    *,
    validation_fn: ValidationFunction | None = None,
    decoder: str | Mapping[str, Any] | None = None,
    max_drop: float = 0.01,
    drop_type: Literal["absolute", "relative"] = "absolute",
    batched: bool | None = None,
    output_dir: Path | str = "calibrate-out",
    config: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    force: bool = False,
    wait: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Report: ...


def run(  # type: ignore[misc]  # noqa: PLR0913  # the union of the two forms above
    source: Any,
    data: Any = None,
    metric: Any = None,
    *,
    progress: Progress | None = None,
    force: bool = False,
    wait: bool = False,
    callbacks: Sequence[Callback] = (),
    **options: Any,
) -> Report:
    """Calibrate one model, as `calibrate run` does: the model and `report.json` are written.

    Two forms. `run(config, overrides)`: a config as a YAML file, a mapping of its content, or the
    result of `calibrate.load_config`; `overrides` are values by key,
    `{"budget.max_drop": 0.005}`. `run(model, data, metric, max_drop=...)`: a model (a path, an
    `ov.Model`, a `torch.nn.Module`), any iterable of samples or batches, and a metric: a name, a
    mapping as in a config, or a function of outputs and target; with `validation_fn` a function in
    the form of NNCF's accuracy control.

    Args:
        source: the config or the model.
        data: overrides, or the samples.
        metric: of the second form.
        progress: reports the stages; nothing is printed by default.
        force: replace the result of another config or model, and a better one.
        wait: wait for another run in the same output folder instead of being refused.
        callbacks: called with the report, in order, after everything is written.
        options: of the second form: `validation_fn`, `decoder`, `max_drop`, `drop_type`, `batched`,
            `output_dir`, `config` (further sections).

    Returns:
        The report; whether the budget is met is `report.verdict.passed`.

    Raises:
        CalibrateError: the config, the input or the environment does not allow it. A budget that
            is missed is no error.
    """
    if _is_config(source):
        if options or metric is not None:
            names = ", ".join(sorted(options)) or "metric"
            raise CalibrateError(f"{names} is given in the config", "calibrate.run")
        resolved = _resolved(source, data)
    else:
        options["output_dir"] = Path(options.get("output_dir", "calibrate-out"))
        options["config"] = options.get("config") or {}
        resolved = resolve_python(source, data, PythonRun(metric=metric, **options))
    report = run_pipeline(resolved, progress, conduct=RunOptions(force, wait))
    for callback in callbacks:
        callback(report)
    return report


def check(config: Config, overrides: Overrides | None = None) -> CheckReport:
    """Validate a config and take two samples through the whole chain, as `calibrate check` does."""
    return check_command.check(_resolved(config, overrides))


def analyze(
    config: Config, overrides: Overrides | None = None, *, progress: Progress | None = None
) -> AnalyzeReport:
    """Measure each layer's cost in accuracy and saving in time, as `calibrate analyze` does."""
    return analyze_command.analyze(_resolved(config, overrides), progress or NoProgress())


def evaluate(
    config: Config,
    models: Sequence[Path | str],
    which: Which = "all",
    *,
    overrides: Overrides | None = None,
    progress: Progress | None = None,
) -> EvaluateReport:
    """Measure metrics of several models, as `calibrate evaluate` does.

    Args:
        config: how to read the data and evaluate the outputs.
        models: files; the first one is the reference of drops and divergence.
        which: all samples, or one of the sets that a run with this config uses.
        overrides: values by key.
        progress: reports the stages.
    """
    return evaluate_command.evaluate(
        _resolved(config, overrides),
        [Path(model) for model in models],
        which,
        progress or NoProgress(),
        Costs(time.monotonic),
    )


def benchmark(
    models: Sequence[Path | str], *, seconds: float = 10.0, progress: Progress | None = None
) -> BenchmarkReport:
    """Measure latency, throughput, file size and memory, as `calibrate benchmark` does.

    Args:
        models: files; ratios are against the first one.
        seconds: approximate duration of the timing.
        progress: reports the stages.
    """
    return benchmark_command.benchmark(
        [Path(model) for model in models],
        benchmark_command.BenchmarkOptions(seconds, Settings(), layers=False),
        progress or NoProgress(),
        Costs(time.monotonic),
    )


def verify(
    model: Path | str,
    config: Path | str | None = None,
    *,
    overrides: Overrides | None = None,
    max_drop: float | None = None,
    allow_plugins: bool = False,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check, as `calibrate verify`, whether a certified model is intact and keeps its budget.

    Args:
        model: the IR that `run` wrote.
        config: a YAML file to use instead of the recorded config.
        overrides: values by key, for instance another dataset.
        max_drop: another budget, absolute.
        allow_plugins: execute Python files that the model's certificate names.
        progress: reports the stages.

    Returns:
        The measurements; whether the promise holds is `passed`.

    Raises:
        CalibrateError: the model has no certificate, or its config or data cannot be read.
    """
    options = VerifyOptions(
        config=None if config is None else Path(config),
        overrides=_spelled(overrides),
        max_drop=max_drop,
        recorded_plugins=allow_plugins,
    )
    return verify_file(Path(model), options, progress or NoProgress())


def _is_config(source: object) -> bool:
    if isinstance(source, Resolved | Mapping):
        return True
    return isinstance(source, str | Path) and Path(source).suffix.lower() in _CONFIG_SUFFIXES


def _resolved(config: Config, overrides: Overrides | None) -> Resolved:
    spelled = _spelled(overrides)
    if isinstance(config, Resolved):
        if spelled:
            raise CalibrateError(
                "the config is loaded already", "overrides", "give them to load_config"
            )
        return config
    if isinstance(config, Mapping):
        return load_recorded(config, Path.cwd(), shown="the config", overrides=spelled)
    return load_config(Path(config), overrides=spelled)


def _spelled(overrides: Overrides | None) -> tuple[str, ...]:
    return tuple(spell_override(key, _plain(value)) for key, value in (overrides or {}).items())


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
