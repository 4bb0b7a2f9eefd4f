import numpy as np
import pytest
from nncf import Dataset
from nncf.openvino.statistics.aggregator import OVStatisticsAggregator

from calibrate.errors import CalibrateError
from calibrate.quantization import ptq
from calibrate.quantization.statistics import AheadAggregator


def test_nothing_is_asked_for(case):
    AheadAggregator(case.feeds).collect_statistics(case.model, None)


def test_an_inference_that_fails_ends_it(case):
    bad = [*case.feeds[:3], {0: np.zeros((1, 3, 5, 5), np.float32)}]
    with pytest.raises(CalibrateError, match=r"NNCF cannot quantize this model: [^\n]*$"):
        type(case)(case.model, bad).quantized()


EXTREMES = {
    "min": {"statistics_type": "min", "aggregator_type": "min"},
    "max": {"statistics_type": "max", "aggregator_type": "max"},
}
QUANTILE = {"statistics_type": "quantile", "aggregator_type": "mean", "quantile_outlier_prob": 0.01}
QUANTILES = {"min": QUANTILE, "max": QUANTILE}


class Theirs(OVStatisticsAggregator):
    def __init__(self, feeds):
        super().__init__(Dataset(feeds))
        self.inferences = len(feeds)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"preset": "mixed"},
        {"fast_bias_correction": False},
        {"activations_range_estimator_params": EXTREMES},
        {"activations_range_estimator_params": QUANTILES},
        {"inplace_statistics": False},
        {"smooth_quant_alphas": {"matmul": 0.5, "convolution": 0.5}},
    ],
    ids=str,
)
def test_the_statistics_are_nncfs(case, monkeypatch, settings):
    ours = case.quantized(**settings)
    monkeypatch.setattr(ptq, "AheadAggregator", Theirs)
    theirs = case.quantized(**settings)
    assert constants(ours).keys() == constants(theirs).keys()
    for name, value in constants(theirs).items():
        np.testing.assert_array_equal(constants(ours)[name], value, err_msg=name)


def constants(model):
    """Every constant of a model, by what takes it where."""
    return {
        f"{op.get_friendly_name()} {port.get_index()}": port.get_source_output().get_node().data
        for op in model.get_ops()
        for port in op.inputs()
        if port.get_source_output().get_node().get_type_name() == "Constant"
    }
