import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context.dataset import Data, Fold
from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.raw import Raw
from calibrate.quantization.variants import Variants
from calibrate.report_builder.activation_ranges import range_facts
from calibrate.search.sensitivity import Sensitivity
from tests.fixtures.contexts import run_context

COUNT = 14
"""Groups, two more than are shown."""
IMAGES = 20


def chain(*, quantized: bool) -> ov.Model:
    """[1, 100] that COUNT operations pass on unchanged; group i clips above 100 - i."""
    given = ops.parameter([1, 100], np.float32, name="given")
    value = given
    for number in range(COUNT):
        value = ops.multiply(value, np.float32(1), name=f"op{number}")
        if quantized:
            low, high = np.float32(0), np.float32(100 - number)
            value = ops.fake_quantize(value, low, high, low, high, 256, name=f"q{number}")
    return ov.Model([ops.result(value)], [given], "chain")


GROUPS = tuple(Group(f"g{number}", (f"op{number}",), (f"q{number}",)) for number in range(COUNT))
VARIANTS = Variants(chain(quantized=False), {INT8: chain(quantized=True)}, GROUPS)
ALL_INT8 = Candidate.uniform(GROUPS, INT8)


@pytest.fixture
def context():
    """Every image holds the numbers 1 to 100; calibration used all but two of them."""
    values = np.tile(np.arange(1, 101, dtype=np.float32), (IMAGES, 1))
    facts = tuple(Facts(str(number)) for number in range(IMAGES))
    tensors = Tensors((values,), facts, tuple(str(number) for number in range(IMAGES)))
    folds = (Fold((), tuple(range(IMAGES))),)
    return run_context(VARIANTS.reference, Data(tensors, tuple(range(2, IMAGES)), folds), Raw())


def test_the_groups_that_clip_most_if_no_sensitivity_was_measured(context):
    facts, weights = range_facts(context, VARIANTS, ALL_INT8, {})
    assert [entry.group for entry in facts] == [f"g{number}" for number in range(13, 1, -1)]
    first = facts[0]
    assert (first.low, first.high, first.observed_low, first.observed_high) == (0, 87, 1, 100)
    assert (first.tensor, first.ranked_by) == ("op13", "clipping")
    assert first.outside == pytest.approx(0.13)
    assert (first.images, first.calibrated) == (2, False)
    assert first.histogram is not None
    assert (first.histogram.low, first.histogram.high) == (0.0, 100.0)
    assert sum(first.histogram.shares) == pytest.approx(1.0)
    assert weights == ()  # nothing in this chain has any


def test_the_most_sensitive_groups_if_they_were_measured(context):
    damages = {(number, INT8): Sensitivity(1.0 / (number + 1), 0.0, 8) for number in range(COUNT)}
    facts, _ = range_facts(context, VARIANTS, Candidate.uniform(GROUPS, FP32), damages)
    assert [entry.group for entry in facts] == [f"g{number}" for number in range(12)]
    assert {entry.ranked_by for entry in facts} == {"sensitivity"}


def test_nothing_quantized_has_no_ranges(context):
    nothing = Variants(VARIANTS.reference, {}, ())
    assert range_facts(context, nothing, Candidate(()), {}) == ((), ())
