"""A quantized model gets the open dimensions of its source where it stays the same model."""

import pytest

from calibrate.config.load import load_config
from calibrate.context.dynamic_shapes import open_dimensions
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore
from tests.miniatures.dynamic import OPEN, STATIC
from tests.miniatures.end_to_end import config_of


@pytest.mark.parametrize(
    ("miniature", "keep", "is_open", "reason"),
    [
        (OPEN[0], True, True, ""),
        (OPEN[0], False, False, ""),
        (STATIC[0][0], True, False, STATIC[0][1]),
    ],
    ids=("open", "not wanted", "static"),
)
def test_dimensions_are_opened_or_the_reason_is_given(miniature, keep, is_open, reason, tmp_path):
    resolved = load_config(config_of(miniature, tmp_path))
    context = build_context(resolved, Costs(lambda: 0.0), NoProgress(), tmp_path / "work")
    baseline, tensors = context.baseline, context.data.tensors
    store = VariantStore(context, (), lambda: False)
    result = store.model(quantize_plain(store))
    opened = open_dimensions(baseline, tensors, result, keep=keep)
    assert bool(opened.trials) == is_open
    assert reason in opened.reason
    assert bool(opened.reason) == bool(reason)
    assert opened.model.is_dynamic() == is_open
    if is_open:
        assert opened.trials[0].difference < 1e-3
        assert len({str(trial.shapes) for trial in opened.trials}) == len(opened.trials) > 1
