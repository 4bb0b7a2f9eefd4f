import pytest

from calibrate.core.verdict import worst_outcome


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        (["proven"], "proven"),
        (["proven", "accepted"], "accepted"),
        (["accepted", "over", "proven"], "over"),
        (["floating_point", "floating_point"], "floating_point"),
    ],
)
def test_a_model_promises_what_its_worst_metric_does(outcomes, worst):
    assert worst_outcome(outcomes) == worst
