import pytest

from calibrate.models.batch_axes import choose_batch_axes, possible_axes


@pytest.mark.parametrize(
    ("shape", "sample", "axes"),
    [
        ((1, 4), (4,), {0: 1}),
        ((-1, 4), (4,), {0: -1, 1: 4}),
        ((2, -1, 4), (2, 4), {0: 2, 1: -1, 2: 4}),
        ((5, 4), (5, 4), {None: 1}),
        ((), (), {None: 1}),
        ((1, 4), (5,), {}),
        ((1, 4), (1, 1, 4), {}),
    ],
)
def test_axes_that_may_be_the_batch(shape, sample, axes):
    assert possible_axes(shape, sample) == axes


@pytest.mark.parametrize(
    ("candidates", "axes"),
    [
        ([{0: 1}], (0,)),
        ([{0: -1}, {0: 2, 1: -1}], (0, 1)),
        ([{0: 8}, {0: 2, 1: 8}], (0, 1)),
        ([{0: 1}, {None: 1}], (0, None)),
        # One array for all samples of a batch of eight would be one sample's.
        ([{0: 8}, {None: 1}], None),
        ([{0: 2}, {0: 3}], None),
    ],
)
def test_all_inputs_take_as_many_samples(candidates, axes):
    assert choose_batch_axes(candidates) == axes
