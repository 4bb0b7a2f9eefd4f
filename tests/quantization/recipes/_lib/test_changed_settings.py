import pytest

from calibrate.config.quantization import Quantization
from calibrate.quantization.recipes._lib.changed_settings import ChangedSettings

RECIPE = ChangedSettings("accurate", "a reason", {"fast_bias_correction": False})


@pytest.mark.parametrize(
    ("settings", "relevant", "fast"),
    [
        ({}, True, False),
        ({"subset_size": 7}, True, False),
        ({"fast_bias_correction": True}, False, True),  # the user's value stays
    ],
)
def test_what_the_user_set_wins(settings, relevant, fast):
    given = Quantization.model_validate(settings)
    changed = RECIPE.depends_on(given)
    assert RECIPE.is_relevant(given) is relevant
    assert changed.fast_bias_correction is fast
    assert changed.subset_size == given.subset_size


def test_every_change_names_a_field():
    assert set(RECIPE.changes) <= set(Quantization.model_fields)
