"""Models are measured on the same images, one against the other."""

import openvino as ov
import pytest

from calibrate.config.load import load_config
from calibrate.context.observe_models import SampleSet, observe_first, observe_other
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress


def test_a_model_does_not_differ_from_itself(make_job, tmp_path):
    resolved = load_config(make_job())
    costs = Costs(lambda: 0.0)
    samples = SampleSet(resolved, NoProgress(), tmp_path / "work", costs)
    model = ov.Core().read_model(resolved.config.model.path)
    tensors, plans = samples.tensors(model)
    assert len(tensors) == len(samples.items) == 60
    assert [plan.shape for plan in plans] == [(1, 3, 12, 12)]
    # A model with the same inputs gets the same tensors.
    assert samples.tensors(model)[0] is tensors

    indices = range(20)
    first = observe_first(samples, model, indices, "Measuring FP32")
    assert first[0].value == pytest.approx((1.0,))  # the labels are this network's answers
    assert first[0].drops == ()
    other = observe_other(samples, model, first, indices, title="Measuring it", confidence=0.9)
    assert other.value == first[0].value
    assert other.divergence == pytest.approx(0, abs=1e-6)
    assert other.drops[0].estimate == 0
    assert other.drops[0].low <= 0 <= other.drops[0].high
    assert costs.total.inferences >= 40
