"""The results of a run that its report is built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from calibrate.context.blind_metrics import blind_metrics
from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.context.footprints import Footprint
from calibrate.core.evaluator import Sensitivity
from calibrate.report.changes_section import Difference
from calibrate.report.search_section import RangeFacts, WeightFacts
from calibrate.runtime.profiling import Executed
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.timed_answer import TimedAnswer


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The results of a run's search.

    Attributes:
        mixed_precision_search: the search of the first fold, with its measurements.
        timed: the answer, and the times of all models.
        executed: nodes of the answer that the plugin runs.
        source_digest: sha256 of the source model's files.
        created: ISO 8601, UTC.
        opened: the model to write, with the source's open dimensions.
    """

    mixed_precision_search: MixedPrecisionSearch
    timed: TimedAnswer
    executed: tuple[Executed, ...]
    source_digest: str
    created: str
    opened: OpenedModel

    @property
    def answer(self) -> AcceptanceRound:
        """The acceptance round of the written model."""
        return self.timed.answer

    @property
    def looks(self) -> tuple[AcceptanceRound, ...]:
        """Every acceptance round, in order."""
        return self.timed.rounds

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the reader of the report."""
        search = self.mixed_precision_search
        left_out = search.recipe_search.left_out.values()
        crossed = (self._cross_fitted,) if self._cross_fitted else ()
        context = self.mixed_precision_search.context
        blind = blind_metrics(
            context.resolved.metrics,
            context.baseline.reference.predictions,
            context.data.tensors.facts,
        )
        return (*self.timed.notes, *left_out, *crossed, *blind)

    @property
    def _cross_fitted(self) -> str:
        """Note on a fine-tuned answer, if each fold has a separate model; empty otherwise."""
        by_fold = self.mixed_precision_search.variant_store.by_fold
        if not set(by_fold) & set(self.answer.candidate):
            return ""
        return (
            "Each half of the samples judged a model that was fine-tuned on the other half. The "
            "model that was fine-tuned on the first half is written."
        )


@dataclass(frozen=True, slots=True)
class ReportSensitivities:
    """Sensitivities that are measured for the report alone.

    Attributes:
        by_group: sensitivities by the name of the group; empty where none was measured.
        in_sets: whether sets of groups were measured, which share their divergence equally.
        missing: why none was measured though there are quantized groups; empty otherwise, also
            where the search has measured them.
    """

    by_group: Mapping[str, Sensitivity] = field(default_factory=dict)
    in_sets: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ReportParts:
    """Sections that are measured once the model is written.

    Attributes:
        footprints: footprints of `fp32`, `int8`, `result`.
        differences: where the answer's predictions differ from FP32's.
        ranges: how calibrated ranges fit the values observed later, and the weights.
        layer_errors: error of each group's INT8 layers by itself, by the group's name.
        sensitivities: sensitivities of groups whose sensitivity the search did not need.
    """

    footprints: Callable[[], Mapping[str, Footprint]]
    differences: Callable[[], tuple[Difference, ...]]
    ranges: Callable[[], tuple[tuple[RangeFacts, ...], tuple[WeightFacts, ...]]]
    layer_errors: Callable[[], Mapping[str, float]]
    sensitivities: Callable[[], ReportSensitivities]
