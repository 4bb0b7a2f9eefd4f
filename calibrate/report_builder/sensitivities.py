"""Measure sensitivities for the report alone, where the search ended without them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from calibrate.core.costs import Spent
from calibrate.core.evaluator import FIRST_IMAGES, Evaluator
from calibrate.core.precision import FP32, Candidate, Group
from calibrate.core.stage import FLOOR, Stage
from calibrate.report_builder.outcome import ReportSensitivities
from calibrate.search.group_testing import measure_in_sets, most_measurements
from calibrate.search.sensitivity import Sensitivities, Whole, measure_damages, most_divergent
from calibrate.search.variant_store import VariantStore

SECONDS = 30.0
"""Longest time that the measurements may take; the model is written by then."""

_LEAST_SECONDS = 5.0
_FLOOR_SHARE = 0.25
"""Share of the floor, the passes that every run needs, that the measurements may take."""

_FEWEST = 8
"""Fewer measurements of sets of groups say little."""

_EXPIRED = "Time ran out before the sensitivity of any group was measured."
_TOO_LONG = (
    "The search did not need the sensitivities, since it ended before layers had to fall back, "
    "and to measure them for this report alone would take more than a quarter of the time that "
    f"any run of this model needs, or more than {SECONDS:.0f} seconds; "
    "`calibrate analyze {}` measures them."
)


def allowed_seconds(floor: float) -> float:
    """Return the seconds that the measurements may take after a run.

    Args:
        floor: seconds of the passes that every run needs.
    """
    return min(SECONDS, max(_LEAST_SECONDS, _FLOOR_SHARE * floor))


def affordable(groups: int, each: float, seconds: float) -> int:
    """Return how many measurements fit into a time; fewer than `groups` are of sets of groups.

    Args:
        groups: number of groups of the model, each at one precision.
        each: seconds of a measurement.
        seconds: seconds that the measurements may take.

    Returns:
        0 where so few fit that they say little.
    """
    wanted = min(groups, most_measurements(groups))
    fitting = int(seconds / each) if each > 0 else wanted
    return min(wanted, fitting) if fitting >= min(wanted, _FEWEST) else 0


def measurement_cost(images: int) -> Spent:
    """Return the compilations and inferences of one measurement of `report_sensitivities`.

    Args:
        images: search images.
    """
    return Spent.evaluations(1, min(FIRST_IMAGES, images))


def report_sensitivities(store: VariantStore) -> ReportSensitivities:
    """Return the sensitivity of each group at the precision that was tried first.

    They were not needed for the choice and do not change it. A few search images are used, those
    on which the whole model diverges most. Where the time does not suffice for each group alone,
    sets of groups are measured.

    Returns:
        By the group's name; empty where the search has measured them, where nothing is quantized,
        or where the time does not suffice for sets either.
    """
    context = store.context
    groups = tuple(replace(group, precisions=(group.precisions[0], FP32)) for group in store.groups)
    quantized = [g for g in groups if not g.precisions[0].is_float]
    if store.measured.damages or not quantized:
        return ReportSensitivities()
    if store.expired():
        return ReportSensitivities(missing=_EXPIRED)
    whole = Candidate(tuple(group.precisions[0] for group in groups))
    order = context.data.search
    costs = context.costs
    seconds = allowed_seconds(sum(costs.so_far(stage).seconds for stage in FLOOR))
    with costs.stage(Stage.REPORT_SENSITIVITIES):
        context.progress.stage("Measuring each group for the report", len(groups))
        divergences = store.evaluator.observe(whole, order).divergences(order)
        evaluator = store.group_evaluator()
        begun = costs.so_far(Stage.REPORT_SENSITIVITIES).seconds
        try:
            measured, in_sets = _measure(
                evaluator,
                groups,
                most_divergent(order, divergences, FIRST_IMAGES),
                _Allowance(
                    seconds,
                    lambda: costs.so_far(Stage.REPORT_SENSITIVITIES).seconds - begun,
                    context.progress.advance,
                ),
            )
        finally:
            evaluator.close()
    by_group = {groups[index].name: sensitivity for (index, _), sensitivity in measured.items()}
    if not by_group:
        return ReportSensitivities(missing=_TOO_LONG.format(context.resolved.path.name))
    return ReportSensitivities(by_group, in_sets)


@dataclass(slots=True)
class _Allowance:
    """The time that the measurements may take, and the time that they took so far.

    Attributes:
        seconds: seconds that the measurements may take.
        spent: returns the seconds so far; recorded ones of an earlier run count as they were, so
            that a resumed run measures the same.
        advance: called after each measurement.
        measurements: so far.
    """

    seconds: float
    spent: Callable[[], float]
    advance: Callable[[], None]
    measurements: int = 0

    def count(self) -> None:
        """Count a measurement."""
        self.measurements += 1
        self.advance()

    def fits(self, groups: int) -> int:
        """Return how many measurements fit at the pace so far; see `affordable`."""
        return affordable(groups, self.spent() / max(1, self.measurements), self.seconds)


def _measure(
    evaluator: Evaluator, groups: Sequence[Group], whole: Whole, allowance: _Allowance
) -> tuple[Sensitivities, bool]:
    """Measure groups alone, as long as all of them fit into the time; else sets of them.

    Returns:
        The sensitivities, and whether they are of sets.
    """

    def too_slow() -> bool:
        return allowance.measurements > 0 and allowance.fits(len(groups)) < len(groups)

    alone = measure_damages(evaluator, groups, whole, advance=allowance.count, expired=too_slow)
    if len(alone) == len(groups):
        return alone, False
    most = allowance.fits(len(groups))
    if not most:
        return {}, False
    return measure_in_sets(evaluator, groups, whole, most=most, advance=allowance.advance), True
