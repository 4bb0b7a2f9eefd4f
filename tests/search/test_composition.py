"""Models of candidates whose weights were tuned on the samples of one fold or the other."""

import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate, int8_variant
from calibrate.quantization.variants import Variants
from calibrate.search.composition import Composition

TUNED = int8_variant("fine-tuned", new_weights=True)


def test_a_fold_is_judged_by_the_model_that_was_not_tuned_on_it(make_searches):
    store = make_searches()[0].variant_store
    context, quantized = store.context, store.models[INT8]
    first, second = (quantized.clone() for _ in range(2))
    variants = Variants(context.baseline.model, {INT8: quantized, TUNED: first}, store.groups)
    composition = Composition(context, variants, {TUNED: (first, second)})
    plain, tuned = store.plain, Candidate((TUNED, *store.plain.precisions[1:]))
    folds = context.data.folds

    models = composition.evaluated(tuned)
    assert [model.samples for model in models] == [frozenset(fold.acceptance) for fold in folds]
    assert composition.evaluated_alone(tuned)[1].samples == models[1].samples
    operations = {op.get_friendly_name() for op in models[1].model.get_ops()}
    chosen = composition.deployed_for(tuned, folds[1].acceptance[:3])
    assert {op.get_friendly_name() for op in chosen.get_ops()} == operations
    with pytest.raises(AssertionError, match="samples of several folds"):
        composition.deployed_for(tuned, (folds[0].acceptance[0], folds[1].acceptance[0]))

    # Several models are not sent in parts; one is.
    costs = Costs(lambda: 0.0)
    assert composition.parts(tuned, costs) is composition.parts_alone(tuned, costs) is None
    assert composition.parts(plain, costs)()
    assert composition.fold_models(plain) == ()
    assert composition.deployed_for(plain, context.data.everything)

    # A measurement depends on both of them, and on nothing of them where neither is used.
    other = Composition(context, variants, {TUNED: (first, quantized)})
    key = "models of the folds"
    assert key in composition.journal(tuned).facts
    assert key not in composition.journal(plain).facts
    assert composition.journal(plain).facts == other.journal(plain).facts
    assert FP32 not in set(tuned)
