"""Find the answer: a recipe, and a precision for every group, expected within budget."""

from dataclasses import dataclass, field, replace
from math import ceil, log2

from calibrate.context.dataset import Fold
from calibrate.context.run_context import RunContext
from calibrate.context.scores import Scores
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.search.candidate_line import candidate_line
from calibrate.search.drop_model import DropModel, fit_drop_model
from calibrate.search.front_walk import DropTarget, best, next_point, use
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.timeout_fallback import halves
from calibrate.search.variant_store import VariantStore
from calibrate.search.warm_start import WarmStart


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
        warm_start: an earlier run's choice, tried before groups are measured.
        trials: candidates tried, in order.
        order: of the fold's search images; at random, since races need that.
        others: search images of other folds, whose labels are not looked at.
        scores: drops against FP32.
    """

    variant_store: VariantStore
    recipe_search: RecipeSearch
    fold: Fold
    warm_start: WarmStart | None = None
    trials: list[Trial] = field(default_factory=list)
    order: tuple[int, ...] = field(init=False)
    others: tuple[int, ...] = field(init=False)
    scores: Scores = field(init=False)

    def __post_init__(self) -> None:
        """Draw the order."""
        seed = self.context.resolved.config.dataset.subsample_seed
        self.order = self.context.images.in_random_order(self.fold.search, seed)
        searched = set(self.fold.search)
        self.others = tuple(i for i in self.context.images.search if i not in searched)
        self.scores = self.context.scores

    @property
    def context(self) -> RunContext:
        """The FP32 side."""
        return self.variant_store.context

    def propose(self, target: DropTarget) -> Proposal:
        """The cheapest candidate that is expected within the target.

        The INT8 variant that diverges least from FP32, if it will do: of plain INT8 and the
        recipes that cost a second and nothing at run time, compared before any label is looked
        at. Else a slower recipe, with every group in INT8. Else as few groups in FP32 as the
        budget allows, weighed by what each buys. Where groups may run at several precisions, what
        will do need not be the cheapest, and groups are measured.
        """
        store = self.variant_store
        if not self.trials:
            self._try(store.plain)
            chosen = self.recipe_search.least_divergent()
            if self._trial(chosen) is None:
                self._try(chosen, target)
        uniform = [
            trial
            for trial in self.trials
            if store.is_quantized(trial.candidate) and use(trial, self.trials, target) <= 1
        ]
        least = min(uniform, key=lambda trial: trial.damage, default=None)
        if least is not None and not store.could_be_faster(least.candidate):
            return self._proposal(least, target)
        if self.warm_start is not None and not store.expired():
            kept = self._try_warm_start(self.warm_start, target)
            if kept is not None:
                return self._proposal(kept, target)
        if INT8 in store.models and not uniform:
            cured = self._try_recipes(target)
            if cured is not None and not store.could_be_faster(cured.candidate):
                return self._proposal(cured, target)
        return self._fall_back(target)

    def proposal_of(self, candidate: Candidate) -> Proposal:
        """A candidate that the search did not choose, tried on its samples to be judged."""
        return Proposal(candidate, self._trial(candidate) or self._try(candidate), 0.0)

    def _fall_back(self, target: DropTarget) -> Proposal:
        """The cheapest candidate within the target that has groups in FP32."""
        store = self.variant_store
        if not store.points and not store.expired():
            store.measure_groups()
        self.trials = [
            replace(trial, predicted=store.predicted(trial.candidate)) for trial in self.trials
        ]
        if store.points:
            self._walk_front(target)
        else:
            self._try_halves(target)
        trial = best(store.points, self.trials, target)
        if trial is None:
            return Proposal(Candidate.uniform(store.groups, FP32), None, 0.0)
        return self._proposal(trial, target)

    def _try_halves(self, target: DropTarget) -> None:
        """Time ran out before there was a front: keep the most sensitive groups in FP32."""
        store = self.variant_store
        for candidate in halves(store.groups, store.damages):
            known = self._trial(candidate)
            if known is None:
                with self.context.costs.stage("candidates"):
                    self.context.progress.stage("Out of time: trying halves", len(self.order))
                    known = self._try(candidate, target)
            if use(known, self.trials, target) <= 1:
                return

    def response(self, position: int) -> DropModel:
        """How a metric's drop follows from damage, over all trials of these images."""
        return fit_drop_model(self.trials, position)

    def _proposal(self, trial: Trial, target: DropTarget) -> Proposal:
        if trial.candidate.is_fp32:
            return Proposal(trial.candidate, None, 0.0)
        return Proposal(trial.candidate, trial, use(trial, self.trials, target))

    def _try_warm_start(self, warm_start: WarmStart, target: DropTarget) -> Trial | None:
        """Try an earlier run's choice, once.

        Returns:
            The trial that is within the target; None if the search has to begin.
        """
        self.warm_start = None
        config, note = self.context.resolved.config, self.context.progress.note
        recipes = warm_start.recipes(config.quantization)
        candidate = warm_start.candidate(self.variant_store.groups, config.quantization)
        if candidate is None or recipes is None:
            note("The earlier run's choice does not fit this model or config; searching.")
            return None
        with self.context.costs.stage("warm start"):
            self.context.progress.stage("Trying the earlier run's choice", len(self.order))
            for recipe in recipes:
                self.variant_store.add(recipe)
            trial = self._try(candidate, target)
        if use(trial, self.trials, target) <= 1:
            return trial
        note("The earlier run's choice does not hold for this model; searching.")
        return None

    def _try_recipes(self, target: DropTarget) -> Trial | None:
        """Try the slower recipes until one, with everything quantized, is within the target.

        Only one that clearly diverges less than those before is evaluated on all search images.

        Returns:
            The trial that is within the target; None if layers have to fall back.
        """
        cured = None
        thorough = self.context.resolved.config.search.recipes == "thorough"
        for candidate in self.recipe_search.better():
            with self.context.costs.stage("recipes"):
                trial = self._trial(candidate) or self._try(candidate, target)
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
                self._try(self.variant_store.points[index].candidate, target)

    def _try(self, candidate: Candidate, target: DropTarget | None = None) -> Trial:
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
        counted = self.order[:images]
        own_damage = float(seen.divergences(counted).mean())
        whole = all(index in seen.evidence for index in everything)
        estimates = [
            self.scores.estimate(seen, position, counted)
            for position in range(len(self.context.resolved.metrics))
        ]
        trial = Trial(
            candidate=candidate,
            predicted=self.variant_store.predicted(candidate),
            damage=float(seen.divergences(everything).mean()) if whole else own_damage,
            drops=tuple(drop for drop, _ in estimates),
            errors=tuple(error for _, error in estimates),
            images=images,
            own_damage=own_damage,
        )
        self.trials = [*self.trials, trial]
        if target is not None:
            self._show(trial, target)
        return trial

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
