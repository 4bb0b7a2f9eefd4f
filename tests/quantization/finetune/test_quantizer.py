import numpy as np
import pytest
import torch

from calibrate.quantization.finetune.quantizer import Grid, grid_of, quantize


def scalar(value):
    return np.array(value, np.float32)


@pytest.mark.parametrize(
    ("levels", "low", "high", "scale", "offset"),
    [
        (256, 0.0, 2.55, 0.01, 0),
        (256, -1.28, 1.27, 0.01, -128),
        (255, -1.27, 1.27, 0.01, -127),
        (256, -0.5, 2.05, 0.01, -50),
    ],
)
def test_grid(levels, low, high, scale, offset):
    grid = grid_of(levels, [scalar(low), scalar(high), scalar(low), scalar(high)])
    assert grid.scale == pytest.approx(scale, rel=1e-5)
    assert grid.offset == offset
    assert grid.ranges == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


@pytest.mark.parametrize(
    "ranges",
    [
        (0.0, 2.55, 0.0, 1.0),  # maps to another interval
        (0.004, 2.554, 0.004, 2.554),  # zero lies between two steps
        (1.0, 1.0, 1.0, 1.0),  # a single value
    ],
)
def test_no_grid(ranges):
    assert grid_of(256, [scalar(value) for value in ranges]) is None


def test_rounds_halves_to_even_and_clips():
    values = torch.tensor([-9.0, -0.5, 0.5, 1.5, 2.4, 300.0])
    made = quantize(values, torch.tensor(1.0), torch.tensor(-3.0), 8)
    assert made.tolist() == [-3.0, 0.0, 0.0, 2.0, 2.0, 4.0]


def test_gradients_are_those_of_lsq():
    """Of the scale: rounding minus value inside, the lowest or highest whole number outside."""
    values = torch.tensor([-9.0, 0.6, 300.0], requires_grad=True)
    scale = torch.tensor(2.0, requires_grad=True)
    made = quantize(values, scale, torch.tensor(-3.0), 8)
    for place, expected in enumerate([-3.0, round(0.3) - 0.3, 4.0]):
        (slope,) = torch.autograd.grad(made[place], scale, retain_graph=True)
        assert float(slope) == pytest.approx(expected, abs=1e-6)
    made.sum().backward()
    assert values.grad.tolist() == [0.0, 1.0, 0.0]


def test_ranges_of_a_grid():
    low, high = Grid(scalar(0.5), scalar(-128), 256).ranges
    assert (float(low), float(high)) == (-64.0, 63.5)
