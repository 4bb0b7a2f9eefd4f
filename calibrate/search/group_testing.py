"""Sensitivities of many groups from few measurements: sets of groups, split where damage shows.

Where few groups are sensitive, most measurements of single groups find nothing. Here a whole set of
groups is quantized together. A set that hardly diverges is done; the most damaging set is split
into halves, and so on, until every set is a single group or negligible, or the limit is reached:
20 + 4 log2(groups) measurements. The groups of a set that was not split share its divergence
equally.

Source: R. Dorfman, The Detection of Defective Members of Large Populations, Annals of Mathematical
Statistics, 1943; halves as in F. K. Hwang, A Method for Detecting All Defective Members in a
Population by Group Testing, JASA, 1972.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, hypot, log2

from calibrate.core.evaluator import Evaluator, Sensitivity
from calibrate.core.precision import FP32, Candidate, Group, Precision
from calibrate.search.sensitivity import (
    SUFFICIENT_ERROR,
    Sensitivities,
    Whole,
    is_known,
    measure_damages,
    relative,
)

_NEGLIGIBLE = 0.1
"""Sets whose groups have on average less than this part of an equal share are not split."""

_NOT_ADDITIVE = 0.1
"""By how much of a part's divergence a sum of two may be wrong."""


@dataclass(frozen=True, slots=True)
class _Tested:
    """Groups quantized together.

    Attributes:
        members: indices of the groups, ascending.
        sensitivity: sensitivity of all of them together.
        measured: whether it was measured, or is the difference of two that were.
    """

    members: tuple[int, ...]
    sensitivity: Sensitivity
    measured: bool = True


def most_measurements(groups: int) -> int:
    """Return the limit of measurements for one precision of so many groups."""
    return 20 + ceil(4 * log2(max(1, groups)))


def count_measurements(groups: Sequence[Group]) -> int:
    """Return the largest number of measurements that `measure_sensitivities` makes."""
    offers = Counter(p for group in groups for p in group.precisions if p != FP32)
    return sum(min(offered, most_measurements(len(groups))) for offered in offers.values())


def measure_sensitivities(
    evaluator: Evaluator,
    groups: Sequence[Group],
    whole: Whole,
    *,
    advance: Callable[[], None] = lambda: None,
    expired: Callable[[], bool] = lambda: False,
) -> Sensitivities:
    """Measure the sensitivity of each group at each precision, alone or in sets.

    Each precision that more groups have than `most_measurements` is measured in sets; see
    `measure_damages` for the others, and for the arguments.
    """
    limit = most_measurements(len(groups))
    offers = Counter(p for group in groups for p in group.precisions if p != FP32)
    in_sets = [precision for precision, offered in offers.items() if offered > limit]
    sensitivities: Sensitivities = {}
    for precision in in_sets:
        sets = _Sets(evaluator, groups, precision, whole, limit, advance, expired)
        sensitivities |= sets.measure()
    singly = [precision for precision in offers if precision not in in_sets]
    return sensitivities | measure_damages(
        evaluator, groups, whole, precisions=singly, advance=advance, expired=expired
    )


def measure_in_sets(
    evaluator: Evaluator,
    groups: Sequence[Group],
    whole: Whole,
    *,
    most: int,
    advance: Callable[[], None] = lambda: None,
) -> Sensitivities:
    """Measure the sensitivity of sets of groups; the groups of a set share it equally.

    Args:
        evaluator: measures candidates.
        groups: groups in network order.
        whole: the images, and the whole model's divergence on them.
        most: measurements of each precision.
        advance: called after each measurement.
    """
    sensitivities: Sensitivities = {}
    for precision in dict.fromkeys(p for group in groups for p in group.precisions if p != FP32):
        sensitivities |= _Sets(evaluator, groups, precision, whole, most, advance).measure()
    return sensitivities


@dataclass(frozen=True, slots=True)
class _Sets:
    """Measures sets of groups at one precision; all other groups are in FP32."""

    evaluator: Evaluator
    groups: Sequence[Group]
    precision: Precision
    whole: Whole
    most: int
    advance: Callable[[], None]
    expired: Callable[[], bool] = lambda: False

    def measure(self) -> Sensitivities:
        """Return the sensitivity of each group that has the precision.

        Returns:
            Nothing if time is up before the first measurement.
        """
        if self.expired():
            return {}
        members = tuple(
            i for i, group in enumerate(self.groups) if self.precision in group.precisions
        )
        tested = [self._test(members)]
        left = self.most - 1
        while not self.expired():
            worst = max(filter(self._is_open, tested), key=_damage, default=None)
            if worst is None or left < 2:
                break
            halves = self._split(worst)
            left -= sum(half.measured for half in halves)
            tested.remove(worst)
            tested += halves
        return {
            (member, self.precision): _equal_share(result)
            for result in tested
            for member in result.members
        }

    def _split(self, parent: _Tested) -> tuple[_Tested, _Tested]:
        """Measure the first half; the second one too unless the difference is precise enough."""
        middle = len(parent.members) // 2
        first, second = parent.members[:middle], parent.members[middle:]
        tested = self._test(first)
        rest = _rest(parent.sensitivity, tested.sensitivity)
        is_small = rest.mean + 2 * rest.error < _NEGLIGIBLE * self._share * len(second)
        if is_small or rest.error < SUFFICIENT_ERROR * rest.mean:
            return tested, _Tested(second, rest, measured=False)
        return tested, self._test(second)

    def _test(self, members: tuple[int, ...]) -> _Tested:
        # The next candidate depends on this measurement, so none can be named as upcoming.
        share = self._share * len(members)
        divergences = self.evaluator.divergence(
            self._candidate(members),
            self.whole.indices,
            lambda values: is_known(relative(values, self.whole), share),
            (),
        )
        self.advance()
        return _Tested(members, relative(divergences, self.whole))

    def _candidate(self, members: Sequence[int]) -> Candidate:
        chosen = set(members)
        return Candidate(
            tuple(self.precision if i in chosen else FP32 for i in range(len(self.groups)))
        )

    @property
    def _share(self) -> float:
        return self.whole.total / len(self.groups)

    def _is_open(self, tested: _Tested) -> bool:
        """Whether splitting a set can change the sensitivities of its groups noticeably."""
        count = len(tested.members)
        return count > 1 and _damage(tested) > _NEGLIGIBLE * self._share * count


def _damage(tested: _Tested) -> float:
    return tested.sensitivity.mean


def _rest(whole: Sensitivity, part: Sensitivity) -> Sensitivity:
    """Return a set's sensitivity less that of a part of its groups."""
    error = hypot(whole.error, part.error, _NOT_ADDITIVE * part.mean)
    return Sensitivity(max(0.0, whole.mean - part.mean), error, min(whole.images, part.images))


def _equal_share(tested: _Tested) -> Sensitivity:
    """Return a member's share; in a set of several, its error is at least the share itself."""
    count, result = len(tested.members), tested.sensitivity
    if count == 1:
        return result
    return Sensitivity(result.mean / count, max(result.error, result.mean) / count, result.images)
