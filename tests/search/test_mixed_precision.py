"""The search over a small network, one of whose convolutions INT8 spoils."""

import pytest

from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.search.folds import Folds
from calibrate.search.front_walk import DropTarget
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.warm_start import EarlierChoice, WarmStart

STRICT, LOOSE = DropTarget((0.1,)), DropTarget((1.0,))
"""A drop of at most ten points, and any drop."""


def choice(search: MixedPrecisionSearch, **precisions: str) -> WarmStart:
    """An earlier run's choice: INT8 but for the groups that are named."""
    return WarmStart(
        tuple(
            EarlierChoice(
                group.name,
                len(group.operations),
                next((precisions[name] for name in group.operations if name in precisions), "int8"),
            )
            for group in search.variant_store.groups
        )
    )


def drops(search: MixedPrecisionSearch, candidate: Candidate) -> float:
    """The drop that is counted on the search images."""
    observation = search.variant_store.observed(candidate)
    return search.scores.value(
        search.context.baseline.observed, 0, search.order
    ) - search.scores.value(observation, 0, search.order)


def test_any_drop_allows_everything_in_int8(make_searches):
    search = make_searches()[0]
    proposal = search.propose(LOOSE)
    assert proposal.candidate == search.variant_store.plain
    assert proposal.expected_use <= 1
    # Asked again, nothing is tried again.
    trials = len(search.trials)
    assert search.propose(LOOSE).candidate == proposal.candidate
    assert len(search.trials) == trials
    assert search.proposal_of(proposal.candidate).trial == proposal.trial
    assert search.variant_store.measured.points == ()


def test_layers_fall_back_where_int8_loses_too_much(make_searches):
    search = make_searches()[0]
    store = search.variant_store
    proposal = search.propose(STRICT)
    assert drops(search, store.plain) > 0.1 >= drops(search, proposal.candidate)
    assert 0 < len(proposal.candidate.fallen_back) < len(store.groups)
    spoilt = max(
        range(len(store.groups)), key=lambda index: store.measured.damages[index, INT8].mean
    )
    assert proposal.candidate.precisions[spoilt] == FP32
    assert "classes" in store.groups[spoilt].operations
    best = {trial.candidate: trial for trial in search.trials}[proposal.candidate]
    assert best.damage < search.trials[0].damage


def test_out_of_time_the_most_sensitive_half_stays_in_floating_point(make_searches):
    search = make_searches(expired=lambda: True)[0]
    proposal = search.propose(STRICT)
    assert search.variant_store.measured.points == ()
    assert drops(search, proposal.candidate) <= 0.1 or proposal.candidate.is_fp32
    assert len({trial.candidate for trial in search.trials}) == len(search.trials) > 1


@pytest.mark.parametrize(
    ("kept", "is_used", "note"),
    [
        ({"classes": "fp32"}, True, ""),
        ({}, False, "The earlier run's choice is over the target here; the search starts."),
        ({"classes": "int3"}, False, "does not fit this model or config; the search starts."),
    ],
)
def test_an_earlier_choice_is_tried_first(make_searches, kept, is_used, note):
    search = make_searches()[0]
    search.warm_start = choice(search, **kept)
    proposal = search.propose(STRICT)
    assert search.warm_start is None
    assert (search.variant_store.measured.points == ()) == is_used
    assert drops(search, proposal.candidate) <= 0.1
    texts = " ".join(search.context.progress.texts)
    assert note in texts


def test_folds_judge_each_others_choice(make_searches):
    searches = make_searches()
    folds = Folds(searches)
    assert len(searches) == len(searches[0].context.data.folds)
    proposals = folds.propose([LOOSE] * len(searches))
    round_ = folds.judge(proposals)
    assert round_.candidate in {proposal.candidate for proposal in proposals}
    judged = sorted(index for indices in round_.judges for index in indices)
    assert tuple(judged) == searches[0].context.data.acceptance
    assert folds.is_fastest(searches[0].variant_store.plain)
    assert not folds.expired()
    folds.note("between two rounds")
    assert "between two rounds" in searches[0].context.progress.texts


def test_floating_point_is_judged_as_what_is_written(make_searches):
    searches = make_searches()
    everything = Candidate.uniform(searches[0].variant_store.groups, FP32)
    round_ = Folds(searches).judge([search.proposal_of(everything) for search in searches])
    assert round_.passed
    assert round_.damage == 0
    assert all(proposal.trial is None for proposal in round_.proposals)


def test_slower_recipes_are_tried_before_layers_fall_back(make_searches):
    search = make_searches("search.recipes=thorough")[0]
    store = search.variant_store
    proposal = search.propose(STRICT)
    assert drops(search, proposal.candidate) <= 0.1
    tried = {recipe.precision: recipe for recipe in search.recipe_search.tried}
    assert len(tried) > 1
    # What diverges least is offered in place of plain INT8, and layers fall back from it.
    best = min(tried, key=lambda precision: tried[precision].divergence)
    assert tried[search.recipe_search.best].divergence <= tried[best].divergence * 1.5
    assert all(
        group.precisions[0] == search.recipe_search.best
        for group in store.groups
        if group.quantizers
    )
    assert "recipes" in search.context.costs.stages
