import nncf
import numpy as np
import openvino as ov
import pytest
from nncf.openvino.quantization.backend_parameters import BackendParameters
from nncf.quantization.algorithms.min_max.algorithm import MinMaxQuantization
from openvino import opset13 as ops

from calibrate.config.quantization import Quantization
from calibrate.datasets.formats.images import read_image
from calibrate.errors import CalibrateError
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.models.read import read_model
from calibrate.quantization.ptq import Quantizer, quantize
from calibrate.runtime.inference import output_names


def constants(model: ov.Model) -> list[np.ndarray]:
    return [op.data for op in model.get_ordered_ops() if op.get_type_name() == "Constant"]


def kinds(model: ov.Model) -> list[str]:
    return [op.get_type_name() for op in model.get_ordered_ops()]


def with_nncf(case, **arguments: object) -> ov.Model:
    advanced = nncf.AdvancedQuantizationParameters(
        backend_params={BackendParameters.COMPRESS_WEIGHTS: False},
        **arguments.pop("advanced", {}),
    )
    return nncf.quantize(
        case.model,
        nncf.Dataset(case.feeds),
        subset_size=len(case.feeds),
        target_device=nncf.TargetDevice.CPU,
        advanced_parameters=advanced,
        **arguments,
    )


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({}, {}),
        ({"fast_bias_correction": False}, {"fast_bias_correction": False}),
        (
            {"preset": "mixed", "overflow_fix": "enable", "disable_bias_correction": True},
            {
                "preset": nncf.QuantizationPreset.MIXED,
                "advanced": {
                    "overflow_fix": nncf.OverflowFix.ENABLE,
                    "disable_bias_correction": True,
                },
            },
        ),
        ({"inplace_statistics": False}, {"advanced": {"inplace_statistics": False}}),
        (
            {
                "ignored_scope": {"names": ["depthwise"]},
                "activations_range_estimator_params": {
                    "max": {"statistics_type": "quantile", "quantile_outlier_prob": 0.01}
                },
            },
            {
                "ignored_scope": nncf.IgnoredScope(names=["depthwise"]),
                "advanced": {
                    "activations_range_estimator_params": (
                        nncf.quantization.range_estimator.RangeEstimatorParameters(
                            max=nncf.quantization.range_estimator.StatisticsCollectorParameters(
                                statistics_type=(
                                    nncf.quantization.range_estimator.StatisticsType.QUANTILE
                                ),
                                quantile_outlier_prob=0.01,
                            )
                        )
                    )
                },
            },
        ),
    ],
)
def test_it_is_nncf_constant_by_constant(case, settings, arguments):
    ours, theirs = case.quantized(**settings), with_nncf(case, **arguments)
    assert kinds(ours) == kinds(theirs)
    for entry, other in zip(constants(ours), constants(theirs), strict=True):
        assert entry.dtype == other.dtype
        assert np.array_equal(entry, other)


def test_the_given_model_is_left_alone(case):
    before = kinds(case.model), [array.copy() for array in constants(case.model)]
    case.quantized()
    assert kinds(case.model) == before[0]
    assert all(np.array_equal(a, b) for a, b in zip(constants(case.model), before[1], strict=True))


def test_only_as_many_images_as_asked_for(case):
    few = quantize(case.model, case.feeds, Quantization(), subset_size=2)
    same = quantize(case.model, case.feeds[:2], Quantization(), subset_size=100)
    for entry, other in zip(constants(few), constants(same), strict=True):
        assert np.array_equal(entry, other)


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"names": ["conv", "nowhere"]}, "nothing in the model matches name 'nowhere'"),
        ({"types": ["LSTMCell"]}, "nothing in the model matches type 'LSTMCell'"),
        ({"patterns": ["deep.*"]}, "nothing in the model matches pattern 'deep.*'"),
        (
            {"subgraphs": [{"inputs": ["conv"], "outputs": ["gone"]}]},
            "nothing in the model matches name 'gone'",
        ),
        ({"names": ["x"], "types": ["Y"]}, "matches name 'x', type 'Y'"),
    ],
)
def test_a_scope_that_matches_nothing_is_an_error(case, scope, message):
    with pytest.raises(CalibrateError) as caught:
        case.quantized(ignored_scope=scope)
    assert str(caught.value).startswith("quantization.ignored_scope: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "scope", [{"names": ["nowhere"], "validate": False}, {"types": ["LSTMCell"], "validate": False}]
)
def test_unless_the_config_lets_it_pass(case, scope):
    assert kinds(case.quantized(ignored_scope=scope)).count("FakeQuantize") > 4


def test_operations_kept_by_rule_stay_in_fp32(case):
    made = quantize(case.model, case.feeds, Quantization(), subset_size=4, kept=["classes"])
    by_name = {op.get_friendly_name(): op for op in made.get_ops()}
    fed = [port.get_node().get_type_name() for port in by_name["classes"].input_values()]
    assert "FakeQuantize" not in fed


def test_outputs_keep_their_names_and_nothing_is_quantized_behind_them(case, quantized):
    outputs_too = case.quantized(quantize_outputs=True)
    assert output_names(case.model) == output_names(quantized) == output_names(outputs_too)
    assert kinds(outputs_too).count("FakeQuantize") > kinds(quantized).count("FakeQuantize")


def test_nncf_is_silent(case, capfd, caplog):
    case.quantized(fast_bias_correction=False)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert caplog.records == []


def test_what_nncf_refuses_is_reported(case):
    with pytest.raises(
        CalibrateError, match="quantization: NNCF fails with these settings: TypeError"
    ):
        case.quantized(
            activations_range_estimator_params={
                "min": {"statistics_type": "raw"},
                "max": {"statistics_type": "max"},
            }
        )


@pytest.mark.zoo
def test_the_digits_network_on_which_nncf_alone_fails(zoo):
    source = read_model(zoo / "models" / "mnist_cnn" / "model.onnx")
    model = prepare(source, plan_inputs(source, {})).model
    images = sorted((zoo / "data" / "mnist_dev" / "images").iterdir())[:8]
    feeds = [
        {0: np.array(read_image(path)[None, None, :, :, 0], np.float32, order="C")}
        for path in images
    ]
    assert kinds(quantize(model, feeds, Quantization(), subset_size=8)).count("FakeQuantize") > 4


@pytest.mark.parametrize(
    "order",
    [("plain", "accurate", "none"), ("accurate", "plain"), ("none", "accurate", "accurate")],
)
def test_what_is_shared_changes_nothing(case, order):
    settings = {
        "plain": {},
        "accurate": {"fast_bias_correction": False},
        "none": {"disable_bias_correction": True},
    }
    quantizer = Quantizer(case.model, case.feeds)
    for name in order:
        shared, alone = (
            quantizer.quantize(Quantization(**settings[name])),
            case.quantized(**settings[name]),
        )
        assert kinds(shared) == kinds(alone)
        for entry, other in zip(constants(shared), constants(alone), strict=True):
            assert np.array_equal(entry, other)


MIN_MAX = {
    "activations_range_estimator_params": {
        "min": {"statistics_type": "min", "aggregator_type": "min"},
        "max": {"statistics_type": "max", "aggregator_type": "max"},
    }
}


def test_ranges_read_ahead_are_those_read_alone(case, monkeypatch):
    infers, looked = [], []
    look = MinMaxQuantization.find_quantization_setup

    def counted(*given):
        looked.append(given)
        return look(*given)

    monkeypatch.setattr(MinMaxQuantization, "find_quantization_setup", counted)
    later = Quantization(**MIN_MAX, disable_bias_correction=True)
    quantizer = Quantizer(
        case.model,
        case.feeds,
        ahead=[later, Quantization(preset="mixed")],
        infers=infers.append,
    )
    first = quantizer.quantize(Quantization())
    second = quantizer.quantize(later)
    assert infers == [len(case.feeds)]
    assert len(looked) == 1
    for shared, settings in ((first, {}), (second, later.model_dump(exclude_unset=True))):
        for entry, other in zip(
            constants(shared), constants(case.quantized(**settings)), strict=True
        ):
            assert np.array_equal(entry, other)


def test_nothing_is_noted_in_the_model_that_is_quantized():
    image = ops.parameter([1, 2, 4, 4], np.float32, name="image")
    weights = np.ones((2, 2, 1, 1), np.float32)
    made = ops.convolution(image, weights, [1, 1], [0, 0], [0, 0], [1, 1], name="conv")
    model = ov.Model([made], [image], "small")
    quantize(model, [{0: np.ones((1, 2, 4, 4), np.float32)}], Quantization(), subset_size=1)
    assert not model.has_rt_info(["nncf"])
