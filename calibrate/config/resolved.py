"""The resolved config, with components in place of names."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calibrate.config.schema import Dataset, DropType, RunConfig
from calibrate.core.component import Adapter, Decoder, Metric, Step


@dataclass(frozen=True, slots=True)
class JudgedMetric:
    """A metric with its budget.

    Attributes:
        metric: the component.
        max_drop: in the metric's unit for `absolute`, a share of the FP32 value for `relative`.
        drop_type: `absolute` or `relative`.
        reference: the published value of the FP32 model, or None.
        abs_threshold: how far FP32 may be from `reference`, or None.
    """

    metric: Metric
    max_drop: float
    drop_type: DropType
    reference: float | None = None
    abs_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A run config, complete and checked.

    Attributes:
        config: the typed sections; paths in it are anchored to their files.
        path: the YAML file.
        adapter: reads the dataset.
        calibration_adapter: reads the `calibration` section's samples, if there is one.
        steps: the preprocessing, in order.
        decoder: reads the outputs.
        metrics: with budgets, in the order of the file.
        digest: sha256 over values of the config that can change a result: not names, descriptions,
            the output folder, nor limits of time and memory. Paths count relative to the config's
            folder, so that a checkout elsewhere has the same digest; the contents of model and
            data have digests of their own.
        document: the whole as plain values with all defaults filled in, for reports; paths
            relative to the config's folder.
        given: the same without unset values. Resolved again, it is this config;
            `document` is not, since some defaults depend on which keys are given.
    """

    config: RunConfig
    path: Path
    adapter: Adapter
    steps: tuple[Step, ...]
    decoder: Decoder
    metrics: tuple[JudgedMetric, ...]
    digest: str
    document: dict[str, Any]
    given: dict[str, Any]
    calibration_adapter: Adapter | None = None

    def without_html(self) -> "Resolved":
        """Return the same config without the HTML report."""
        output = self.config.output
        reports = tuple(form for form in output.reports if form != "html")
        changed = output.model_copy(update={"reports": reports})
        entry = {"reports": list(reports)}
        return replace(
            self,
            config=self.config.model_copy(update={"output": changed}),
            document={**self.document, "output": {**self.document["output"], **entry}},
            given={**self.given, "output": {**self.given["output"], **entry}},
        )


@dataclass(frozen=True, slots=True)
class ResolvedDataset:
    """A dataset file by itself.

    Attributes:
        dataset: the typed section.
        path: the YAML file.
        adapter: reads it.
    """

    dataset: Dataset
    path: Path
    adapter: Adapter
