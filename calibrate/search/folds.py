"""The searches of all folds, as the loop uses them: they share models and judge together."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.core.costs import Spent
from calibrate.core.precision import Candidate
from calibrate.core.stage import Stage
from calibrate.search.acceptance import AcceptanceRound, judge_on_acceptance
from calibrate.search.front_walk import DropTarget
from calibrate.search.measure_groups import could_be_faster
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal


@dataclass(frozen=True, slots=True)
class Folds:
    """See `search.loop.FoldSearches`.

    Attributes:
        searches: one per fold, over the same variant store.
    """

    searches: Sequence[MixedPrecisionSearch]

    def budgets(self) -> Sequence[tuple[float, ...]]:
        """See `FoldSearches.budgets`."""
        return [search.scores.budgets(search.fold.search) for search in self.searches]

    def propose(self, targets: Sequence[DropTarget]) -> list[Proposal]:
        """See `FoldSearches.propose`."""
        return [
            search.propose(target) for search, target in zip(self.searches, targets, strict=True)
        ]

    def judge(self, proposals: Sequence[Proposal]) -> AcceptanceRound:
        """See `FoldSearches.judge`."""
        with self.searches[0].context.costs.stage(Stage.ACCEPTANCE):
            return judge_on_acceptance(self.searches, proposals)

    def is_fastest(self, candidate: Candidate) -> bool:
        """See `FoldSearches.is_fastest`."""
        store = self.searches[0].variant_store
        return store.is_quantized(candidate) and not could_be_faster(store, candidate)

    def expired(self) -> bool:
        """See `FoldSearches.expired`."""
        return self.searches[0].variant_store.expired()

    def note(self, text: str) -> None:
        """See `FoldSearches.note`."""
        self.searches[0].context.progress.note(text)


def acceptance_cost(images: int, folds: int) -> Spent:
    """Return the compilations and inferences of a round on this CPU.

    In cross-fitting, the search has observed its proposals on every image.

    Args:
        images: number of images of the acceptance set.
        folds: number of folds of cross-fitting; 1 without.
    """
    return Spent() if folds > 1 else Spent.evaluations(1, images)


def target_cost(images: int, folds: int) -> Spent:
    """Return the compilations and inferences of a round for one further CPU."""
    return Spent(0.0, folds, images)
