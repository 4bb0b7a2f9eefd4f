"""The report of a run: the record that every format is rendered from.

The JSON form is `report.json`, documented in docs/report.md and versioned by `version`: a field is
added without changing it; renaming, removing or redefining one raises it.
"""

from html import escape
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from calibrate.report.changes_section import Change, ClassSection, Confusion, Difference
from calibrate.report.facts import Record
from calibrate.report.model_section import DatasetFacts, ModelFacts
from calibrate.report.performance_section import DeploymentFacts, EnvironmentFacts, Performance
from calibrate.report.search_section import (
    CandidateFacts,
    CostFacts,
    GraphFacts,
    GroupFacts,
    PointFacts,
    PrecisionFacts,
    RangeFacts,
    RecipeFacts,
    WeightFacts,
)
from calibrate.report.verdict_section import BudgetFacts, MetricFacts, VerdictFacts

VERSION: Literal[2] = 2


class Report(Record):
    """A whole run."""

    version: Literal[2] = VERSION
    """Version of this record."""
    created: str
    """ISO 8601, UTC."""
    model: ModelFacts
    """The model."""
    dataset: DatasetFacts
    """The samples."""
    verdict: VerdictFacts
    """The verdict."""
    metrics: dict[str, MetricFacts]
    """Metrics by their labels."""
    performance: dict[str, Performance]
    """`fp32`, `int8`, `result`, and `float` where floating point is deployed as BF16 or FP16."""
    deployment: DeploymentFacts | None = None
    """How to run the result; None in reports of older versions."""
    precisions: dict[str, PrecisionFacts] = Field(default_factory=dict)
    """Precisions by name."""
    groups: tuple[GroupFacts, ...]
    """In network order."""
    recipes: tuple[RecipeFacts, ...]
    """In the order tried."""
    candidates: tuple[CandidateFacts, ...] = ()
    """Every judgement of a candidate, in the order of the run."""
    graph: GraphFacts | None = None
    """How data flows between the groups; None where it was not computed."""
    sensitivity_missing: str = ""
    """Why sensitivities were not measured, as a sentence; empty where they were."""
    sensitivity_note: str = ""
    """How sensitivities were measured that the search did not need, as a sentence; empty where it
    needed them, or where there are none."""
    front: tuple[PointFacts, ...]
    """Fastest first; empty where no layer had to fall back."""
    changes: tuple[Change, ...]
    """Images whose class changed, at most 200; answers lost first, then gained, then others."""
    changes_in_all: int | None = None
    """How many images changed; None where it was not counted."""
    differences: tuple[Difference, ...] = ()
    """For tasks other than one class an image: of the images whose outputs diverge most, those on
    which the predictions differ from FP32's; the greatest difference first."""
    classes: ClassSection | None = None
    """Class by class, before and after; None for tasks without classes."""
    confusion: Confusion | None = None
    """For classification of at most 20 classes."""
    ranges: tuple[RangeFacts, ...] = ()
    """Ranges of the most sensitive groups; empty where none was measured."""
    weights: tuple[WeightFacts, ...] = ()
    """Weights of the same groups."""
    labels: tuple[str, ...]
    """Class names, where the dataset has them."""
    notes: tuple[str, ...]
    """Remarks on the run, as sentences."""
    cost: CostFacts
    """Time, compilations, inferences."""
    environment: EnvironmentFacts
    """The machine and versions."""
    config: dict[str, object]
    """The resolved config."""
    config_given: dict[str, object] = Field(default_factory=dict)
    """The same without the keys that were left at their defaults."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Check that the entries that every format reads are present."""
        for label, facts in self.metrics.items():
            for name, scores in (
                ("fp32", facts.fp32),
                ("int8", facts.int8),
                ("result", facts.result),
            ):
                if set(scores) != {"search", "acceptance"}:
                    raise ValueError(f"metrics.{label}.{name} needs search and acceptance")
        if missing := {"fp32", "int8", "result"} - set(self.performance):
            raise ValueError(f"performance needs {', '.join(sorted(missing))}")
        if self.graph is not None and any(
            not 0 <= position < len(self.groups) for edge in self.graph.edges for position in edge
        ):
            raise ValueError("graph.edges holds positions in groups")
        return self

    def to_html(self) -> str:
        """Return the report as one self-contained HTML page."""
        from calibrate.report.formats.html import render_html  # noqa: PLC0415  # it reads this file

        return render_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, as `report.json` holds them."""
        return self.model_dump(mode="json")

    def __repr__(self) -> str:
        """Return one line: model, outcome, precisions and speed."""
        return (
            f"<Report {self.model.name}: {self.verdict.outcome}, {self.quantized_groups} of "
            f"{len(self.groups)} groups quantized, "
            f"{self.performance['result'].speedup:.2f} times as fast as FP32>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the page in a frame, for notebooks."""
        page = escape(self.to_html(), quote=True)
        return (
            f'<iframe title="Report of {escape(self.model.name, quote=True)}" srcdoc="{page}" '
            'sandbox="allow-scripts" width="100%" height="640"></iframe>'
        )

    @property
    def quantized_groups(self) -> int:
        """How many groups of the result run in INT8 or have weights of at most 8 bits."""
        kinds = {name: facts.weight_bits for name, facts in self.precisions.items()}
        # Reports without `precisions` know INT8 alone.
        floats = ("fp32", "bf16", "fp16")
        return sum(
            kinds.get(group.precision, 32 if group.precision in floats else 8) <= 8
            for group in self.groups
        )

    @property
    def is_quantized(self) -> bool:
        """Whether a group of the result has weights of at most 8 bits."""
        kinds = (self.precisions.get(group.precision) for group in self.groups)
        return any(kind is not None and kind.weight_bits <= 8 for kind in kinds)

    @property
    def budget(self) -> dict[str, BudgetFacts]:
        """The budget of each metric."""
        return {name: facts.budget for name, facts in self.metrics.items()}
