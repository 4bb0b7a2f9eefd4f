"""Find the answer: a recipe, and a precision for every group, expected within budget."""

from dataclasses import dataclass, field, replace
from math import ceil, log2

from calibrate.context.dataset import Fold
from calibrate.context.run_context import RunContext, calibrated_probabilities
from calibrate.context.scores import Scores
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.search.candidate_line import candidate_line
from calibrate.search.drop_model import DropModel, fit_drop_model
from calibrate.search.front_walk import DropTarget, best, next_point, use
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.variant_store import VariantStore
from calibrate.search.warm_start import WarmStart
from calibrate.stats.drop_estimator import Slope


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate that the search expects within the target.

    Attributes:
        candidate: the precisions.
        trial: what the search images said; None for FP32, which is its own reference.
        expected_use: share of the target that it is expected to use.
    """

    candidate: Candidate
    trial: Trial | None
    expected_use: float


@dataclass(slots=True)
class MixedPrecisionSearch:
    """The search on one fold's search images; what it learned stays with it between proposals.

    Attributes:
        variant_store: makes and measures what needs no labels.
        recipe_search: recipes, which need none either.
        fold: whose search images, and their labels, may be looked at.
        first: an earlier run's choice, tried before anything is searched.
        trials: candidates tried, in order.
        order: of the fold's search images; at random, since races need that.
        others: search images of other folds, whose labels are not looked at.
        scores: what FP32 scored, and what it is to be believed by these images' labels.
    """

    variant_store: VariantStore
    recipe_search: RecipeSearch
    fold: Fold
    first: WarmStart | None = None
    trials: list[Trial] = field(default_factory=list)
    order: tuple[int, ...] = field(init=False)
    others: tuple[int, ...] = field(init=False)
    scores: Scores = field(init=False)

    def __post_init__(self) -> None:
        """Draw the order, and fit the beliefs."""
        seed = self.context.resolved.config.dataset.subsample_seed
        self.order = self.context.images.in_random_order(self.fold.search, seed)
        own = set(self.fold.search)
        self.others = tuple(i for i in self.context.images.search if i not in own)
        self.scores = replace(
            self.context.scores,
            beliefs=calibrated_probabilities(self.context.reference, self.fold.search),
        )

    @property
    def context(self) -> RunContext:
        """The FP32 side."""
        return self.variant_store.context

    def propose(self, target: DropTarget) -> Proposal:
        """The cheapest candidate that is expected within the target.

        Plain INT8 if it will do; else the best recipe with every group in INT8 if that will do;
        else as few groups in FP32 as the budget allows, weighed by what each buys. Where groups may
        run at several precisions, what will do need not be the cheapest, and groups are measured.
        """
        variant_store = self.variant_store
        if not self.trials:
            self._tried(variant_store.plain)
        within = [trial for trial in self.trials if use(trial, self.trials, target) <= 1]
        uniform = [t for t in within if variant_store.is_quantized(t.candidate)]
        if uniform and not variant_store.could_be_faster(uniform[0].candidate):
            return self._proposal(uniform[0], target)
        if self.first is not None and not variant_store.expired():
            kept = self._try_first(self.first, target)
            if kept is not None:
                return self._proposal(kept, target)
        if INT8 in variant_store.models and not uniform:
            cured = self._try_recipes(target)
            if cured is not None and not variant_store.could_be_faster(cured.candidate):
                return self._proposal(cured, target)
        if not variant_store.points and not variant_store.expired():
            variant_store.measure_groups()
        self.trials = [
            replace(trial, predicted=variant_store.predicted(trial.candidate))
            for trial in self.trials
        ]
        self._walk_front(target)
        found = best(variant_store.points, self.trials, target)
        if found is None:
            return Proposal(Candidate.uniform(variant_store.groups, FP32), None, 0.0)
        return self._proposal(found, target)

    def proposal_of(self, candidate: Candidate) -> Proposal:
        """A candidate that the search did not choose, tried on its samples to be judged."""
        return Proposal(candidate, self._trial(candidate) or self._tried(candidate), 0.0)

    def slope(self, position: int) -> Slope | None:
        """What a flip costs for what is expected of it, over all trials of these images."""
        indices = [self.order[: trial.images] for trial in self.trials]
        seen = [
            self.variant_store.evaluator.observe(trial.candidate, own)
            for trial, own in zip(self.trials, indices, strict=True)
        ]
        return self.scores.slope(seen, position, indices)

    def response(self, position: int) -> DropModel:
        """How a metric's drop follows from damage, over all trials of these images."""
        return fit_drop_model(self.trials, position)

    def _proposal(self, trial: Trial, target: DropTarget) -> Proposal:
        if trial.candidate.is_fp32:
            return Proposal(trial.candidate, None, 0.0)
        return Proposal(trial.candidate, trial, use(trial, self.trials, target))

    def _try_first(self, first: WarmStart, target: DropTarget) -> Trial | None:
        """Try an earlier run's choice, once.

        Returns:
            The trial that is within the target; None if the search has to begin.
        """
        self.first = None
        config, note = self.context.resolved.config, self.context.progress.note
        recipes = first.recipes(config.quantization)
        candidate = first.candidate(self.variant_store.groups, config.quantization)
        if candidate is None or recipes is None:
            note("The earlier run's choice does not fit this model or config; searching.")
            return None
        with self.context.costs.stage("warm start"):
            self.context.progress.stage("Trying the earlier run's choice", len(self.order))
            for recipe in recipes:
                self.variant_store.add(recipe)
            trial = self._tried(candidate, target)
        if use(trial, self.trials, target) <= 1:
            return trial
        note("The earlier run's choice does not hold for this model; searching.")
        return None

    def _try_recipes(self, target: DropTarget) -> Trial | None:
        """Try recipes in turn until one, with everything quantized, is within the target.

        Only one that is clearly better than those before it is evaluated on all search images.

        Returns:
            The trial that is within the target; None if layers have to fall back.
        """
        cured = None
        thorough = self.context.resolved.config.search.recipes == "thorough"
        for candidate in self.recipe_search.better():
            with self.context.costs.stage("recipes"):
                trial = self._trial(candidate) or self._tried(candidate, target)
            cured = trial if use(trial, self.trials, target) <= 1 else cured
            if self.variant_store.expired() or (cured is not None and not thorough):
                break
        self.variant_store.offer(self.recipe_search.best)
        return cured

    def _trial(self, candidate: Candidate) -> Trial | None:
        """What was tried of a candidate, if it was."""
        return next((trial for trial in self.trials if trial.candidate == candidate), None)

    def _walk_front(self, target: DropTarget) -> None:
        """Evaluate the few points of the front that decide."""
        config = self.context.resolved.config.search
        limit = config.max_num_iterations or 3 + ceil(log2(len(self.variant_store.points) + 1))
        with self.context.costs.stage("candidates"):
            for _ in range(limit):
                index = next_point(self.variant_store.points, self.trials, target)
                if index is None or self.variant_store.expired():
                    return
                self.context.progress.stage("Evaluating a candidate", len(self.order))
                self._tried(self.variant_store.points[index].candidate, target)

    def _tried(self, candidate: Candidate, target: DropTarget | None = None) -> Trial:
        """Observe a candidate on the search images, until it is lost, and record the trial.

        Its damage is that to the search images of all folds: half of them may be spared by chance,
        no label is needed to see it, and what is seen now need not be when they judge.
        """
        everything = self.order + self.others

        def lost(seen: Observation, count: int) -> bool:
            if target is None or count >= len(self.order):
                return False
            return self._is_lost(seen, count, target)

        seen = self.variant_store.evaluator.observe(candidate, everything, lost)
        images = sum(index in seen.evidence for index in self.order)
        own = float(seen.divergences(self.order[:images]).mean())
        whole = all(index in seen.evidence for index in everything)
        trial = Trial(
            candidate=candidate,
            predicted=self.variant_store.predicted(candidate),
            damage=float(seen.divergences(everything).mean()) if whole else own,
            drops=(),
            errors=(),
            images=images,
            own_damage=own,
        )
        self.trials = self._estimated([*self.trials, trial])
        if target is not None:
            self._show(self.trials[-1], target)
        return self.trials[-1]

    def _show(self, trial: Trial, target: DropTarget) -> None:
        metrics = [judged.metric for judged in self.context.resolved.metrics]
        within = use(trial, self.trials, target) <= 1
        line = candidate_line(len(self.trials), trial, metrics, within=within)
        self.context.progress.note(line)

    def _is_lost(self, seen: Observation, count: int, target: DropTarget) -> bool:
        """Whether the images so far settle that a candidate is over budget."""
        return any(
            self.scores.race(seen, position, self.order, count, budget) == "over"
            for position, budget in enumerate(target.max_drops)
        )

    def _estimated(self, trials: list[Trial]) -> list[Trial]:
        """All trials with their drops estimated anew: what one shows is news of the others."""
        seen = [
            self.variant_store.evaluator.observe(t.candidate, self.order[: t.images])
            for t in trials
        ]
        indices = [self.order[: trial.images] for trial in trials]
        by_metric = [
            self.scores.estimates(seen, position, indices)
            for position in range(len(self.context.resolved.metrics))
        ]
        return [
            replace(
                trial,
                drops=tuple(found[number][0] for found in by_metric),
                errors=tuple(found[number][1] for found in by_metric),
            )
            for number, trial in enumerate(trials)
        ]
