"""Callbacks that send the result of a run to a tracker: `calibrate.run(..., callbacks=[...])`."""

from collections.abc import Callable
from typing import Any

from calibrate.report.schema import Report


def tracked_values(report: Report) -> dict[str, float]:
    """Return the numbers that trackers get: metrics, drops, speed and size.

    Names contain only letters, digits, `_`, `-`, `.`, `/` and spaces, as MLflow requires.
    """
    values: dict[str, float] = {}
    for label, facts in report.metrics.items():
        name = "".join(letter if letter.isalnum() or letter in "_-./ " else "_" for letter in label)
        result = facts.result["acceptance"]
        values[f"{name}/fp32"] = facts.fp32["acceptance"].value
        values[f"{name}/result"] = result.value
        if result.drop is not None:
            values[f"{name}/drop"] = result.drop
    fast = report.performance["result"]
    values["speedup"], values["latency_ms"] = fast.speedup, fast.latency_ms
    if fast.file_bytes is not None:
        values["file_bytes"] = float(fast.file_bytes)
    return values


def to_mlflow(**run: Any) -> Callable[[Report], None]:  # noqa: ANN401  # MLflow's own arguments
    """Return a callback that logs a run of MLflow: metrics, tags, report and model.

    Args:
        run: arguments of `mlflow.start_run`; the model's name is the run's name by default.
    """

    def log(report: Report) -> None:
        import mlflow  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # not ours

        with mlflow.start_run(**{"run_name": report.model.name, **run}):
            mlflow.log_metrics(tracked_values(report))
            mlflow.set_tags({"outcome": report.verdict.outcome, "dataset": report.dataset.name})
            mlflow.log_dict(report.to_dict(), "report.json")
            mlflow.log_text(report.to_html(), "report.html")
            if report.model.written is not None:
                mlflow.log_artifact(report.model.written, "model")
                mlflow.log_artifact(report.model.written.removesuffix(".xml") + ".bin", "model")

    return log


def to_wandb(**run: Any) -> Callable[[Report], None]:  # noqa: ANN401  # wandb's own arguments
    """Return a callback that logs a run of Weights & Biases: values, config and the page.

    Args:
        run: arguments of `wandb.init`; the model's name is the run's name by default.
    """

    def log(report: Report) -> None:
        import wandb  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # not ours

        with wandb.init(**{"name": report.model.name, "config": report.config, **run}) as tracked:
            tracked.log({**tracked_values(report), "report": wandb.Html(report.to_html())})
            tracked.summary["outcome"] = report.verdict.outcome

    return log
