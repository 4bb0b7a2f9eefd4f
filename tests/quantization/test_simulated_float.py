import numpy as np
import openvino as ov
import pytest

from calibrate.models.pins import with_pins
from calibrate.quantization.simulated_float import round_to, with_rounded_values
from calibrate.runtime.inference_precision import is_native


@pytest.mark.parametrize(
    ("value", "compute_type", "expected"),
    [
        (1.0, "bf16", 1.0),
        (1.0 + 2**-8, "bf16", 1.0),  # between two, to the even one
        (1.0 + 2**-8 + 2**-12, "bf16", 1.0 + 2**-7),
        (4097.0, "bf16", 4096.0),
        (-3.1415927, "bf16", -3.140625),
        (-3.1415927, "f16", -3.140625),
        (1.0 + 2**-11 + 2**-14, "f16", 1.0 + 2**-10),
        (0.0, "f16", 0.0),
    ],
)
def test_values_have_the_significand_of_the_type(value, compute_type, expected):
    assert round_to(np.array([value], np.float32), compute_type)[0] == np.float32(expected)


def test_rounding_to_f16_is_numpy_s():
    values = np.random.default_rng(0).normal(0, 3, 10_000).astype(np.float32)
    assert np.array_equal(round_to(values, "f16"), values.astype(np.float16).astype(np.float32))


def outputs(model: ov.Model, feeds, hint: str) -> np.ndarray:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": hint})
    return np.concatenate([compiled(dict(feed))[0] for feed in feeds])


@pytest.mark.skipif(not is_native("bf16"), reason="this CPU has no BF16 kernels")
def test_the_simulation_errs_as_the_real_kernels_do(case):
    exact = outputs(case.model, case.feeds, "f32")
    real = outputs(case.model, case.feeds, "bf16")
    simulated = outputs(with_rounded_values(case.model, "bf16"), case.feeds, "f32")
    error, other = np.std(real - exact), np.std(simulated - exact)
    assert error > 1e-4 * np.std(exact)
    assert 0.5 < other / error < 2.0
    # Much of the error is the same error: the two round the same values.
    assert np.corrcoef((real - exact).ravel(), (simulated - exact).ravel())[0, 1] > 0.5


def test_what_is_pinned_stays_exact(case):
    names = {op.get_friendly_name() for op in case.model.get_ops()}
    pinned = with_rounded_values(with_pins(case.model, names), "bf16")
    assert np.allclose(
        outputs(pinned, case.feeds, "f32"), outputs(case.model, case.feeds, "f32"), atol=1e-6
    )
