"""The certificate: the part of a report that is embedded in the model to inspect and verify it."""

import os
from pathlib import Path
from typing import Any

from calibrate.core.precision import FLOAT_NAMES
from calibrate.models.certificate_schema import VERSION
from calibrate.report.schema import Report


def certificate(report: Report, folder: Path) -> dict[str, Any]:
    """Build the facts embedded in the IR; timings and the date are only in the report.

    Without them the model is the same, byte for byte, whenever the same run is made again.

    Args:
        report: report of the run, with the path that is written.
        folder: folder of the config, recorded relative to the model, so that `calibrate verify`
            finds the images again if both were moved together.
    """
    written = Path(report.model.written or ".").absolute().parent
    return {
        "version": VERSION,
        "source": {"name": report.model.name, "digest": report.model.digest},
        "dataset": report.dataset.model_dump(exclude={"skipped"}),
        "verdict": report.verdict.model_dump(mode="json"),
        "metrics": {
            label: facts.model_dump(mode="json") for label, facts in report.metrics.items()
        },
        "not_int8": {
            group.name: group.reason for group in report.groups if group.precision in FLOAT_NAMES
        },
        "deployment": {
            "inference_precision": report.deployment.inference_precision
            if report.deployment
            else "f32"
        },
        "environment": report.environment.model_dump(mode="json"),
        # The location of the model is not part of its identity.
        "config": {**report.config, "output": {"dir": "."}},
        # Some defaults depend on which keys are given: a split of few samples, for one.
        "config_given": {**report.config_given, "output": {"dir": "."}},
        "folder": os.path.relpath(folder.absolute(), written),
    }
