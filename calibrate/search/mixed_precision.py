"""Search for a recipe and a precision for every group that are expected within budget."""

from dataclasses import dataclass, field, replace

from calibrate.context.dataset import Fold
from calibrate.context.run_context import RunContext
from calibrate.context.scores import Scores
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, Candidate
from calibrate.core.stage import Stage
from calibrate.search.candidate_line import candidate_line
from calibrate.search.decisions import Decision
from calibrate.search.drop_model import DropModel, fit_drop_model
from calibrate.search.front_walk import DropTarget, best, most_candidates, next_point, use
from calibrate.search.measure_groups import could_be_faster, measure_groups
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.timeout_fallback import halves
from calibrate.search.variant_store import VariantStore
from calibrate.search.warm_start import WarmStart


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate that the search expects within the target.

    Attributes:
        candidate: the precisions.
        trial: measured on the search images; None for FP32, which is the reference.
        expected_use: share of the target that the candidate is expected to use.
    """

    candidate: Candidate
    trial: Trial | None
    expected_use: float


@dataclass(slots=True)
class MixedPrecisionSearch:
    """The search on one fold's search images; it keeps its trials between proposals.

    Attributes:
        variant_store: builds models, and makes the measurements that need no labels.
        recipe_search: compares recipes, also without labels.
        fold: its search images and their labels may be used.
        warm_start: an earlier run's choice, tried before groups are measured.
        trials: candidates tried, in order.
        order: order of the fold's search images; random, as the sequential test requires.
        others: search images of other folds, whose labels are not used.
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
        """Draw the random order."""
        seed = self.context.seed
        self.order = self.context.data.in_random_order(self.fold.search, seed)
        searched = set(self.fold.search)
        self.others = tuple(i for i in self.context.data.search if i not in searched)
        self.scores = self.context.scores

    @property
    def context(self) -> RunContext:
        """The run context: FP32 model, data and settings."""
        return self.variant_store.context

    def propose(self, target: DropTarget) -> Proposal:
        """Return the cheapest candidate that is expected within the target.

        First choice is the INT8 variant that diverges least from FP32: plain INT8 or a recipe that
        takes about a second and costs nothing at run time, compared without labels. Otherwise a
        slower recipe, with every group in INT8. Otherwise the cheapest choice of groups in FP32.
        If groups may run at several precisions, a variant within the target need not be the
        cheapest, so groups are measured.
        """
        store = self.variant_store
        if not self.trials:
            self._decide(self._try(store.plain), target)
            chosen = self.recipe_search.least_divergent()
            if self._trial(chosen) is None:
                with self.context.costs.stage(Stage.RECIPES):
                    self._try(chosen, target)
        uniform = [
            trial
            for trial in self.trials
            if store.is_quantized(trial.candidate) and use(trial, self.trials, target) <= 1
        ]
        best_uniform = min(uniform, key=lambda trial: trial.damage, default=None)
        if best_uniform is not None and not could_be_faster(store, best_uniform.candidate):
            return self._proposal(best_uniform, target)
        if self.warm_start is not None and not store.expired():
            trial = self._try_warm_start(self.warm_start, target)
            if trial is not None:
                return self._proposal(trial, target)
        if not uniform:
            trial = self._try_recipes(target)
            if trial is not None and not could_be_faster(store, trial.candidate):
                return self._proposal(trial, target)
        return self._fall_back(target)

    def proposal_of(self, candidate: Candidate) -> Proposal:
        """Return a proposal of a given candidate, measured on the search images."""
        return Proposal(candidate, self._trial(candidate) or self._try(candidate), 0.0)

    def _fall_back(self, target: DropTarget) -> Proposal:
        """Return the cheapest candidate within the target that has groups in FP32."""
        store = self.variant_store
        if not store.measured.points and not store.expired():
            measure_groups(store)
        self.trials = [
            replace(trial, predicted=store.measured.predicted(trial.candidate))
            for trial in self.trials
        ]
        if store.measured.points:
            self._walk_front(target)
        else:
            self._try_halves(target)
        trial = best(store.measured.points, self.trials, target)
        if trial is None:
            return Proposal(Candidate.uniform(store.groups, FP32), None, 0.0)
        return self._proposal(trial, target)

    def _try_halves(self, target: DropTarget) -> None:
        """Keep the most sensitive groups in FP32, if time ran out before the front was computed."""
        store = self.variant_store
        for candidate in halves(store.groups, store.measured.damages):
            trial = self._trial(candidate)
            if trial is None:
                with self.context.costs.stage(Stage.CANDIDATES):
                    self.context.progress.stage("Out of time: trying halves", len(self.order))
                    trial = self._try(candidate, target)
            if use(trial, self.trials, target) <= 1:
                return

    def response(self, position: int) -> DropModel:
        """Return a metric's drop model, fitted to all trials on these images."""
        return fit_drop_model(self.trials, position)

    def _proposal(self, trial: Trial, target: DropTarget) -> Proposal:
        if trial.candidate.is_fp32:
            return Proposal(trial.candidate, None, 0.0)
        return Proposal(trial.candidate, trial, use(trial, self.trials, target))

    def _try_warm_start(self, warm_start: WarmStart, target: DropTarget) -> Trial | None:
        """Try an earlier run's choice once.

        Returns:
            The trial if it is within the target; None if the search has to start.
        """
        self.warm_start = None
        config, note = self.context.config, self.context.progress.note
        recipes = warm_start.recipes(config.quantization)
        candidate = warm_start.candidate(self.variant_store.groups, config.quantization)
        if candidate is None or recipes is None:
            note("The earlier run's choice does not fit this model or config; the search starts.")
            return None
        with self.context.costs.stage(Stage.WARM_START):
            self.context.progress.stage("Trying the earlier run's choice", len(self.order))
            for recipe in recipes:
                self.variant_store.add(recipe)
            trial = self._try(candidate, target)
        if use(trial, self.trials, target) <= 1:
            return trial
        note("The earlier run's choice is over the target here; the search starts.")
        return None

    def _try_recipes(self, target: DropTarget) -> Trial | None:
        """Try the slower recipes until one, with everything quantized, is within the target.

        Only a recipe that clearly diverges less than those before is tried on all search images.
        If none is within the target, the best variant is fine-tuned, if the config allows it.

        Returns:
            The trial within the target; None if layers have to fall back.
        """
        passing = None
        options = self.context.config.search
        thorough = options.recipes == "thorough"
        for candidate in self.recipe_search.better():
            with self.context.costs.stage(Stage.RECIPES):
                trial = self._trial(candidate) or self._try(candidate, target)
            passing = trial if use(trial, self.trials, target) <= 1 else passing
            if self.variant_store.expired() or (passing is not None and not thorough):
                break
        if passing is None and not self.variant_store.expired():
            for candidate in self.recipe_search.fine_tuned():
                trial = self._trial(candidate) or self._try(candidate, target)
                passing = trial if use(trial, self.trials, target) <= 1 else passing
        self.variant_store.offer(self.recipe_search.best)
        return passing

    def _trial(self, candidate: Candidate) -> Trial | None:
        """Return the trial of a candidate; None if it was not tried."""
        return next((trial for trial in self.trials if trial.candidate == candidate), None)

    def _walk_front(self, target: DropTarget) -> None:
        """Evaluate points of the front until the cheapest one within the target is determined."""
        config = self.context.config.search
        points = self.variant_store.measured.points
        limit = most_candidates(config.max_num_iterations, len(points))
        with self.context.costs.stage(Stage.CANDIDATES):
            for _ in range(limit):
                index = next_point(points, self.trials, target)
                if index is None or self.variant_store.expired():
                    return
                self.context.progress.stage("Evaluating a candidate", len(self.order))
                self._try(points[index].candidate, target)

    def _try(self, candidate: Candidate, target: DropTarget | None = None) -> Trial:
        """Observe a candidate on the search images, at most until it is over budget; add its trial.

        The divergence is measured on the search images of all folds: it needs no labels, one half
        of the images may show little of it by chance, and acceptance rounds reuse it.
        """
        everything = self.order + self.others

        def lost(observation: Observation, count: int) -> bool:
            if target is None or count >= len(self.order):
                return False
            return self._is_lost(observation, count, target)

        observation = self.variant_store.evaluator.observe(candidate, everything, lost)
        images = sum(index in observation.evidence for index in self.order)
        counted = self.order[:images]
        fold_divergence = float(observation.divergences(counted).mean())
        is_complete = all(index in observation.evidence for index in everything)
        estimates = [
            self.scores.estimate(observation, position, counted)
            for position in range(len(self.context.resolved.metrics))
        ]
        trial = Trial(
            candidate=candidate,
            predicted=self.variant_store.measured.predicted(candidate),
            damage=(
                float(observation.divergences(everything).mean())
                if is_complete
                else fold_divergence
            ),
            drops=tuple(drop for drop, _ in estimates),
            errors=tuple(error for _, error in estimates),
            images=images,
            fold_damage=fold_divergence,
        )
        self.trials = [*self.trials, trial]
        if target is not None:
            self._decide(trial, target)
        return trial

    def _decide(self, trial: Trial, target: DropTarget) -> None:
        """Log and show whether a trial is within the target."""
        decision = Decision(
            candidate=trial.candidate,
            judged_on="search",
            images=trial.images,
            divergence=trial.damage,
            drops=trial.drops,
            budgets=tuple(target.share * max_drop for max_drop in target.max_drops),
            passed=use(trial, self.trials, target) <= 1,
            most_divergence=target.most_damage,
        )
        number = self.variant_store.decisions.add(decision)
        metrics = [judged.metric for judged in self.context.resolved.metrics]
        self.context.progress.note(candidate_line(number, decision, metrics))

    def _is_lost(self, observation: Observation, count: int, target: DropTarget) -> bool:
        """Whether the images so far show that a candidate is over budget."""
        return any(
            self.scores.early_decision(observation, position, self.order, count, budget) == "over"
            for position, budget in enumerate(target.max_drops)
        )
