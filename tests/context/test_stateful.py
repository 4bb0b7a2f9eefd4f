"""A quantized model of sequences gets the source's states, and is run beside it."""

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context, original_model
from calibrate.context.stateful import with_state
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore
from tests.miniatures.end_to_end import config_of
from tests.miniatures.states import MINIATURES


def test_a_result_keeps_the_states_of_its_source(tmp_path):
    resolved = load_config(config_of(MINIATURES[0], tmp_path))
    context = build_context(resolved, Costs(lambda: 0.0), NoProgress(), tmp_path / "work")
    store = VariantStore(context, (), lambda: False)
    result = store.model(quantize_plain(store))
    tensors, original = context.data.tensors, original_model(resolved)

    opened = with_state(context.baseline, tensors, result, original=original)
    assert opened.reason == ""
    assert opened.states == ("hidden",)
    assert opened.difference is not None
    assert opened.difference < 0.01
    assert [str(port.get_partial_shape()) for port in opened.model.inputs] == ["[?,16]"]
